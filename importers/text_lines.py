"""Lines of the plain text files that transcripts come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.tables import BadRow


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, without white space at its ends."""

    number: int
    """1-based."""
    text: str


def read_lines(path: Path) -> Iterator[Line | BadRow]:
    """The lines of a UTF-8 text that are not blank; a BadRow for one in another encoding.

    Only ``\\n`` ends a line (with or without ``\\r``). Raises OSError.
    """
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError:
                yield BadRow(number, "not UTF-8")
                continue
            if text:
                yield Line(number, text)

"""``metadata.csv`` as LJ Speech and M-AILABS have it: ``id|text`` or ``id|text|normalised``.

https://keithito.com/LJ-Speech-Dataset (README), https://github.com/imdatceleste/m-ailabs-dataset.
No header and no quoting: quotation marks are text, and often unbalanced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.tables import BadRow, Row, read_lines

_WIDTHS = (2, 3)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line: an utterance."""

    line: int
    """1-based."""
    name: str
    """Of the audio, without folder and ending."""
    text: str
    """With numbers and abbreviations written out, where the file has that column; else as read."""


def read_metadata(path: Path) -> Iterator[SpokenLine | BadRow]:
    """The utterances of a ``metadata.csv``, in its order; blank lines are passed over.

    Raises OSError.
    """
    for row in read_lines(path):
        yield _line(row.line, row.values[0]) if isinstance(row, Row) else row


def _line(number: int, line: str) -> SpokenLine | BadRow:
    name, *texts = (cell.strip() for cell in line.split("|"))
    if 1 + len(texts) not in _WIDTHS:
        return BadRow(number, f"{1 + len(texts)} columns where there are 2 or 3")
    if not name:
        return BadRow(number, "no name")
    return SpokenLine(number, name, texts[-1] or texts[0])

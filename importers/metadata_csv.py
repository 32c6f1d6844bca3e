"""``metadata.csv`` as LJ Speech and M-AILABS have it: ``id|text`` or ``id|text|normalised``.

https://keithito.com/LJ-Speech-Dataset (README), https://github.com/imdatceleste/m-ailabs-dataset.
No header and no quoting: quotation marks are text, and often unbalanced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.tables import BadRow
from importers.text_lines import Line, read_lines

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
    for line in read_lines(path):
        yield _spoken(line) if isinstance(line, Line) else line


def _spoken(line: Line) -> SpokenLine | BadRow:
    name, *texts = (cell.strip() for cell in line.text.split("|"))
    if 1 + len(texts) not in _WIDTHS:
        return BadRow(line.number, f"{1 + len(texts)} columns where there are 2 or 3")
    if not name:
        return BadRow(line.number, "no name")
    return SpokenLine(line.number, name, texts[-1] or texts[0])

"""One row of a Common Voice clip table (validated.tsv and its kin), read in every variant.

Columns by the release notes in common-voice/cv-dataset: ``accent`` became ``accents``, ``locale``
and ``segment`` came with 5.0, ``variant`` with 13.0, ``sentence_id`` and ``sentence_domain`` with
17.0; 5.0 changed their order. So columns are found by name, and only ``path`` and ``sentence`` must
be there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.tables import BadRow, read_tsv
from importers.votes import Votes

REQUIRED = ("path", "sentence")
OPTIONAL = (
    ("client_id",),
    ("up_votes",),
    ("down_votes",),
    ("age",),
    ("gender",),
    ("accents", "accent"),
    ("variant",),
    ("locale",),
    ("segment",),
    ("sentence_id",),
    ("sentence_domain",),
)


_AUDIO_SUFFIXES = (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".webm")


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip as its table tells it; "" where the table does not say."""

    line: int
    path: str
    """Name of the audio below ``clips/``, always with its suffix."""
    sentence: str
    client_id: str
    votes: Votes | None
    """None where the table has no votes, or something else than numbers."""
    age: str
    gender: str
    accents: str
    variant: str
    locale: str
    segment: str
    sentence_id: str
    sentence_domain: str


def read_clips(path: Path) -> Iterator[ClipRow | BadRow]:
    """The rows of a clip table. Raises FormatError when it has no ``path`` or ``sentence``."""
    for row in read_tsv(path, REQUIRED, OPTIONAL):
        if isinstance(row, BadRow):
            yield row
            continue
        name, sentence, client_id, up, down, *rest = row.values
        yield ClipRow(
            row.line, with_suffix(name), sentence, client_id, parse_votes(up, down), *rest
        )


def read_paths(path: Path) -> Iterator[str]:
    """Only the clip names of a table, without its bad rows."""
    for row in read_tsv(path, ("path",)):
        if not isinstance(row, BadRow):
            yield with_suffix(row.values[0])


def with_suffix(name: str) -> str:
    """Some names of releases 1 to 3 lack ``.mp3``: every reader of the time appends it."""
    return name if not name or name.lower().endswith(_AUDIO_SUFFIXES) else name + ".mp3"


def parse_votes(up: str, down: str) -> Votes | None:
    """Two vote counts, or None when either is not a number (old tables have empty cells, NA)."""
    # Longer ones are no counts, and int() refuses thousands of digits.
    if up.isdecimal() and down.isdecimal() and max(len(up), len(down)) <= 9:
        return Votes(int(up), int(down))
    return None

"""STM files (segment time marks): who says what, from when to when, in one long recording.

    AlGore_2009 1 AlGore_2009 16.00 23.14 <o,f0,male> i 'm just going to say

The format is NIST's: https://github.com/usnistgov/SCTK, doc/infmts.htm ("stm - Definition of
segment time mark input file"). Fields are parted by white space: recording, channel, speaker, begin
and end in seconds, perhaps a label in angle brackets, and the words. Lines that begin with ``;;``
and blank ones say nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.tables import BadRow

_SPACES = re.compile(r"[ \t]+")
_SECONDS = re.compile(r"\d{1,7}\.?\d*|\.\d+", re.ASCII)
_LABEL = re.compile(r"<[^<>\s]*>")
# In TED-LIUM these stand for sounds and are the first word, where the label is missing.
_NO_LABELS = frozenset({"<sil>", "<unk>", "<noise>", "<s>"})
_FIELDS = 5
_GAP = "inter_segment_gap"
_IGNORED = "ignore_time_segment_in_scoring"

_ESCAPED = "\\;"
_TAGS = re.compile(r"(?<!\\);.*")
_OPTIONAL = re.compile(r"\(([^()]+)\)")
_NO_WORD = "@"
_CLASSES = frozenset({"%hesitation", "%bcack", "%bcnack"})


@dataclass(frozen=True, slots=True)
class StmSegment:
    """One line of an STM file."""

    line: int
    """1-based."""
    recording: str
    """The audio's file name without its ending."""
    channel: str
    """As the file says it: ``1``, ``A``, ``a``."""
    speaker: str
    start: float
    """Seconds from the beginning of the recording."""
    end: float
    """Seconds; later than ``start``."""
    labels: tuple[str, ...]
    """What stands between the angle brackets: ``("o", "f0", "male")``; empty without a label."""
    text: str
    """The words with all their markup; "" where nothing is said of them."""

    @property
    def is_gap(self) -> bool:
        """What lies between two segments (TED-LIUM's ``inter_segment_gap``): nobody's words."""
        return self.speaker == _GAP

    @property
    def is_ignored(self) -> bool:
        """Whether the file says that the segment is out of bounds."""
        return self.text.lower() == _IGNORED

    @property
    def key(self) -> str:
        """Recording, channel, begin and end in hundredths: ``AlGore_2009-1-001600-002314``."""
        start, end = round(self.start * 100), round(self.end * 100)
        return f"{self.recording}-{self.channel}-{start:06d}-{end:06d}"


def read_stm(path: Path) -> Iterator[StmSegment | BadRow]:
    """The segments of an STM file, in its order; BadRow for a line that is none.

    Lines that are not UTF-8 are Latin-1, as older files are. Raises OSError.
    """
    with path.open("rb") as stream:
        for number, content in enumerate(stream, start=1):
            line = _decoded(content).strip(" \t\r\n\ufeff")
            if line and not line.startswith(";;"):
                yield _segment(number, line)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _segment(number: int, line: str) -> StmSegment | BadRow:
    fields = _SPACES.split(line, maxsplit=_FIELDS)
    if len(fields) < _FIELDS:
        return BadRow(number, f"{len(fields)} fields where a segment has {_FIELDS} and its words")
    recording, channel, speaker, begin, end = fields[:_FIELDS]
    for time in (begin, end):
        if not _SECONDS.fullmatch(time):
            return BadRow(number, f"{time!r} is no time in seconds")
    if float(end) <= float(begin):
        return BadRow(number, f"it ends at {end} s, and begins at {begin} s")
    labels, text = _label_and_text(fields[_FIELDS] if len(fields) > _FIELDS else "")
    if _depth(text) != 0:
        return BadRow(number, "the { and } of its alternations do not match")
    return StmSegment(number, recording, channel, speaker, float(begin), float(end), labels, text)


def _label_and_text(rest: str) -> tuple[tuple[str, ...], str]:
    first, *others = _SPACES.split(rest, maxsplit=1)
    if not _LABEL.fullmatch(first) or first in _NO_LABELS:
        return (), rest
    return tuple(first[1:-1].split(",")), "".join(others)


def _depth(text: str) -> int:
    """How many alternations are left open at the end; -1 where one is closed that is not open."""
    depth = 0
    for word in text.split():
        depth += (word == "{") - (word == "}")
        if depth < 0:
            return depth
    return depth


def spoken_words(text: str) -> str:
    """A transcript without NIST's markup, one way to read it: the words, parted by single spaces.

    - Of alternations the first is taken, and ``@`` is no word: of ``{ um / uh / @ }`` "um", of
      ``{ @ / b- }`` nothing; they may lie in each other (doc/infmts.htm, "ALTERNATE").
    - A word that a recogniser may leave out was said all the same: of ``(but)`` "but"
      (doc/options.htm, "optionally deletable words").
    - ``%uh`` is the sound "uh"; what only names a class of sounds is no word: of ``(%hesitation)``
      nothing (doc/trans_rules/en20030506.glm, "Hesitation sound mappings").
    - What follows a word after ``;`` are tags of it, and ``\\;`` is a semicolon (SCTK's
      src/sclite/testdata: lvc_ref.stm is lvc_refe.stm with tags).

    Braces that do not match (which read_stm refuses) are words like any other.
    """
    words = [_word(word) for word in _first_alternatives(text.split())]
    return " ".join(word for word in words if word)


def _word(token: str) -> str:
    word = _TAGS.sub("", token).replace(_ESCAPED, ";")
    optional = _OPTIONAL.fullmatch(word)
    word = optional[1] if optional else word
    if word == _NO_WORD or word.lower() in _CLASSES:
        return ""
    return word.removeprefix("%")


def _first_alternatives(tokens: list[str]) -> list[str]:
    """The tokens without the alternations that are not the first."""
    if _depth(" ".join(tokens)) != 0:
        return tokens
    kept: list[str] = []
    later = [False]  # of each open alternation, innermost last: whether its first one is over
    for token in tokens:
        if token == "{":
            later.append(later[-1])
        elif token == "}":
            later.pop()
        elif token == "/" and len(later) > 1:
            later[-1] = True
        elif not later[-1]:
            kept.append(token)
    return kept

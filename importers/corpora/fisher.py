"""Fisher English, parts 1 and 2: 11,699 telephone calls of ten minutes between strangers, by LDC.

https://catalog.ldc.upenn.edu/LDC2004S13 and LDC2005S13 (audio), LDC2004T19 and LDC2005T19 (text).
Files are found by name, for the folders above them are called differently from delivery to
delivery (``fe_03_p1_sph1``, ``fisher_eng_tr_sp_d1``; ``fe_03_p1_tran``, ``LDC2004T19``):

    …/audio/000/fe_03_00001.sph         two channels of 8 kHz mu-law: A is the first, B the second
    …/data/trans/000/fe_03_00001.txt    ``3.76 5.54 A: and i generally prefer``, seconds
    …/doc/fe_03_p1_calldata.tbl         the PINs of both speakers, their sex, and whether American

The format by LDC2004T19's own readme and doc_calldata_tbl.txt. One PIN stands for one speaker,
though LDC says that now and then somebody else answered the telephone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from importers.corpus import Access, Audio, CorpusInfo, ReadOptions, Utterance
from importers.errors import UsageError
from importers.file_search import files_named
from importers.report import Reason, Reject
from importers.tables import BadRow, read_csv
from importers.text_lines import read_lines

INFO = CorpusInfo(
    name="fisher",
    title="Fisher English",
    languages=("en",),
    licence="LDC User Agreement",
    homepage="https://catalog.ldc.upenn.edu/LDC2004S13",
    access=Access.LICENSED,
    orders=("LDC2004S13", "LDC2005S13", "LDC2004T19", "LDC2005T19"),
    how_to_get=(
        "LDC sells it (https://catalog.ldc.upenn.edu): the audio is LDC2004S13 (part 1) and "
        "LDC2005S13 (part 2), the transcripts are LDC2004T19 and LDC2005T19; either part will do "
        "alone. Unpack all into one folder, however deep: fe_03_NNNNN.sph, fe_03_NNNNN.txt and "
        "fe_03_p1_calldata.tbl (for the speakers) are looked for by name"
    ),
    markers=("**/fe_03_[0-9]*.txt",),
    tables=("**/fe_03_[0-9]*.txt", "**/fe_03_p[12]_calldata.tbl"),
    listed=("**/fe_03_*.sph",),
    columns=("conversation", "gender", "dialect"),
    default_split="conversation",
)

_AUDIO = re.compile(r"fe_03_([0-9]{5})\.sph", re.IGNORECASE)
_TRANSCRIPT = re.compile(r"fe_03_([0-9]{5})\.txt")
_CALLDATA = re.compile(r"(fe_03_p[12]_calldata)\.tbl")
_SEGMENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s+([0-9]+(?:\.[0-9]+)?)\s+([AB]):\s*(.*)")
_NAMES_AUDIO = re.compile(r"#\s*(\S+)\.sph", re.IGNORECASE)  # the first line


class _Side(NamedTuple):
    """Who speaks on one channel of a call."""

    speaker: str
    extra: Mapping[str, str]


class _Repair(NamedTuple):
    """What is known of a segment that LDC has published wrongly."""

    text: str | None = None
    """The words that are really said."""
    start: float | None = None
    problem: str = ""
    """Why it cannot be used; "" when it can."""


# By call, start and end in centiseconds. From DeepSpeech's bin/import_fisher.py (whose names lack
# the channel); the last one's start as lhotse's recipe fisher_english.py has it.
_REPAIRS: Mapping[tuple[str, int, int], _Repair] = {
    ("fe_03_00265", 3353, 3381): _Repair(text="correct"),
    ("fe_03_00991", 52739, 52830): _Repair(text="that's one of those"),
    ("fe_03_10282", 34442, 34484): _Repair(text="they don't want"),
    ("fe_03_10677", 10104, 10641): _Repair(
        text="uh my mine yeah the german shepherd pitbull mix he snores almost as loud as i do"
    ),
    ("fe_03_00027", 39380, 39405): _Repair(problem="a short sound, not what is transcribed"),
    ("fe_03_01326", 30742, 30793): _Repair(problem="too little audio for the transcript"),
    ("fe_03_11487", 3109, 23406): _Repair(start=231.09),
}


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """Every segment of every transcript, then the audio that has none.

    Raises UsageError where there are transcripts but no audio at all.
    """
    transcripts, audio, tables = files_named(root, _TRANSCRIPT, _AUDIO, _CALLDATA)
    if transcripts and not audio:
        raise UsageError(
            f"{root}: transcripts of Fisher are here, but below it no fe_03_NNNNN.sph: the audio "
            "is LDC2004S13 (part 1) and LDC2005S13 (part 2). Unpack it into the same folder"
        )
    sides = _Sides()
    for copies in tables.values():
        yield from sides.read(root / copies[0])
    for call, paths in transcripts.items():
        one = _Call(f"fe_03_{call}", sides.of_call(call), audio.get(call, [""])[0])
        for path in paths:
            yield from one.read(root / path)
    for call in sorted(audio.keys() - transcripts.keys()):
        yield Reject(f"fe_03_{call}", Reason.NO_TRANSCRIPT, audio[call][0])


class _Sides:
    """The speakers of all calls; of a call that no table has, one for each channel."""

    _COLUMNS = ("CALL_ID", "APIN", "ASX.DL", "BPIN", "BSX.DL")

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, str]] = {}

    def read(self, table: Path) -> Iterator[Reject]:
        """Take in a calldata table; what it yields are the rows that cannot be read."""
        for row in read_csv(table, self._COLUMNS):
            if isinstance(row, BadRow):
                yield Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)
                continue
            call, a_pin, a_kind, b_pin, b_kind = (cell.strip() for cell in row.values)
            self._known[call, "A"] = a_pin, a_kind
            self._known[call, "B"] = b_pin, b_kind

    def of_call(self, call: str) -> Mapping[str, _Side]:
        """The speakers of a call by channel, A and B."""
        return {channel: self._side(call, channel) for channel in "AB"}

    def _side(self, call: str, channel: str) -> _Side:
        pin, kind = self._known.get((call, channel), ("", ""))
        sex, _, dialect = kind.partition(".")  # m.a: male, American; f.o: female, other
        extra = {
            "conversation": f"fe_03_{call}",
            "gender": {"m": "male", "f": "female"}.get(sex, ""),
            "dialect": {"a": "american", "o": "other"}.get(dialect, ""),
        }
        return _Side(pin or f"fe_03_{call}-{channel}", extra)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call, whose transcript is read line by line."""

    name: str
    sides: Mapping[str, _Side]
    audio: str
    """Its file, from the root; "" where there is none."""

    def read(self, transcript: Path) -> Iterator[Utterance | Reject]:
        """Every segment of the transcript."""
        named = self.name
        for row in read_lines(transcript):
            if isinstance(row, BadRow):
                yield Reject(f"{transcript.name}:{row.line}", Reason.BAD_ROW, row.detail)
                continue
            where = f"{transcript.name}:{row.number}"
            if row.text.startswith("#"):
                found = _NAMES_AUDIO.match(row.text)
                named = found[1] if found else named
            elif named == self.name:
                yield self._segment(where, row.text)
            else:
                yield Reject(where, Reason.BAD_ROW, f"the file says that it is of {named}.sph")

    def _segment(self, where: str, line: str) -> Utterance | Reject:
        found = _SEGMENT.fullmatch(line)
        if not found:
            return Reject(where, Reason.BAD_ROW, f"not 'start end A: words': {line[:80]}")
        start, end, channel, text = float(found[1]), float(found[2]), found[3], found[4]
        repair = _REPAIRS.get((self.name, _hundredths(start), _hundredths(end)), _Repair())
        start = start if repair.start is None else repair.start
        if not start < end:
            return Reject(where, Reason.BAD_ROW, f"ends at {found[2]} s, before it begins")
        key = f"{self.name}-{channel}-{_hundredths(start):06}-{_hundredths(end):06}"
        problem = self._problem(repair, text)
        if problem:
            return Reject(key, *problem)
        return Utterance(
            key=key,
            audio=Audio(self.audio, start, end, "AB".index(channel)),
            text=repair.text or text,
            speaker=self.sides[channel].speaker,
            locale="en",
            conversation=self.name,
            extra=self.sides[channel].extra,
        )

    def _problem(self, repair: _Repair, text: str) -> tuple[Reason, str] | None:
        if repair.problem:
            return Reason.KNOWN_BAD, repair.problem
        if repair.text is None and ("((" in text or "))" in text):
            return Reason.UNSURE, text
        if not self.audio:
            return Reason.MISSING_AUDIO, f"{self.name}.sph is nowhere below the release's folder"
        return None


def _hundredths(seconds: float) -> int:
    return round(100 * seconds)


# Said words that stand in brackets; every other bracket is a sound: [laughter] or [laugh], [noise],
# [sigh], [cough], [mn], [breath], [lipsmack], [sneeze], [pause], [[skip]].
_SAID = re.compile(r"\[(u[hm])\]")
_SOUND = re.compile(r"\[+[^\[\]]*\]+|</?(?:spoken_)?noise>")
_LETTERS = re.compile(r"\._")
_PARTIAL = re.compile(r"(?<!\S)-+|-+(?!\S)")
# From NeMo's scripts/dataset_processing/process_fisher_data.py.
_NUMBERS: Mapping[str, str] = {
    "401k": "four o one k",
    "f16": "f sixteen",
    "m16": "m sixteen",
    "ak47": "a k forty seven",
    "v8": "v eight",
    "y2k": "y two k",
    "mp3": "m p three",
    "vh1": "v h one",
    "90210": "nine o two one o",
    "espn2": "e s p n two",
    "u2": "u two",
    "dc3s": "d c threes",
    "book 2": "book two",
    "s2b": "s two b",
    "3d": "three d",
}
_NUMBER = re.compile(rf"(?<!\w)(?:{'|'.join(_NUMBERS)})(?!\w)", re.IGNORECASE)


def normalise(text: str) -> str:
    """The words of a segment, as they were said.

    Sounds are left out; spelt letters part (``u._c._l._a.``: u c l a); of a word that breaks off
    (``an-``) what was said stays; numbers that are always said alike are words.
    """
    text = _SOUND.sub(" ", _SAID.sub(r"\1", text))
    text = _LETTERS.sub(" ", text).replace(".", "")
    text = _PARTIAL.sub("", text)
    text = _NUMBER.sub(lambda found: _NUMBERS[found.group().lower()], text)
    return " ".join(text.split())

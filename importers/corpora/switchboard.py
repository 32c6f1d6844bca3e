"""Switchboard-1 Release 2: 2,438 telephone calls among 543 speakers, with the ISIP transcripts.

https://catalog.ldc.upenn.edu/LDC97S62 (audio) and https://www.openslr.org/5/ (text), the corrected
transcripts of Mississippi State's ISIP of 2003. Files are found by name:

    …/swb1_d1/data/sw02001.sph           two channels of 8 kHz mu-law: A is the first, B the second
    …/20/2001/sw2001A-ms98-a-trans.text  ``sw2001A-ms98-a-0002 0.977625 11.561375 hi um yeah``
    …/call_con_tab.csv                   ``2001, "A", 1020, …``: call, side, speaker
    …/caller_tab.csv                     ``1020, 32, "N", "MALE", 1940, "NORTHERN", …``: a speaker

The tables are of https://catalog.ldc.upenn.edu/docs/LDC97S62/ and have no headers; conv_tab.csv (or
conv.tab: call, number, speaker A, speaker B, …) stands for call_con_tab.csv where that is missing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.corpus import Access, Audio, CorpusInfo, ReadOptions, Utterance
from importers.errors import UsageError
from importers.file_search import files_named
from importers.report import Reason, Reject
from importers.tables import BadRow, read_bare_csv
from importers.text_lines import read_lines

INFO = CorpusInfo(
    name="switchboard",
    title="Switchboard",
    languages=("en",),
    licence="LDC User Agreement",
    homepage="https://catalog.ldc.upenn.edu/LDC97S62",
    access=Access.LICENSED,
    orders=("LDC97S62",),
    how_to_get=(
        "LDC sells the audio (https://catalog.ldc.upenn.edu/LDC97S62); the transcripts are free: "
        "https://www.openslr.org/resources/5/switchboard_word_alignments.tar.gz, and so are the "
        "tables that tell the speakers, call_con_tab.csv and caller_tab.csv of "
        "https://catalog.ldc.upenn.edu/docs/LDC97S62/. Unpack all into one folder, however deep: "
        "sw0NNNN.sph, swNNNNA-ms98-a-trans.text and the tables are looked for by name"
    ),
    markers=("**/sw[0-9]*-ms98-a-trans.text",),
    tables=(
        "**/sw[0-9]*-ms98-a-trans.text",
        "**/call_con_tab.csv",
        "**/conv_tab.csv",
        "**/conv.tab",
        "**/caller_tab.csv",
    ),
    listed=("**/sw*.sph",),
    columns=("conversation", "gender", "dialect"),
    default_split="conversation",
)

_AUDIO = re.compile(r"sw0?([0-9]{4})\.sph", re.IGNORECASE)
_TRANSCRIPT = re.compile(r"sw([0-9]{4}[AB])-ms98-a-trans\.text")
_TABLE = re.compile(r"(call_con_tab\.csv|conv_tab\.csv|conv\.tab|caller_tab\.csv)")
_SEGMENT = re.compile(
    r"(sw([0-9]{4}[AB])-ms98-a-[0-9]+)\s+([0-9]+(?:\.[0-9]+)?)\s+([0-9]+(?:\.[0-9]+)?)(?:\s+(.*))?"
)

# By side, start and end. From DeepSpeech's bin/import_swb.py, which leaves them out as too short
# for their transcripts.
_KNOWN_BAD = frozenset({("2986A", 80.6385, 83.358875), ("2663A", 161.12025, 164.213375)})


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """Every line of every transcript, then the audio that has none.

    Raises UsageError where there are transcripts but no audio at all.
    """
    transcripts, audio, tables = files_named(root, _TRANSCRIPT, _AUDIO, _TABLE)
    if transcripts and not audio:
        raise UsageError(
            f"{root}: transcripts of Switchboard are here, but below it no sw0NNNN.sph: the audio "
            "is LDC97S62. Unpack it into the same folder"
        )
    callers = _Callers()
    for name, copies in tables.items():
        yield from callers.read(name, root / copies[0])
    for side, paths in transcripts.items():
        one = _Side(side, audio.get(side[:4], [""])[0], *callers.of_side(side))
        for path in paths:
            yield from one.read(root / path)
    for call in sorted(audio.keys() - {side[:4] for side in transcripts}):
        yield Reject(f"sw{call}", Reason.NO_TRANSCRIPT, audio[call][0])


class _Callers:
    """Who speaks on each side of each call; of a side that no table has, a speaker of its own."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._known: dict[str, tuple[str, str]] = {}

    def read(self, name: str, table: Path) -> Iterator[Reject]:
        """Take in one of LDC's tables; what it yields are the rows that cannot be read."""
        for line, cells in read_bare_csv(table):
            if not self._take(name, cells):
                detail = f"not a row of {name}: {', '.join(cells)[:80]}"
                yield Reject(f"{table.name}:{line}", Reason.BAD_ROW, detail)

    def _take(self, name: str, cells: list[str]) -> bool:
        number = cells[0]
        if not number.isdecimal():
            return False
        if name == "call_con_tab.csv" and len(cells) > 2 and cells[1] in ("A", "B"):
            self._numbers[number + cells[1]] = cells[2]
        elif name.startswith("conv") and len(cells) > 3:
            # Of both tables the other one counts: it names the sides.
            self._numbers.setdefault(f"{number}A", cells[2])
            self._numbers.setdefault(f"{number}B", cells[3])
        elif name == "caller_tab.csv" and len(cells) > 5:
            self._known[number] = cells[3].lower(), cells[5].lower()
        else:
            return False
        return True

    def of_side(self, side: str) -> tuple[str, Mapping[str, str]]:
        """The speaker of ``2001A``, and what is known of them."""
        number = self._numbers.get(side, "")
        gender, dialect = self._known.get(number, ("", ""))
        extra = {"conversation": f"sw{side[:4]}", "gender": gender, "dialect": dialect}
        return number if number.isdecimal() else f"sw{side}", extra


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a call, whose transcript is read line by line."""

    name: str
    """The call and the side: ``2001A``."""
    audio: str
    """The call's file, from the root; "" where there is none."""
    speaker: str
    extra: Mapping[str, str]

    def read(self, transcript: Path) -> Iterator[Utterance | Reject]:
        """Every line of the transcript."""
        for row in read_lines(transcript):
            if isinstance(row, BadRow):
                yield Reject(f"{transcript.name}:{row.line}", Reason.BAD_ROW, row.detail)
                continue
            where = f"{transcript.name}:{row.number}"
            yield self._segment(where, row.text)

    def _segment(self, where: str, line: str) -> Utterance | Reject:
        found = _SEGMENT.fullmatch(line)
        if not found:
            return Reject(where, Reason.BAD_ROW, f"not 'id start end words': {line[:80]}")
        key, side, start, end = found[1], found[2], float(found[3]), float(found[4])
        if side != self.name:
            return Reject(where, Reason.BAD_ROW, f"is of sw{side}, not of sw{self.name}")
        if not start < end:
            return Reject(where, Reason.BAD_ROW, f"ends at {found[4]} s, before it begins")
        if (side, start, end) in _KNOWN_BAD:
            return Reject(key, Reason.KNOWN_BAD, "too little audio for the transcript")
        if not self.audio:
            detail = f"sw0{side[:4]}.sph is nowhere below the release's folder"
            return Reject(key, Reason.MISSING_AUDIO, detail)
        return Utterance(
            key=key,
            audio=Audio(self.audio, start, end, "AB".index(side[4])),
            text=found[5] or "",
            speaker=self.speaker,
            locale="en",
            conversation=f"sw{side[:4]}",
            extra=self.extra,
        )


_SOUNDS = frozenset(
    {"[silence]", "[noise]", "[vocalized-noise]", "[laughter]", "<b_aside>", "<e_aside>"}
)
_LAUGHED = re.compile(r"^(-?)\[laughter-(.+)\](-?)$")
_AS_SAID = re.compile(r"^\[(.+)/[^/]+\](-?)$")
_UNSAID = re.compile(r"\[[^\[\]]*\]")
_LEFT_OPEN = re.compile(r"-/.*\]$")
_PRONUNCIATION = re.compile(r"_[0-9]+(?=$|')")


def normalise(text: str) -> str:
    """The words of a line, as they were said; "" for silence, noise or laughter alone.

    By ISIP's transcription guidelines as Kaldi reads them (egs/swbd/s5c/local/swbd1_map_words.pl):
    ``[laughter-story]`` is story, said laughing; ``[it'n/isn't]`` is said it'n where isn't is
    meant; brackets in a word hold what was not said of it (``-[an]y``, ``ab[solute]-``);
    ``{yuppiedom}`` is no word of the dictionary; ``them_1`` is a pronunciation of them.
    """
    words = (_word(token) for token in text.lower().replace("&", " and ").split())
    return " ".join(word for word in words if word)


def _word(token: str) -> str:
    if token in _SOUNDS:
        return ""
    token = _LAUGHED.sub(r"\1\2\3", token)
    token = _AS_SAID.sub(r"\1\2", token)
    token = _LEFT_OPEN.sub("", token)  # ex[specially]-/especially] lacks its first bracket
    token = _UNSAID.sub("", token).replace("{", "").replace("}", "").strip("-")
    return _PRONUNCIATION.sub("", token)

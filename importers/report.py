"""Why clips are dropped, how many, and what an import came to: counted, printed and kept.

Nothing is dropped in silence: every reject has a Reason, is one row of rejects.csv, and the sum
closes: read = imported + rejected.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a clip is not in any manifest."""

    BAD_ROW = "bad_row"
    BAD_NAME = "bad_name"
    DUPLICATE = "duplicate"
    DIGITS = "digits"
    SYMBOLS = "symbols"
    EMPTY_TEXT = "empty_text"
    NOT_IN_ALPHABET = "not_in_alphabet"
    EXCLUDED = "excluded"
    UNSURE = "unsure"
    KNOWN_BAD = "known_bad"
    NO_TRANSCRIPT = "no_transcript"
    MISSING_AUDIO = "missing_audio"
    EMPTY_FILE = "empty_file"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NOT_AUDIO = "not_audio"
    DECODE_ERROR = "decode_error"
    DECODER_CRASHED = "decoder_crashed"
    TRUNCATED = "truncated"
    NO_FRAMES = "no_frames"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TEXT_TOO_LONG = "text_too_long"
    SPEECH_RATE = "speech_rate"
    SILENT = "silence"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.BAD_ROW: "the row of the table cannot be read",
    Reason.BAD_NAME: "the audio's name is missing, unsafe, or leads out of the corpus",
    Reason.DUPLICATE: "another row has the same clip",
    Reason.DIGITS: "the sentence holds a digit: how it was read aloud is unknown",
    Reason.SYMBOLS: "the sentence holds one of ( < [ ] & * {",
    Reason.EMPTY_TEXT: "no text is left once the text rules are applied",
    Reason.NOT_IN_ALPHABET: "the transcript has a character that the alphabet lacks",
    Reason.EXCLUDED: "the corpus itself marks it as not to be used",
    Reason.UNSURE: "the transcribers were not sure of the words",
    Reason.KNOWN_BAD: "it is known that the audio and the transcript do not fit",
    Reason.NO_TRANSCRIPT: "the audio is there, but no transcript of it",
    Reason.MISSING_AUDIO: "a table names the clip, but there is no such file",
    Reason.EMPTY_FILE: "the audio file has zero bytes",
    Reason.UNREADABLE: "the audio file is there, but the system cannot read it",
    Reason.TOO_LARGE: "the audio file is far larger than any clip",
    Reason.NOT_AUDIO: "the file is something else than audio (a web page, say)",
    Reason.DECODE_ERROR: "the audio cannot be decoded",
    Reason.DECODER_CRASHED: "the decoder crashes or hangs over the audio, alone too",
    Reason.TRUNCATED: "the audio ends before the length that its file or the release tells",
    Reason.NO_FRAMES: "the audio holds no sound samples",
    Reason.TOO_SHORT: "the audio is shorter than the minimum",
    Reason.TOO_LONG: "the audio is longer than the maximum",
    Reason.TEXT_TOO_LONG: "the audio has fewer frames than CTC needs for the transcript",
    Reason.SPEECH_RATE: "it is spoken far faster or slower than the language's median",
    Reason.SILENT: "the audio is never loud enough for speech",
}


@dataclass(frozen=True, slots=True)
class Reject:
    """A clip that is not imported: one row of rejects.csv."""

    key: str
    """The clip's key, or ``file:line`` where the row gives none."""
    reason: Reason
    detail: str = ""


@dataclass(slots=True)
class SetReport:
    """What one manifest holds."""

    clips: int = 0
    seconds: float = 0.0
    speakers: int = 0


@dataclass(frozen=True, slots=True)
class ConversionSpeed:
    """How fast one run has converted what was still to be converted."""

    clips: int
    """Converted and rejected."""
    audio_seconds: float
    """Length of what it wrote."""
    seconds: float
    """Of the clock."""

    def __str__(self) -> str:
        rate, times = self.clips / self.seconds, self.audio_seconds / self.seconds
        return (
            f"{self.clips:,} clips ({self.audio_seconds / 3600:.2f} h) converted in "
            f"{self.seconds:,.1f} s: {rate:,.0f} clips a second, {times:,.0f} times as fast as "
            "they play"
        )


@dataclass(slots=True)
class ImportReport:
    """What an import came to."""

    corpus: str
    source: str
    rejects: Counter[Reason] = field(default_factory=Counter)
    sets: dict[str, SetReport] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Sentences about the data that a user should know (shared speakers, recounted votes)."""
    speakers: int = 0
    """In all manifests together."""
    published_seconds: float | None = None
    """Length of all audio that was read, where the release tells it."""
    speed: ConversionSpeed | None = None
    """Of this run; None when there was nothing to convert. Not in report.json, which is the same
    however often an import was interrupted."""

    @property
    def imported(self) -> int:
        """Clips in all manifests."""
        return sum(one.clips for one in self.sets.values())

    @property
    def rejected(self) -> int:
        """Clips in rejects.csv."""
        return self.rejects.total()

    @property
    def read(self) -> int:
        """Rows that the corpus's tables have."""
        return self.imported + self.rejected

    @property
    def seconds(self) -> float:
        """Length of the imported audio."""
        return sum(one.seconds for one in self.sets.values())

    def to_json(self) -> str:
        """The report as report.json holds it: sorted and indented, lengths in seconds."""
        content = {
            "corpus": self.corpus,
            "source": self.source,
            "read": self.read,
            "imported": self.imported,
            "rejected": self.rejected,
            "seconds": round(self.seconds, 4),
            "published_seconds": self.published_seconds and round(self.published_seconds, 4),
            "speakers": self.speakers,
            "rejects": {str(reason): count for reason, count in sorted(self.rejects.items())},
            "sets": {
                name: {
                    "clips": one.clips,
                    "seconds": round(one.seconds, 4),
                    "speakers": one.speakers,
                }
                for name, one in self.sets.items()
            },
            "notes": self.notes,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def to_text(self) -> str:
        """The summary that a command prints: counts by reason, clips and hours by set."""
        lines = [
            f"{self.corpus} from {self.source}",
            f"read {self.read:,} clips{_hours(self.published_seconds)}: imported "
            f"{self.imported:,}{_hours(self.seconds)}, rejected {self.rejected:,}; "
            f"speakers: {self.speakers:,}",
        ]
        if self.speed:
            lines.append(str(self.speed))
        if self.rejects:
            lines += ["", "rejected, listed in rejects.csv"]
            lines += [
                f"  {reason:<15} {count:>9,}  {reason.sentence}"
                for reason, count in sorted(self.rejects.items())
            ]
        lines += ["", f"{'set':<24} {'clips':>9} {'hours':>9} {'speakers':>9}"]
        lines += [
            f"  {name + '.csv':<22} {one.clips:>9,} {one.seconds / 3600:>9.2f} {one.speakers:>9,}"
            for name, one in self.sets.items()
        ]
        if self.notes:
            lines += ["", *self.notes]
        return "\n".join(lines) + "\n"


def _hours(seconds: float | None) -> str:
    return "" if seconds is None else f" ({seconds / 3600:.2f} h)"

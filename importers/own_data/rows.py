"""From the rows of somebody's own table to utterances: which column is what, and what it says.

Names of columns are those of DeepSpeech and Coqui STT (wav_filename, transcript), NeMo
(audio_filepath, text, offset, duration), Common Voice (path, sentence, client_id) and Hugging
Face's audio folders (file_name, transcription), in any case, with spaces or hyphens for ``_``.
"""

import math
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from importers.corpus import SPLITS, Audio, Utterance
from importers.own_data.recordings import NotFound, Recordings, plain_key
from importers.own_data.tables import OwnTable, Record, delimiter_of
from importers.report import Reason, Reject
from importers.tables import BadRow

FILE_NAMES = (
    *("path", "file", "filename", "file_name", "audio", "audio_file", "audio_path"),
    *("audio_filepath", "wav", "wav_filename", "wav_file", "wav_path", "clip"),
)
TEXT_NAMES = ("text", "transcript", "sentence", "transcription")
_OPTIONAL: Mapping[str, Sequence[str]] = {
    "speaker": ("speaker", "speaker_id", "client_id", "spk", "spk_id"),
    "start": ("start", "offset", "start_time"),
    "end": ("end", "end_time"),
    "duration": ("duration",),
    "channel": ("channel",),
    "locale": ("locale", "lang", "language"),
    "split": ("split", "set", "subset"),
}
_SPLIT_NAMES = {"training": "train", "val": "dev", "valid": "dev", "validation": "dev"} | {
    name: name for name in SPLITS
}
_CHANNELS = {"a": 0, "b": 1, "l": 0, "r": 1, "left": 0, "right": 1}
_MOST_CHANNELS = 26  # one letter each, in the names of clips
_MOST_SECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of the folder, by the flags of import-folder."""

    table: str | None = None
    file_column: str | None = None
    text_column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    speaker_from_folder: bool = False
    locale: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str], locale: str | None) -> Self:
        """From ReadOptions. Raises UsageError for a delimiter that is none."""
        delimiter = values.get("delimiter")
        return cls(
            table=values.get("table"),
            file_column=values.get("file_column"),
            text_column=values.get("text_column"),
            delimiter=delimiter_of(delimiter) if delimiter else None,
            encoding=values.get("encoding"),
            speaker_from_folder=bool(values.get("speaker_from_folder")),
            locale=locale or "",
        )

    def speaker_of(self, path: str) -> str | None:
        """The folder that a recording lies in, where folders are speakers."""
        folder = posixpath.basename(posixpath.dirname(path))
        return folder or None if self.speaker_from_folder else None


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of a table's columns by their meaning; "" for what it lacks."""

    file: str
    text: str
    others: Mapping[str, str]


@lru_cache(maxsize=64)
def columns_of(names: tuple[str, ...], told: Told) -> Columns | None:
    """Which column is what; None where there is none for the files, or for the texts."""
    known = {_plain(name): name for name in reversed(names)}

    def pick(wanted: Sequence[str]) -> str:
        return next((known[name] for name in wanted if name in known), "")

    file = pick([_plain(told.file_column)] if told.file_column else FILE_NAMES)
    text = pick([_plain(told.text_column)] if told.text_column else TEXT_NAMES)
    if not file or not text:
        return None
    return Columns(file, text, {role: pick(wanted) for role, wanted in _OPTIONAL.items()})


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def split_of_name(path: str) -> str | None:
    """The split that a table is called after (``train.csv``, ``test_manifest.json``), or None."""
    stem = posixpath.splitext(posixpath.basename(path))[0].lower()
    words = [_SPLIT_NAMES[word] for word in re.split(r"[\W_]+", stem) if word in _SPLIT_NAMES]
    return words[-1] if words else None


class _BadCellError(ValueError):
    """A cell that does not say what its column should."""


class TableRows:
    """The rows of one table as utterances; ``claimed`` gathers the recordings that it names."""

    def __init__(self, table: OwnTable, place: str, recordings: Recordings, told: Told) -> None:
        """``place`` is the table's path from the root, or its name where it lies elsewhere."""
        self._table = table
        self._place = place
        self._folder = posixpath.dirname(place)
        self._recordings = recordings
        self._told = told
        self._split = split_of_name(place)
        self.claimed: set[str] = set()

    def __iter__(self) -> Iterator[Utterance | Reject]:
        for row in self._table.rows():
            if isinstance(row, BadRow):
                yield self._reject(row.line, Reason.BAD_ROW, row.detail)
            else:
                yield self._row(row)

    def _reject(self, line: int, reason: Reason, detail: str) -> Reject:
        return Reject(f"{self._place}:{line}", reason, detail)

    def _row(self, row: Record) -> Utterance | Reject:
        columns = columns_of(tuple(row.values), self._told)
        if columns is None:
            return self._reject(row.line, Reason.BAD_ROW, "names no file, or no text")
        name = row.values[columns.file].strip()
        if not name:
            return self._reject(row.line, Reason.BAD_NAME, "no file name")
        path = self._recordings.find(name, self._folder)
        if isinstance(path, NotFound):
            if path.reason is Reason.MISSING_AUDIO:
                detail = f"{self._place}:{row.line}: {path.detail}"
                return Reject(plain_key(name.strip("/")), path.reason, detail)
            return self._reject(row.line, path.reason, path.detail)
        self.claimed.add(path)
        cells = {role: row.values[name].strip() for role, name in columns.others.items() if name}
        try:
            audio = _audio(path, cells)
        except _BadCellError as error:
            return self._reject(row.line, Reason.BAD_ROW, str(error))
        return self._utterance(audio, row.values[columns.text], cells)

    def _utterance(self, audio: Audio, text: str, cells: Mapping[str, str]) -> Utterance:
        split = cells.get("split")
        return Utterance(
            key=self._recordings.key(audio.path) + _part(audio),
            audio=audio,
            text=text.strip(),
            speaker=cells.get("speaker") or self._told.speaker_of(audio.path),
            locale=cells.get("locale") or self._told.locale,
            split=self._split if split is None else _SPLIT_NAMES.get(split.lower()),
            seconds=self._length(audio, cells),
        )

    def _length(self, audio: Audio, cells: Mapping[str, str]) -> float | None:
        if audio.end is not None:
            return None  # the cut itself tells what a part lacks, and pads make it longer
        # NeMo's are seconds; what a column of this name holds elsewhere is not known.
        known = audio.start == 0 and self._table.is_json
        return _seconds("duration", cells) if known else None


def _audio(path: str, cells: Mapping[str, str]) -> Audio:
    """Raises _BadCellError for times and channels that are none."""
    start, end = _seconds("start", cells), _seconds("end", cells)
    duration = _seconds("duration", cells) if start is not None and end is None else None
    if duration is not None and start is not None:
        end = start + duration
    if end is not None and end <= (start or 0.0):
        raise _BadCellError(f"it ends at {end:g} s and begins at {start or 0:g} s")
    return Audio(path, start or 0.0, end, _channel(cells.get("channel", "")))


def _seconds(role: str, cells: Mapping[str, str]) -> float | None:
    cell = cells.get(role, "")
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0 <= number < _MOST_SECONDS:
        raise _BadCellError(f"{role} is no number of seconds: {cell[:40]!r}")
    return number


def _channel(cell: str) -> int | None:
    if not cell:
        return None
    if cell.lower() in _CHANNELS:
        return _CHANNELS[cell.lower()]
    if cell.isdecimal() and len(cell) <= 2 and int(cell) < _MOST_CHANNELS:
        return int(cell)
    raise _BadCellError(f"channel is not 0, 1, …, A, B, left or right: {cell[:40]!r}")


def _part(audio: Audio) -> str:
    """What follows the file in a clip's key: its channel, and its times in centiseconds."""
    part = "" if audio.channel is None else f"-{chr(ord('A') + audio.channel)}"
    if audio.start or audio.end is not None:
        part += f"-{round(audio.start * 100):06d}"
    if audio.end is not None:
        part += f"-{round(audio.end * 100):06d}"
    return part

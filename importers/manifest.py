"""The manifest: the CSV that names clips and their transcripts, as every DeepSpeech tool reads it.

``wav_filename,wav_filesize,transcript`` come first and in this order (mozilla/DeepSpeech,
util/sample_collections.py), then ``duration,speaker,locale,sentence``, then what the corpus knows.
UTF-8, ``\\n`` line ends, ordinary CSV quoting. Paths are relative to the CSV's own folder unless
they are absolute.
"""

import csv
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from importers.errors import FormatError

COLUMNS = (
    "wav_filename",
    "wav_filesize",
    "transcript",
    "duration",
    "speaker",
    "locale",
    "sentence",
)
REQUIRED = COLUMNS[:3]

SAMPLE_RATE = 16000
"""Of the WAVs or FLACs of an import, in Hz."""
CLIPS = "clips"
"""The folder of an import's WAVs or FLACs."""
STATE = ".import"
"""The folder beside it in which an import keeps what it knows of itself."""
_WAV_HEADER_BYTES = 44
_BYTES_A_FRAME = 2
_CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a manifest."""

    wav_filename: str
    wav_filesize: int
    """Bytes."""
    transcript: str
    """By the text rules of the import: what a model learns to write."""
    duration: float | None = None
    """Seconds; None where the manifest does not say."""
    speaker: str = ""
    locale: str = ""
    sentence: str = ""
    """The raw text, as the corpus has it."""
    extra: Mapping[str, str] = field(default_factory=dict)


def wav_bytes(frames: int) -> int:
    """Size of a 16-bit mono WAV of so many samples, in bytes."""
    return _WAV_HEADER_BYTES + _BYTES_A_FRAME * frames


def wav_name(key: str, audio_format: str = "wav") -> str:
    """A clip's WAV or FLAC relative to the manifest: 1,000 folders, each found from the key alone.

    2.6 million clips are 2,600 a folder; 10,000 are reached at nine million clips.
    """
    return f"{CLIPS}/{zlib.crc32(key.encode()) % 1000:03d}/{key}.{audio_format}"


class _LineFeeds:
    """Ends rows with ``\\n``, though csv must think of CRLF in order to quote a lone CR."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: str) -> None:
        self._stream.write(row.removesuffix(_CRLF) + "\n")


class ManifestWriter:
    """Writes entries as CSV rows to an open stream (see storage.put_atomic)."""

    def __init__(self, stream: TextIO, columns: Sequence[str] = ()) -> None:
        self._columns = tuple(columns)
        self._writer = csv.writer(_LineFeeds(stream), lineterminator=_CRLF)
        self._writer.writerow((*COLUMNS, *self._columns))

    def write(self, entry: Entry) -> None:
        """Append one row; durations to a tenth of a millisecond."""
        self._writer.writerow(
            (
                entry.wav_filename,
                entry.wav_filesize,
                entry.transcript,
                "" if entry.duration is None else f"{entry.duration:.4f}",
                entry.speaker,
                entry.locale,
                entry.sentence,
                *(entry.extra.get(column, "") for column in self._columns),
            )
        )


def read_manifest(path: Path) -> Iterator[Entry]:
    """The rows of a manifest, ours or DeepSpeech's (which has only the first three columns).

    Raises FormatError ``path:line:`` for a missing column or a row that is none, OSError when the
    file cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            header = next(reader, [])
            _check_header(path, header)
            for cells in reader:
                yield _entry(path, reader.line_num, header, cells)
        except (csv.Error, UnicodeDecodeError) as error:
            raise FormatError(f"{path}:{reader.line_num}: not a readable CSV: {error}") from None


def only_locale(entries: Iterable[Entry]) -> str | None:
    """The language of all clips; None where they have several, or do not tell."""
    locales = {entry.locale for entry in entries}
    return locales.pop() or None if len(locales) == 1 else None


def is_manifest(path: Path) -> bool:
    """Whether a CSV is a manifest (and not, say, a table of a corpus), by its first column."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return stream.readline(1000).startswith(f"{COLUMNS[0]},")


def write_rejects(stream: TextIO, rejects: Iterable[tuple[str, str, str]]) -> int:
    """Write rejects.csv (``key,reason,detail``) to an open stream; the number of rows."""
    writer = csv.writer(_LineFeeds(stream), lineterminator=_CRLF)
    writer.writerow(("key", "reason", "detail"))
    count = 0
    for row in rejects:
        writer.writerow(row)
        count += 1
    return count


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise FormatError(
            f"{path}:1: no manifest: it has no column {', '.join(missing)}. A manifest begins with "
            f"{','.join(REQUIRED)}"
        )


def _entry(path: Path, line: int, header: list[str], cells: list[str]) -> Entry:
    if len(cells) != len(header):
        raise FormatError(f"{path}:{line}: {len(cells)} columns where the header has {len(header)}")
    values = dict(zip(header, cells, strict=True))
    try:
        size = int(values["wav_filesize"])
        duration = float(values["duration"]) if values.get("duration") else None
    except ValueError as error:
        raise FormatError(f"{path}:{line}: {error}") from None
    return Entry(
        wav_filename=values["wav_filename"],
        wav_filesize=size,
        transcript=values["transcript"],
        duration=duration,
        speaker=sys.intern(values.get("speaker", "")),
        locale=sys.intern(values.get("locale", "")),
        sentence=values.get("sentence", ""),
        extra={name: value for name, value in values.items() if name not in COLUMNS},
    )

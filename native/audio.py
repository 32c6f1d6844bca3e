"""Encoded audio to 16-bit mono WAVs or FLACs of one sample rate, on all cores; or to samples.

MP3, FLAC, Ogg (Vorbis, Opus), WAV, AIFF, AU and CAF, as libsndfile decodes them; NIST SPHERE, also
shortened, by a reader of our own (src/sphere_reader.h). Shortened mu-law, in which LDC's telephone
corpora come, has been tried only on what the tests' own encoder writes, on no file of LDC's.
Not for other formats (AAC, AMR, WebM), and no features: features.py.
"""

import importlib.util
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from native import _native

AUDIO_FORMATS: Final = ("wav", "flac")
"""What `convert` can write: the suffixes of the files."""

PROBLEMS: Final = (
    "missing_audio",  # no such file
    "empty_file",  # 0 bytes
    "unreadable",  # there, but the system cannot read it: no permission, a bad block
    "not_audio",  # a web page, text, a folder, an unknown format
    "decode_error",  # the decoder failed
    "truncated",  # shorter than the file or the segment's end tells; keep_partial is False
    "no_frames",  # nothing was decoded
    "too_long",  # longer than max_seconds
    "too_short",  # shorter than min_seconds
    "silence",  # never as loud as silence_dbfs
)

# What comes before an outcome's detail in the message of an AudioError.
_WORDS: Final = {
    "missing_audio": "no such file",
    "empty_file": "",
    "unreadable": "",
    "not_audio": "not audio: ",
    "decode_error": "cannot be decoded: ",
    "truncated": "cut off after ",
    "no_frames": "",
    "too_long": "",
}


@dataclass(frozen=True, slots=True)
class ClipJob:
    """One clip to convert: a recording, or a segment of one."""

    source: str | bytes  # path of an audio file, or the encoded file itself
    target: str  # the file to write; its folder is created when absent
    channel: int | None = None  # 0-based; None: the mean of all channels
    start: float = 0.0  # seconds
    end: float | None = None  # seconds; None: to the end


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip."""

    frames: int  # samples written at the target rate; 0 when rejected
    source_rate: int
    source_channels: int
    source_frames: int  # decoded samples of each channel, between start and end
    problem: str | None  # None: converted; else one of PROBLEMS
    detail: str  # one line, such as libsndfile's message
    partial: bool  # the recording stopped before the length the file, or `end`, announces
    bytes: int  # of the file written


class AudioError(ValueError):
    """A clip that gives no samples: `problem` is one of PROBLEMS, the text says it for people."""

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


def decode(
    source: str | bytes,
    sample_rate: int = 16000,
    *,
    max_seconds: float | None = None,
    keep_partial: bool = False,
) -> NDArray[np.int16]:
    """The samples of one clip, the mean of its channels: what `convert` would write into its WAV.

    `source` is a path or the encoded file itself. Raises AudioError for a source that is absent,
    unreadable, broken, longer than `max_seconds`, or, without `keep_partial`, shorter than the
    length it announces.
    """
    _check(1, sample_rate, 0.0, max_seconds)
    samples, values = _native.decode_clip(
        _libraries(), _row([ClipJob(source, "")]), sample_rate, max_seconds, keep_partial
    )
    outcome = Outcome(*values)
    if outcome.problem is not None:
        name = "audio in memory" if isinstance(source, bytes) else source
        detail = "" if outcome.problem == "missing_audio" else outcome.detail  # its path again
        raise AudioError(outcome.problem, f"{name}: {_WORDS[outcome.problem]}{detail}")
    return samples


def convert(
    jobs: Sequence[ClipJob],
    *,
    temporary: str,
    threads: int,
    sample_rate: int = 16000,
    min_seconds: float = 0.0,
    max_seconds: float | None = None,
    keep_partial: bool = True,
    audio_format: str = "wav",
    silence_dbfs: float | None = None,
    pad_start: float = 0.0,
    pad_end: float = 0.0,
) -> list[Outcome]:
    """Converts each clip on one of `threads` threads; the outcomes are in the order of the jobs.

    A file is written into `temporary` (created when absent; on the file system of the targets) and
    renamed to its target when whole. A source that is absent, broken or of the wrong length is an
    Outcome with a problem, and no file; so is one that ends before the length it announces, unless
    `keep_partial`: then it is converted as far as it goes. With `silence_dbfs` so is one in which
    no 100 ms have a root mean square of so many decibels below full scale.

    Segments of one recording (by_recording) are cut in one pass, by one thread: it is decoded once
    from its beginning to the end of the last segment, and each channel that is wanted is resampled
    once. A segment holds the samples round(start * sample_rate) up to round(end * sample_rate) of
    the whole recording's signal, whatever else is cut with it. One that begins behind the end of
    the recording is a problem (no_frames); one that ends more than 0.5 s behind it is, too
    (truncated), unless `keep_partial`; one that ends less behind it is cut there. `pad_start` and
    `pad_end` widen segments by so many seconds, as far as the recording goes; they may then lie
    over each other.

    The same clip gives the same bytes: of a FLAC with the same libsndfile.

    OSError, with errno and filename, is raised for a file that cannot be written; the clips in hand
    are then finished or dropped, no temporary file stays, and targets already written remain.
    """
    _check(threads, sample_rate, min_seconds, max_seconds)
    if not (0 <= pad_start < math.inf and 0 <= pad_end < math.inf):
        raise ValueError(f"pad_start and pad_end must be seconds from 0: {pad_start}, {pad_end}")
    groups = by_recording(jobs)
    rows = [_row([jobs[number] for number in group]) for group in groups]
    Path(temporary).mkdir(parents=True, exist_ok=True)
    recordings = _native.convert_recordings(
        _libraries(),
        rows,
        os.fsencode(temporary),
        threads,
        sample_rate,
        min_seconds,
        max_seconds,
        keep_partial,
        audio_format,
        silence_dbfs,
        pad_start,
        pad_end,
    )
    numbers = (number for group in groups for number in group)
    outcomes = (Outcome(*outcome) for recording in recordings for outcome in recording)
    by_number = dict(zip(numbers, outcomes, strict=True))
    return [by_number[number] for number in range(len(jobs))]


def by_recording(jobs: Sequence[ClipJob]) -> list[list[int]]:
    """The numbers of the jobs, those of one recording together: of one path, or one bytes object.

    Bytes are told apart by what they are, not by what they hold, which would have to be read.
    """
    groups: dict[str | int, list[int]] = {}
    for number, job in enumerate(jobs):
        source = job.source if isinstance(job.source, str) else id(job.source)
        groups.setdefault(source, []).append(number)
    return list(groups.values())


def resample(
    samples: NDArray[np.float32], source_rate: int, target_rate: int = 16000
) -> NDArray[np.float32]:
    """One channel of samples at another rate (1 to 768 kHz), as `convert` resamples them.

    n samples give round(n * target_rate / source_rate), halves rounded up; output m lies at the
    time of input m * source_rate / target_rate, without delay. Passes 0 to 0.913 of the lower
    Nyquist frequency and stops all above it by 110 dB.
    """
    if source_rate == target_rate:
        return samples.astype(np.float32)
    return _native.resample(samples, source_rate, target_rate, "auto", 1 << 16)


def library_description() -> str:
    """Which libsndfile decodes, as "libsndfile-1.2.2 (PATH)"."""
    version, path = _native.sndfile_version(_libraries())
    return f"{version} ({path})"


def _check(threads: int, sample_rate: int, min_seconds: float, max_seconds: float | None) -> None:
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    if not 1000 <= sample_rate <= 768000:
        raise ValueError(f"sample_rate must be 1000 to 768000 Hz, not {sample_rate}")
    if math.isnan(min_seconds) or (max_seconds is not None and math.isnan(max_seconds)):
        raise ValueError("min_seconds and max_seconds must be numbers")


_Cut = tuple[bytes, int, float, float | None]


def _row(jobs: Sequence[ClipJob]) -> tuple[bytes | None, bytes | None, list[_Cut]]:
    """Of the jobs of one recording."""
    source = jobs[0].source
    if isinstance(source, str) and "\0" in source:
        raise ValueError(f"a file name holds a zero byte: {source!r}")
    cuts = [_cut(job) for job in jobs]
    if isinstance(source, bytes):
        return None, source, cuts
    return os.fsencode(source), None, cuts


def _cut(job: ClipJob) -> _Cut:
    if job.channel is not None and job.channel < 0:
        raise ValueError(f"channel must be 0 or more, not {job.channel}: {job.target}")
    if not 0 <= job.start < math.inf or (job.end is not None and not job.end >= 0):
        raise ValueError(f"start and end must be seconds from 0: {job.target}")
    if "\0" in job.target:
        raise ValueError(f"a file name holds a zero byte: {job.target!r}")
    channel = -1 if job.channel is None else job.channel
    return os.fsencode(job.target), channel, job.start, job.end


def _libraries() -> list[str]:
    """Where libsndfile may be: inside the soundfile package's wheel, then the system's."""
    candidates = []
    wheel = importlib.util.find_spec("_soundfile_data")
    for folder in (wheel.submodule_search_locations or []) if wheel is not None else []:
        # The file's name differs by platform: libsndfile_x86_64.so, libsndfile_arm64.dylib, ...
        candidates += sorted(str(path) for path in Path(folder).glob("libsndfile*"))
    return [*candidates, "libsndfile.so.1"]

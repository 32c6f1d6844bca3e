"""SPHERE files made for the tests, and what other programs read in them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.native.converter import Converter

Whole = NDArray[np.int16]

FIELDS = {
    "sample_count": "-i 1000",
    "sample_rate": "-i 8000",
    "channel_count": "-i 1",
    "sample_n_bytes": "-i 2",
    "sample_byte_format": "-s2 01",
    "sample_coding": "-s3 pcm",
}
"""A header as most have it."""


def sphere(
    data: bytes,
    changed: Mapping[str, str | None] | None = None,
    *,
    size: int = 1024,
    end: str = "end_head\n",
    newline: str = "\n",
) -> bytes:
    """A file whose header has FIELDS, some changed or, with None, left out."""
    fields = {**FIELDS, **(changed or {})}
    lines = "".join(f"{name} {value}{newline}" for name, value in fields.items() if value)
    text = f"NIST_1A{newline}{size:>{8 - len(newline)}}{newline}{lines}{end}"
    return text.encode("latin-1").ljust(size) + data


def channels_of(converter: Converter, source: Path | bytes, count: int, rate: int) -> Whole:
    """The samples (frames, channels) that we read, each channel by a conversion of its own."""
    columns = []
    for number in range(count):
        job = converter.job(source, channel=number)
        [outcome] = converter.run([job], sample_rate=rate)
        assert outcome.problem is None, outcome
        assert (outcome.source_rate, outcome.source_channels) == (rate, count)
        columns.append(soundfile.read(job.target, dtype="int16")[0])
    return np.stack(columns, axis=1)


def sox(path: Path) -> Whole:
    """The samples (frames, channels) that sox reads."""
    count = subprocess.run(["soxi", "-c", path], capture_output=True, check=True)
    raw = ["-t", "raw", "-e", "signed", "-b", "16", "-D", "-"]
    run = subprocess.run(["sox", str(path), *raw], capture_output=True, check=True)
    return np.frombuffer(run.stdout, np.int16).reshape(-1, int(count.stdout))


def ffmpeg(path: Path, channels: int) -> Whole:
    """The samples (frames, channels) that ffmpeg reads."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    run = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(run.stdout, np.int16).reshape(-1, channels)

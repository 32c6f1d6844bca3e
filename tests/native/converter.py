"""What the audio tests share: a converter with folders of its own, and made-up audio."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from native.audio import PROBLEMS, ClipJob, Outcome, convert

Samples = NDArray[np.float32]
Whole = NDArray[np.int16]


class Converter:
    """Converts into a folder of its own and reads back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.count = 0

    def job(self, source: Path | bytes, **options: Any) -> ClipJob:
        self.count += 1
        target = str(self.folder / "wavs" / f"{self.count}.wav")
        data = source if isinstance(source, bytes) else str(source)
        return ClipJob(data, target, **options)

    def run(self, jobs: list[ClipJob], threads: int = 2, **options: Any) -> list[Outcome]:
        return convert(jobs, temporary=str(self.temporary), threads=threads, **options)

    def one(self, source: Path | bytes, **options: Any) -> tuple[Outcome, Whole]:
        job = self.job(source, **options)
        outcome = self.run([job])[0]
        assert outcome.problem is None, outcome
        return outcome, read(job.target)

    def reject(
        self, source: Path | bytes, *, silence_dbfs: float | None = None, **options: Any
    ) -> Outcome:
        job = self.job(source, **options)
        outcome = self.run([job], silence_dbfs=silence_dbfs)[0]
        assert outcome.problem in PROBLEMS
        assert outcome.frames == 0
        assert not Path(job.target).exists()
        assert list(self.temporary.iterdir()) == []
        return outcome


def read(path: str | Path) -> Whole:
    samples, rate = soundfile.read(str(path), dtype="int16")
    assert rate == 16000
    whole: Whole = np.asarray(samples, np.int16)
    return whole


def to_int16(samples: NDArray[np.floating]) -> Whole:
    whole: Whole = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return whole


def encode(
    samples: NDArray[np.floating], rate: int, kind: str, subtype: str | None = None
) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def speechlike(rate: int, seconds: float = 3.0) -> Samples:
    """A chirp with a silence in its middle, so that a variable bit rate varies."""
    time = np.arange(int(rate * seconds)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (200 + 300 * time) * time)
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(time))
    tone[len(time) // 3 : len(time) // 2] = 0
    mixed: Samples = (tone + noise * (tone != 0)).astype(np.float32)
    return mixed

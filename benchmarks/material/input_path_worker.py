"""A training that reads WAVs through the whole input path, timed: for train_gpu.py.

    python benchmarks/material/input_path_worker.py FOLDER --preset NAME --width N ..

Clips of noise are written into FOLDER, all of one length, so that the first epoch has batches of
one shape. Of this epoch, from the fourth batch on, FOLDER/path.json tells the seconds, how many of
them were steps, the seconds of audio, and how busy the card said that it was.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from importers.alphabet import Alphabet
from trainer.config import read_preset
from trainer.data.clips import ClipSet, read_clips
from trainer.learning.learner import Learner
from trainer.loop.train import Course, train

ALPHABET = Alphabet((" ", "'", *"abcdefghijklmnopqrstuvwxyz"))
TEXT = "the quick brown fox jumps over"
WARM_UP = 3
"""Batches before time is taken: the first compiles."""


class TimedSteps:
    """Learner.step, and when each began and ended."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._step = Learner.step

    def step(self, learner: Learner, batch: Any) -> Any:
        """One step."""
        begun = time.perf_counter()
        result = self._step(learner, batch)
        self.spans.append((begun, time.perf_counter()))
        return result


def write_corpus(folder: Path, clips: int, samples: int, rate: int) -> Path:
    """WAVs of noise, and their manifest."""
    draw = np.random.default_rng(0)
    rows = ["wav_filename,wav_filesize,transcript"]
    for number in range(clips):
        path = folder / f"{number}.wav"
        noise = draw.integers(-8000, 8000, samples, np.int16)
        with wave.open(str(path), "wb") as stream:
            stream.setparams((1, 2, rate, 0, "NONE", ""))
            stream.writeframes(noise.tobytes())
        rows.append(f"{path.name},{path.stat().st_size},{TEXT}")
    manifest = folder / "train.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


@contextlib.contextmanager
def card_watched(log: Path) -> Any:
    """NVIDIA's own account of how busy the card is, where there is one."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield
        return
    query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100"]
    with log.open("wb") as stream:
        watching = subprocess.Popen([program, *query], stdout=stream)
        try:
            yield
        finally:
            watching.terminate()
            watching.wait()


def card_busy(log: Path) -> float | None:
    """The mean of the middle four fifths of what it said, as a share."""
    if not log.exists():
        return None
    said = [float(line) for line in log.read_text().split() if line.isdigit()]
    cut = len(said) // 10
    kept = said[cut : len(said) - cut]
    return statistics.mean(kept) / 100 if kept else None


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name in ("preset", "precision"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("width", "batch", "frames", "batches", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    known = parser.parse_args(arguments)
    changes = {"width": known.width, "precision": known.precision, "batch_size": known.batch}
    preset = read_preset(known.preset).changed({**changes, "epochs": 1})
    spec = preset.feature_spec
    samples = spec.window + (known.frames - 1) * spec.step
    manifest = write_corpus(known.folder, known.batch * known.batches, samples, spec.sample_rate)
    clips = read_clips([manifest], ALPHABET, spec)
    assert {clip.frames for clip in clips.clips} == {known.frames}
    dev = ClipSet(clips.clips[:1])
    course = Course(
        preset, ALPHABET, clips, dev, known.folder / "out", threads=known.threads, samples=0
    )
    timed, log = TimedSteps(), known.folder / "card.txt"
    Learner.step = lambda learner, batch: timed.step(learner, batch)  # type: ignore[assignment,method-assign]
    with card_watched(log):
        train(course, lambda line: None)
    spans = timed.spans[WARM_UP:]
    # From the end of one step to the end of another, so that each has waited for its batch.
    begun = timed.spans[WARM_UP - 1][1]
    result = {
        "seconds": spans[-1][1] - begun,
        "in_steps": sum(end - start for start, end in spans),
        "audio_seconds": len(spans) * known.batch * samples / spec.sample_rate,
        "card_busy": card_busy(log),
    }
    (known.folder / "path.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])

"""One utterance to its exact transcript, on two cores.

    python benchmarks/by_heart.py [--clip CLIP.wav --text "what is said in it"]

train-model with the settings of `make first-model` on one clip, of the sample corpus unless another
is named (16 kHz, 16 bit, mono); the finished model, by ONNX Runtime and without a language model,
has to write what was said, letter by letter. Counted is the wall clock of all of it.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.material.makefile_settings import ROOT, settings
from importers.manifest import Entry, ManifestWriter
from importers.storage import put_atomic
from trainer.data.clip_file import read_samples
from trainer.recognizer import Recognizer

CLAIM = 300.0
"""Seconds."""


def sample_clip(work: Path) -> tuple[Path, str]:
    """A clip of the sample corpus, as importing makes it, and its text."""
    [archive] = (ROOT / "sample").glob("cv-corpus-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(work / "release", filter="data")
    arguments = ["cv", work / "imported", work / "release"]
    command = [sys.executable, "-m", "pipelines.import_command", *map(str, arguments)]
    subprocess.run(command, check=True)
    rows = (work / "imported" / "cv-valid-train.csv").read_text().splitlines()
    name, _, text, *_ = rows[1].split(",")
    return work / "imported" / name, text


def learnt_by_heart(clip: Path, text: str, work: Path, preset: Sequence[str]) -> str:
    """What a model writes that has learnt one clip."""
    manifest = work / "one.csv"
    with put_atomic(manifest) as stream:
        ManifestWriter(stream).write(Entry(str(clip.resolve()), clip.stat().st_size, text))
    arguments = ["--train", manifest, "--dev", manifest, "--out", work / "model", *preset]
    command = [sys.executable, "-m", "trainer.train_command", *map(str, arguments)]
    subprocess.run([*command, *settings("FIRST_SETTINGS")], check=True)
    recognizer = Recognizer(work / "model")
    return recognizer.greedy_text(recognizer.log_probs(read_samples(clip, recognizer.sample_rate)))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--text")
    parser.add_argument("--preset", help="another than train-model's default")
    known = parser.parse_args(arguments)
    if (known.clip is None) != (known.text is None):
        parser.error("--clip wants --text, and the other way round")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        clip, text = (known.clip, known.text) if known.clip else sample_clip(work)
        started = time.monotonic()
        preset = ["--preset", known.preset] if known.preset else []
        written = learnt_by_heart(clip, text, work, preset)
        seconds = time.monotonic() - started
    holds = written == text and seconds < CLAIM
    print(f"said     {text}\nwritten  {written}")
    print(
        f"{seconds:.0f} s; claim: exact in under {CLAIM:.0f} s: "
        + ("holds" if holds else "DOES NOT HOLD")
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

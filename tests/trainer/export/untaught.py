"""What is exported need not have learnt anything: checkpoints of random weights."""

from pathlib import Path

import numpy as np

from tests.trainer.spoken_commands import ALPHABET
from trainer.config import Preset
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import Checkpoint, Identity
from trainer.loop.progress import Progress
from trainer.loop.terms import Terms
from trainer.normalisation import Normalisation

FORMATS = ("onnx", "onnx-int8", "saved-model", "litert", "litert-int8")


def untaught(preset: Preset, progress: Progress) -> Checkpoint:
    """A checkpoint of random weights; features are normalised as those of speech are."""
    geometry = preset.geometry(labels=len(ALPHABET.labels) + 1)
    figures = tuple(np.linspace(-9, 9, 26).tolist()), tuple(np.linspace(4, 20, 26).tolist())
    return Checkpoint(
        Identity(geometry, ALPHABET.labels, "deepspeech"),
        Terms.of([], [], preset.training, backend="tensorflow"),
        progress,
        Normalisation("corpus", *figures),
        Learner(geometry, preset.training).arrays(),
    )


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

"""Losses and gradients of each preset, small, in numbers: what TensorFlow made of them is kept.

    KERAS_BACKEND=tensorflow .venv/bin/python -m tests.backends.numbers

writes expected.json and learner.npz anew.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry
from trainer.config import Preset, preset_names, read_preset
from trainer.data.batches import Batch
from trainer.data.clips import Clip
from trainer.learning.learner import Learner

HERE = Path(__file__).parent
EXPECTED, LEARNER = HERE / "expected.json", HERE / "learner.npz"
LABELS = 9
FRAMES = (40, 57, 23)
STEPS = 3
HEARD = 7
"""Seed of the batch that is assessed."""
_EXACT = {"dropout": 0.0, "noise": 0.0, "learning_rate": 0.01}


def small_preset(name: str, **changes: object) -> Preset:
    """A preset of little width, and of one conformer block."""
    preset = read_preset(name).changed({"width": 8, **_EXACT, **changes})
    layers = preset.architecture.layers
    conformers = [layer for layer in layers if layer.layer == "conformer"]
    kept = tuple(layer for layer in layers if layer not in conformers[1:])
    if len(conformers) > 1:  # they are alike
        kept = (*kept[: layers.index(conformers[0])], conformers[0])
    architecture = preset.architecture.model_copy(update={"layers": kept})
    return preset.model_copy(update={"architecture": architecture})


def batch_of(geometry: Geometry, seed: int = 5) -> Batch:
    """Three clips of random features, padded."""
    draw = np.random.default_rng(seed)
    frames = np.array(FRAMES, np.int32)
    features = draw.normal(size=(len(FRAMES), max(FRAMES), geometry.inputs)).astype(np.float32)
    for row, count in enumerate(FRAMES):
        features[row, count:] = 0
    counts = np.array([4, 7, 1], np.int32)
    labels = draw.integers(0, LABELS - 1, (len(FRAMES), 7)).astype(np.int32)
    clips = tuple(
        Clip(Path("x"), "", said[:count], int(heard))
        for said, count, heard in zip(labels, counts, frames, strict=True)
    )
    return Batch(clips, features, frames, labels, counts)


def learner_of(preset: Preset) -> Learner:
    """A learner whose weights do not depend on the backend."""
    geometry = preset.geometry(labels=LABELS)
    learner = Learner(geometry, preset.training)
    arrays = learner.arrays()
    draw = np.random.default_rng(4)
    for name, shape in geometry.weight_shapes().items():
        limit = np.sqrt(6 / sum(shape[-2:])) if len(shape) > 1 else 0.5
        weight = draw.uniform(-limit, limit, shape)
        if name.endswith(("/gamma", "/variance")):
            weight = np.abs(weight) + 0.5
        there = arrays[f"weights/{name}"]
        arrays[f"weights/{name}"] = weight.astype(np.float32).reshape(there.shape)
    learner.restore(arrays)
    return learner


def gradients(name: str) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Losses of a preset's first step, and the gradients of their mean by weight."""
    # Gradients of a first batch of two wait for those of the second.
    learner = learner_of(small_preset(name, accumulate=2))
    losses, learnt = learner.step(batch_of(small_preset(name).geometry(labels=LABELS)))
    assert learnt
    start = "accumulated/"
    arrays = learner.arrays().items()
    return losses, {key.removeprefix(start): one for key, one in arrays if key.startswith(start)}


def numbers(name: str) -> dict[str, Any]:
    """What a preset comes to."""
    preset = small_preset(name)
    batch = batch_of(preset.geometry(labels=LABELS))
    learner = learner_of(preset)
    losses, made = gradients(name)
    return {
        "assessed": learner.assess(batch)[0].tolist(),
        "losses": losses.tolist(),
        "gradients": {key: _digest(one) for key, one in made.items()},
        "course": [float(learner.step(batch)[0].mean()) for _ in range(STEPS)],
    }


def _digest(gradient: NDArray[np.float32]) -> list[float]:
    """Its norm, and what it comes to in two directions drawn at random."""
    wide = gradient.astype(np.float64).ravel()
    directions = np.random.default_rng(len(wide)).normal(size=(2, len(wide)))
    return [float(np.linalg.norm(wide)), *(directions @ wide).tolist()]


def kept_learner() -> Learner:
    """A learner with everything that is learnt, on its way."""
    preset = small_preset("tiny", accumulate=2, dropout=0.2)
    learner = learner_of(preset)
    for seed in range(STEPS):
        learner.step(batch_of(preset.geometry(labels=LABELS), seed))
    return learner


if __name__ == "__main__":
    if keras.backend.backend() != "tensorflow":
        raise SystemExit("what is expected is what TensorFlow makes: KERAS_BACKEND=tensorflow")
    EXPECTED.write_text(json.dumps({name: numbers(name) for name in preset_names()}, indent=1))
    learner = kept_learner()
    heard = learner.assess(batch_of(small_preset("tiny").geometry(labels=LABELS), HEARD))
    kept: dict[str, Any] = {**learner.arrays(), "assessed": heard[0]}
    np.savez(LEARNER, **kept)

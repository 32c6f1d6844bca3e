"""What a Keras backend does for a training: steps and assessments, compiled.

Keras's layers and optimisers are the same under all of them; gradients and compiling are not. Each
has a module in trainer/backends, which is loaded when Keras runs under it (KERAS_BACKEND).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from importers.errors import UsageError
from trainer.data.batches import Batch

Losses = NDArray[np.float32]


class Engine(Protocol):
    """The steps of one model, whose variables and whose optimiser's are Keras's.

    What they come to stands in these variables whenever nothing runs, and what they are given is
    what the next step begins with: so a training is kept and restored.
    """

    def step(self, batch: Batch, scale: float) -> tuple[Losses, bool]:
        """Apply the gradient of the mean of a batch's losses: each clip's loss, and whether it was.

        Nothing is applied, and nothing changes but random numbers, when a loss or the gradient is
        not finite. ``scale`` is what the loss is multiplied by before its gradient is taken, and
        the gradient divided by then: without `scaled` (EngineParts) it must be 1.
        """

    def assess(self, batch: Batch) -> tuple[Losses, NDArray[np.float32]]:
        """Each clip's loss, and natural log-probabilities [clips, output frames, labels].

        Nothing changes.
        """


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What steps are made of."""

    model: keras.Model
    """As trainer/learning/model.py builds it; what it gives may be of half precision."""
    optimizer: keras.optimizers.Optimizer
    """Built for the model's trainable variables, in their order."""
    stride: int
    """Frames of features for a frame of output."""
    scaled: bool
    """Whether losses are scaled, as float16 needs."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What a module of trainer/backends gives, by the name BACKEND."""

    engine: Callable[[EngineParts], Engine]
    recurrent: Mapping[str, type[keras.layers.Layer]]
    """The classes of recurrent layers that models are trained with, by kind (layers.py)."""


def running_backend() -> Backend:
    """That of the Keras backend in use. Raises UsageError for one that models are not trained with.

    Nothing of the others is loaded.
    """
    match keras.backend.backend():
        case "tensorflow":
            from trainer.backends.tensorflow import BACKEND
        case "jax":
            from trainer.backends.jax import BACKEND
        case "torch":
            from trainer.backends.torch import BACKEND
        case name:
            raise UsageError(f"models are trained with tensorflow, jax or torch, not {name}")
    return BACKEND

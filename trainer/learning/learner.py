"""A model that learns: its weights, the optimiser's state and the random numbers, which are kept.

It knows steps, not epochs: those are train.py's. How a step is computed is the engine's, of the
Keras backend in use; what is kept has the same names under all of them.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry
from trainer.config import Training
from trainer.data.batches import Batch
from trainer.learning.engine import EngineParts, Losses, running_backend
from trainer.learning.model import Weights, build_model, weight_variables
from trainer.learning.optimizer import build_optimizer, optimizer_variables
from trainer.learning.precision import LossScale, computing_in
from trainer.learning.rate import Rate

Arrays = dict[str, NDArray[Any]]

WEIGHTS = "weights/"
"""What the names of the weights (Geometry.weight_shapes) begin with among the arrays."""
_CARRIED = (WEIGHTS, "momentum/", "velocity/")
_ITERATIONS, _UPDATES = "optimizer/iterations", "optimizer/updates"


class Learner:
    """Adam on the CTC loss of one model, whose features come normalised."""

    def __init__(self, geometry: Geometry, settings: Training) -> None:
        keras.utils.set_random_seed(settings.seed)
        self._geometry, self._accumulate = geometry, settings.accumulate
        backend = running_backend()
        with computing_in(settings.precision):
            model = build_model(
                geometry,
                dropout=settings.dropout,
                noise=settings.noise,
                recurrent=backend.recurrent,
            )
        self._optimizer = build_optimizer(settings, model)
        self._rate = Rate(settings.learning_rate, settings.warmup, settings.accumulate)
        self._scale = LossScale.of(settings.precision)
        parts = EngineParts(model, self._optimizer, geometry.stride, self._scale.used)
        self._engine = backend.engine(parts)
        self._weights = weight_variables(model, geometry)
        self._variables = {f"{WEIGHTS}{name}": one for name, one in self._weights.items()}
        self._variables |= optimizer_variables(self._optimizer, self._weights)
        others = [one for one in model.variables if not _is_in(one, model.weights)]
        self._variables |= {f"random/{number}": one for number, one in enumerate(others)}

    def step(self, batch: Batch) -> tuple[Losses, bool]:
        """Learn from a batch: the loss of each clip, and whether anything was learnt.

        Nothing is, and nothing changes but random numbers, when a loss or the gradient is not
        finite, whatever the loss is scaled by. With `accumulate` the weights change with every so
        manieth batch.
        """
        self._optimizer.learning_rate = self._rate.now
        losses, learnt = self._engine.step(batch, self._scale.value)
        scale = self._scale.arrays()
        # In half precision a finite loss may have a gradient that only its scale made infinite.
        while not learnt and np.isfinite(losses).all() and self._scale.lowered():
            losses, learnt = self._engine.step(batch, self._scale.value)
        if learnt:
            self._rate.count()
            self._scale.count()
        else:
            self._scale.restore(scale)  # which is not at fault
        return losses, learnt

    def assess(self, batch: Batch) -> tuple[Losses, NDArray[np.float32]]:
        """The loss of each clip, and log-probabilities [clips, output frames, labels].

        Nothing changes.
        """
        return self._engine.assess(batch)

    @property
    def learning_rate(self) -> float:
        """That warm-up leads to, and that a plateau lowers."""
        return self._rate.peak

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._rate.peak = rate

    @property
    def present_rate(self) -> float:
        """Of the next update: during the warm-up it is less than `learning_rate`."""
        return self._rate.now

    def weights(self) -> Weights:
        """The weights by the names of Geometry.weight_shapes."""
        shapes = self._geometry.weight_shapes()
        return {name: self._array(f"{WEIGHTS}{name}").reshape(shapes[name]) for name in shapes}

    def arrays(self) -> Arrays:
        """Everything that the next step depends on."""
        arrays = {name: self._array(name) for name in self._variables}
        arrays[_UPDATES] = arrays[_ITERATIONS] // self._accumulate
        return arrays | self._rate.arrays() | self._scale.arrays()

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go back to what ``arrays`` gave, for the same geometry, settings and Keras backend."""
        for name, variable in self._variables.items():
            variable.assign(arrays[name])
        self._rate.restore(arrays)
        self._scale.restore(arrays)

    def start_from(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the weights and Adam's moments of another learner of the same geometry.

        It may have had other settings, and another Keras backend. The learning rate and its
        warm-up, the loss scale and the random numbers are as the settings say, and gradients that
        were not applied are forgotten.
        """
        for name, variable in self._variables.items():
            if name.startswith(_CARRIED):
                variable.assign(arrays[name])
        self._variables[_ITERATIONS].assign(arrays[_UPDATES] * self._accumulate)

    def _array(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = keras.ops.convert_to_numpy(self._variables[name])
        return array


def _is_in(variable: keras.Variable, variables: list[keras.Variable]) -> bool:
    return any(variable is one for one in variables)

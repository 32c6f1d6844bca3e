"""Mixed precision: products in 16 bits, weights and sums in 32 (Micikevicius et al. 2018)."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

_FIRST_SCALE = 2.0**15
_HIGHEST_SCALE = 2.0**24
_UNTIL_HIGHER = 2000
"""Keras's LossScaleOptimizer has the same first scale, and doubles it after as many steps."""


@contextlib.contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Layers that are made while the block runs compute in ``precision`` (config.Training)."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision if precision == "float32" else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


class LossScale:
    """What the loss is multiplied by, so that small gradients are not 0 in float16.

    It is halved while gradients are infinite, and doubled when they have not been for long.
    """

    def __init__(self, *, used: bool) -> None:
        """Unless it is ``used`` it is 1 and stays so."""
        self.used = used
        self.value = _FIRST_SCALE if used else 1.0
        self._since = 0

    @classmethod
    def of(cls, precision: str) -> "LossScale":
        """bfloat16 has the range of float32 and needs none."""
        return cls(used=precision == "float16")

    def lowered(self) -> bool:
        """Whether it could be halved, and was. Below 1 a gradient is infinite for itself."""
        if self.value <= 1:
            return False
        self.value, self._since = self.value / 2, 0
        return True

    def count(self) -> None:
        """A step was finite."""
        self._since += 1
        if self.used and self._since >= _UNTIL_HIGHER:
            self.value, self._since = min(2 * self.value, _HIGHEST_SCALE), 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that it depends on; for `restore`."""
        return {"scale/value": np.array(self.value), "scale/since": np.array(self._since)}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go back to what ``arrays`` gave."""
        self.value, self._since = float(arrays["scale/value"]), int(arrays["scale/since"])

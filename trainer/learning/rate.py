"""The learning rate over the updates of a training: warm-up, then what plateaus leave of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Rate:
    """Rises in equal steps from the first update to the last of the warm-up, then is the peak.

    (Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2: gradual warm-up.)
    """

    def __init__(self, peak: float, warmup: int, accumulate: int) -> None:
        """``warmup`` counts updates, each of ``accumulate`` batches; 0: there is none."""
        self.peak = peak
        self._warmup, self._accumulate = warmup, accumulate
        self._batches = 0

    @property
    def now(self) -> float:
        """Of the next update."""
        update = self._batches // self._accumulate + 1
        return self.peak if update >= self._warmup else self.peak * update / self._warmup

    def count(self) -> None:
        """A batch was learnt from."""
        self._batches += 1

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that it depends on but its settings; for `restore`."""
        return {"rate/peak": np.array(self.peak), "rate/batches": np.array(self._batches)}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go back to what ``arrays`` gave."""
        self.peak, self._batches = float(arrays["rate/peak"]), int(arrays["rate/batches"])

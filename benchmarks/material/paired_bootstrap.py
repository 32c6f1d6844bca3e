"""Intervals by resampling utterances, for two systems that were run on the same ones.

M. Bisani, H. Ney: Bootstrap estimates for confidence intervals in ASR performance evaluation
(ICASSP 2004). Utterances are drawn with their errors, words and times of both systems, so that
what is easy or hard for both cancels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_RESAMPLES: Final = 10_000
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the central 95 % of the resamples'."""

    value: float
    low: float
    high: float


def ratio_of_sums(numerators: ArrayLike, denominators: ArrayLike, seed: int = 0) -> Interval:
    """sum(numerators) / sum(denominators) of utterances that are drawn together.

    Errors over words give a word error rate, differences of errors over words a paired difference
    of rates, times over times how much faster one is. Raises ValueError for lengths that differ.
    """
    above, below = (np.asarray(one, np.float64) for one in (numerators, denominators))
    if above.ndim != 1 or above.shape != below.shape or not len(above):
        raise ValueError(f"one number an utterance, not {above.shape} and {below.shape}")
    random = np.random.default_rng(seed)
    ratios = np.concatenate(
        [_resampled(random, above, below) for _ in range(_RESAMPLES // _AT_ONCE)]
    )
    low, high = np.quantile(ratios, (0.025, 0.975))
    return Interval(float(above.sum() / below.sum()), float(low), float(high))


def _resampled(
    random: np.random.Generator, above: NDArray[np.float64], below: NDArray[np.float64]
) -> NDArray[np.float64]:
    drawn = random.integers(0, len(above), (_AT_ONCE, len(above)))
    return np.asarray(above[drawn].sum(axis=1) / below[drawn].sum(axis=1))

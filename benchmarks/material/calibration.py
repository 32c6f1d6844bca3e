"""How far confidences are from the shares of words that are right, and the scale that mends them.

Expected calibration error: M. P. Naeini, G. F. Cooper, M. Hauskrecht: Obtaining well calibrated
probabilities using Bayesian binning (AAAI 2015). The scale is that of C. Guo et al.: On calibration
of modern neural networks (ICML 2017), for two classes: it multiplies the log-odds.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 10
_CLOSEST: Final = 1e-6
"""To 0 and 1: beyond it log-odds mean nothing."""
_SCALES: Final = np.exp(np.linspace(np.log(0.05), np.log(5.0), 185))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Words whose confidences lie together."""

    words: int
    confidence: float
    """Their mean."""
    right: float
    """The share of them that is right."""


def reliability(confidences: Floats, right: NDArray[np.bool_]) -> list[Bin]:
    """Bins of equal size, from the least confident words to the most."""
    order = np.argsort(confidences, kind="stable")
    return [
        Bin(len(part), float(confidences[part].mean()), float(right[part].mean()))
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def calibration_error(confidences: Floats, right: NDArray[np.bool_]) -> float:
    """The mean distance of confidence and share of right words, over bins of equal size."""
    bins = reliability(confidences, right)
    words = sum(one.words for one in bins)
    return sum(one.words * abs(one.confidence - one.right) for one in bins) / words


def scaled(confidences: Floats, scale: float) -> Floats:
    """The confidences whose log-odds are so many times as large: above 1 they become surer."""
    within = np.clip(confidences, _CLOSEST, 1 - _CLOSEST)
    odds = scale * (np.log(within) - np.log1p(-within))
    return np.asarray(1 / (1 + np.exp(-odds)))


def best_scale(confidences: Floats, right: NDArray[np.bool_]) -> float:
    """The scale with the least expected calibration error, from 0.05 to 5."""
    errors = [calibration_error(scaled(confidences, float(one)), right) for one in _SCALES]
    return float(_SCALES[int(np.argmin(errors))])

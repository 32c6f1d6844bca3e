"""How far confidences are from the shares of words that are right, and how well they tell them.

Expected calibration error: M. P. Naeini, G. F. Cooper, M. Hauskrecht: Obtaining well calibrated
probabilities using Bayesian binning (AAAI 2015), here over bins of as many words each.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 10

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Words whose confidences lie together."""

    words: int
    confidence: float
    """Their mean."""
    right: float
    """The share of them that is right."""


def reliability(confidences: Floats, right: Flags) -> list[Bin]:
    """Bins of equal size, from the least confident words to the most."""
    order = np.argsort(confidences, kind="stable")
    return [
        Bin(len(part), float(confidences[part].mean()), float(right[part].mean()))
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def calibration_error(confidences: Floats, right: Flags) -> float:
    """The mean distance of confidence and share of right words, over bins of equal size."""
    bins = reliability(confidences, right)
    words = sum(one.words for one in bins)
    return sum(one.words * abs(one.confidence - one.right) for one in bins) / words


def discrimination(confidences: Floats, right: Flags) -> float:
    """How often a word that is right has a higher confidence than one that is wrong.

    Equal ones count half: the area under the ROC curve, 0.5 for confidences that say nothing.
    Raises ValueError where all words are right, or all wrong.
    """
    if right.all() or not right.any():
        raise ValueError("there must be words that are right and words that are wrong")
    _, places, counts = np.unique(confidences, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    ones = int(right.sum())
    above = ranks[right].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(right) - ones)))

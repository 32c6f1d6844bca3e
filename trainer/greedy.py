"""Greedy decoding: the most likely label of each frame, repeats and blanks taken out."""

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet


def greedy(log_probabilities: NDArray[np.float32], alphabet: Alphabet) -> str:
    """The text of [frames, labels + 1], the blank last (best path: Graves et al. 2006, 3.2)."""
    path = log_probabilities.argmax(axis=1)
    changed = path != np.concatenate(([alphabet.blank], path[:-1]))
    return alphabet.decode(path[changed & (path != alphabet.blank)].tolist())

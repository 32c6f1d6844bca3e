"""The slow, clear twin of native/alignment.py."""

import math
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray


def alignment_reference(log_probs: NDArray[np.float64], text: Sequence[int]) -> list[int] | None:
    """The column of each frame on the most probable path of the text; None if there is none.

    Viterbi over all frames and states: equations (6) and (7) of Graves et al. 2006 with maxima.
    The blank is the last column. On the way back, of equally good steps the shortest.
    """
    frames, columns = log_probs.shape
    states = [columns - 1]
    for label in text:
        states += [label, columns - 1]
    best = np.full((frames + 1, len(states)), -math.inf)
    best[0, 0] = 0.0
    back = np.zeros((frames + 1, len(states)), int)
    for frame in range(frames):
        for state, column in enumerate(states):
            may_skip = state % 2 == 1 and state > 1 and states[state - 2] != column
            steps = [step for step in (0, 1, 2 if may_skip else 0) if step <= state]
            back[frame + 1, state] = max(steps, key=lambda step: best[frame, state - step])
            before = best[frame, state - back[frame + 1, state]]
            best[frame + 1, state] = before + log_probs[frame, column]
    state = max(len(states) - 1, 0)
    if text and best[frames, state - 1] > best[frames, state]:
        state -= 1
    if best[frames, state] == -math.inf:
        return None
    path = []
    for frame in range(frames, 0, -1):
        path.append(states[state])
        state -= back[frame, state]
    return path[::-1]


def best_path_exhaustively(log_probs: NDArray[np.float64], text: Sequence[int]) -> float:
    """ln P of the most probable of all columns ** frames paths that collapse to the text."""
    frames, columns = log_probs.shape
    best = -math.inf
    for path in product(range(columns), repeat=frames):
        if collapsed(path, columns - 1) == list(text):
            best = max(best, sum(log_probs[frame, column] for frame, column in enumerate(path)))
    return best


def collapsed(path: Sequence[int], blank: int) -> list[int]:
    """The labels of a path: repeated ones made one, then blanks left out."""
    return [column for before, column in pairwise((-1, *path)) if column not in (before, blank)]

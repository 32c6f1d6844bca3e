"""CTC's loss against the sum over all paths, written out."""

import importlib
import itertools
import math

import keras
import numpy as np
import pytest

from importers.filters import ctc_frames_needed

LOSSES = {
    "tensorflow": "trainer.learning.loss",
    "jax": "trainer.backends.jax_ctc",
    "torch": "trainer.backends.torch",
}


def ctc_loss(*arrays: np.ndarray) -> np.ndarray:
    """Of logits, frames, labels and their counts, by what Keras runs on."""
    loss = importlib.import_module(LOSSES[keras.backend.backend()]).ctc_loss
    given = [keras.ops.convert_to_tensor(array) for array in arrays]
    found: np.ndarray = keras.ops.convert_to_numpy(loss(*given))
    return found


def summed_over_paths(logits: np.ndarray, labels: list[int]) -> float:
    """Graves et al. 2006, equation 3: every path that collapses to the labels."""
    frames, symbols = logits.shape
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(symbols), repeat=frames):
        merged = [one for one, _ in itertools.groupby(path)]
        if [one for one in merged if one != symbols - 1] == labels:
            total += math.prod(probabilities[frame, one] for frame, one in enumerate(path))
    return -math.log(total) if total else math.inf


@pytest.mark.parametrize(
    "labels", [[0], [0, 1], [0, 0], [1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0, 1, 0]]
)
def test_the_loss_is_the_sum_over_all_paths(labels: list[int]) -> None:
    """Beside another clip of more frames and labels; four frames, blank last."""
    logits = np.random.default_rng(2).normal(size=(2, 6, 3)).astype(np.float32)
    padded = np.zeros((2, 5), np.int32)
    padded[0, : len(labels)] = labels
    padded[1] = [0, 1, 0, 1, 0]
    frames, counts = np.array([4, 6], np.int32), np.array([len(labels), 5], np.int32)
    found = ctc_loss(logits, frames, padded, counts)
    assert found[0] == pytest.approx(summed_over_paths(logits[0, :4], labels), rel=1e-5)
    assert found[1] == pytest.approx(summed_over_paths(logits[1], [0, 1, 0, 1, 0]), rel=1e-5)
    assert np.isinf(found[0]) == (ctc_frames_needed(labels) > 4)

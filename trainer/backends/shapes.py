"""Batches in few shapes, for what compiles each shape by itself."""

import numpy as np

from trainer.data.batches import Batch

_FEWEST_FRAMES = 32
_FEWEST_LABELS = 16


def widened(batch: Batch) -> Batch:
    """A batch with more padding, and with clips of no frames and no labels at the end.

    Frames and clips are at most an eighth more, labels at most twice as many: some dozens of shapes
    for a whole corpus.
    """
    clips, frames, values = batch.features.shape
    rows = _rounded(clips)
    heard = np.zeros((rows, _rounded(max(frames, _FEWEST_FRAMES)), values), np.float32)
    heard[:clips, :frames] = batch.features
    most = batch.labels.shape[1]
    labels = np.zeros((rows, _power_of_two(max(most, _FEWEST_LABELS))), np.int32)
    labels[:clips, :most] = batch.labels
    counts = np.zeros((2, rows), np.int32)
    counts[:, :clips] = batch.frames, batch.label_counts
    return Batch(batch.clips, heard, counts[0], labels, counts[1])


def _rounded(number: int) -> int:
    """The next number of four binary digits and zeros behind them."""
    unit = 1 << max(0, number.bit_length() - 4)
    return -(-number // unit) * unit


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()

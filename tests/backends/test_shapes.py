"""Batches in few shapes: nothing of a batch is lost, and what is added is padding."""

import numpy as np
import pytest

from tests.backends.numbers import batch_of, small_preset
from trainer.backends.shapes import widened
from trainer.data.batches import Batch


def batch(clips: int, frames: int, labels: int) -> Batch:
    counts = np.full(clips, labels, np.int32)
    said = np.ones((clips, labels), np.int32)
    heard = np.ones((clips, frames, 1), np.float32)
    return Batch((), heard, np.full(clips, frames, np.int32), said, counts)


def test_a_batch_is_what_it_was_with_more_padding() -> None:
    given = batch_of(small_preset("tiny").geometry(labels=9))
    wide = widened(given)
    assert wide.features.shape == (3, 60, 26) and wide.labels.shape == (3, 16)
    assert np.array_equal(wide.features[:, :57], given.features)
    assert np.array_equal(wide.labels[:, :7], given.labels)
    assert not wide.features[:, 57:].any() and not wide.labels[:, 7:].any()
    assert np.array_equal(wide.frames, given.frames)
    assert np.array_equal(wide.label_counts, given.label_counts)


@pytest.mark.parametrize(
    ("given", "shapes"),
    [
        ((1, 1, 1), ((1, 32, 1), (1, 16))),
        ((15, 32, 16), ((15, 32, 1), (15, 16))),
        ((17, 33, 17), ((18, 36, 1), (18, 32))),
        ((64, 800, 120), ((64, 832, 1), (64, 128))),
    ],
)
def test_shapes(given: tuple[int, int, int], shapes: tuple[tuple[int, ...], ...]) -> None:
    wide = widened(batch(*given))
    assert (wide.features.shape, wide.labels.shape) == shapes
    assert wide.frames[given[0] :].tolist() == [0] * (len(wide.frames) - given[0])
    assert wide.label_counts[given[0] :].tolist() == [0] * (len(wide.frames) - given[0])


def test_clips_of_up_to_half_a_minute_come_in_dozens_of_lengths() -> None:
    lengths = {widened(batch(1, frames, 1)).features.shape[1] for frames in range(1, 3000, 3)}
    assert len(lengths) < 60

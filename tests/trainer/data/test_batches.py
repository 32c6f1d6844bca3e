"""Clips as arrays."""

from pathlib import Path

import numpy as np

from trainer.data.batches import padded
from trainer.data.clips import Clip


def test_clips_are_padded_with_zeros_to_the_longest() -> None:
    clips = tuple(
        Clip(Path(name), name, np.array(labels, np.int32), frames)
        for name, labels, frames in (("a", [1, 2], 3), ("b", [3], 1), ("c", [4, 5, 6], 2))
    )
    features = [
        np.full((clip.frames, 2), number + 1.0, np.float32) for number, clip in enumerate(clips)
    ]
    batch = padded(clips, features)
    assert batch.clips == clips
    assert batch.features.tolist() == [
        [[1, 1], [1, 1], [1, 1]],
        [[2, 2], [0, 0], [0, 0]],
        [[3, 3], [3, 3], [0, 0]],
    ]
    assert batch.frames.tolist() == [3, 1, 2]
    assert batch.labels.tolist() == [[1, 2, 0], [3, 0, 0], [4, 5, 6]]
    assert batch.label_counts.tolist() == [2, 1, 3]
    assert {one.dtype for one in (batch.frames, batch.labels, batch.label_counts)} == {
        np.dtype("i4")
    }
    assert batch.features.dtype == np.float32

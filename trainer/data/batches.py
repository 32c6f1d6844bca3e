"""A batch: the features and labels of some clips as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.clips import Clip

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some clips as arrays, padded with zeros at the end."""

    clips: tuple[Clip, ...]
    features: Features
    """[clips, frames, coefficients]"""
    frames: NDArray[np.int32]
    """[clips]: how many of the frames are the clip's."""
    labels: NDArray[np.int32]
    """[clips, labels]"""
    label_counts: NDArray[np.int32]
    """[clips]"""


def padded(clips: tuple[Clip, ...], features: Sequence[Features]) -> Batch:
    """A batch of these clips."""
    frames = np.array([len(one) for one in features], dtype=np.int32)
    counts = np.array([len(clip.labels) for clip in clips], dtype=np.int32)
    heard = np.zeros((len(clips), frames.max(), features[0].shape[1]), dtype=np.float32)
    labels = np.zeros((len(clips), counts.max()), dtype=np.int32)
    for row, (clip, one) in enumerate(zip(clips, features, strict=True)):
        heard[row, : len(one)] = one
        labels[row, : len(clip.labels)] = clip.labels
    return Batch(clips, heard, frames, labels, counts)

"""Which clips are learnt from together, and in which order.

A batch is as long as its longest clip, and what is behind the others is padding. So batches are
made of clips of like length, in an order that is drawn for each epoch:

- by a number of clips, those of a few batches that are drawn together are sorted among themselves;
- by a budget of frames, padding counted, those of one bucket, whose lengths differ by an eighth at
  most, come one after the other. Short clips make large batches then, long ones small ones, and
  each takes about the same memory and time.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.clips import Clip

_POOL = 8
"""Batches of so many clips each that are sorted by length among themselves."""
_SHORTEST = 16
"""Frames of the first bucket's longest clip."""
_GROWTH = 9 / 8
"""From the longest clip of a bucket to that of the next."""


def in_length_order(
    clips: Sequence[Clip], size: int, *, frames: int | None = None
) -> list[list[int]]:
    """Numbers of clips in batches, from the shortest to the longest.

    A batch has ``size`` clips; where ``frames`` is given, as many clips as have so many frames
    when all are padded to the longest of them (a clip that is longer alone is a batch of its own).
    """
    lengths = _lengths(clips)
    return list(_cut(np.argsort(lengths, kind="stable"), lengths, size, frames))


def epoch_order(
    clips: Sequence[Clip], size: int, *, frames: int | None = None, seed: int, epoch: int
) -> list[list[int]]:
    """The batches of an epoch (0-based), the same whenever it is asked for.

    The first epoch goes from short to long clips (SortaGrad: Amodei et al. 2016, "Deep Speech 2",
    section 3.2); the others are shuffled, yet with clips of like length in a batch. ``size`` and
    ``frames`` are as in_length_order has them.
    """
    if epoch == 0:
        return in_length_order(clips, size, frames=frames)
    random = np.random.default_rng((seed, epoch))
    lengths = _lengths(clips)
    drawn = random.permutation(len(clips))
    # Both sorts are stable: clips of one length, or of one bucket, stay as they were drawn.
    if frames is None:
        pools = np.arange(len(drawn)) // (size * _POOL)
        sorting = np.lexsort((lengths[drawn], pools))
    else:
        sorting = np.argsort(_buckets(lengths[drawn]), kind="stable")
    batches = list(_cut(drawn[sorting], lengths, size, frames))
    return [batches[number] for number in random.permutation(len(batches))]


def _lengths(clips: Sequence[Clip]) -> NDArray[np.int64]:
    return np.fromiter((clip.frames for clip in clips), np.int64, len(clips))


def _buckets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each length, from 0 on."""
    bounds = [_SHORTEST]
    while bounds[-1] < lengths.max(initial=0):
        bounds.append(int(bounds[-1] * _GROWTH))
    return np.searchsorted(bounds, lengths)


def _cut(
    order: NDArray[np.int64], lengths: NDArray[np.int64], size: int, frames: int | None
) -> Iterator[list[int]]:
    """Batches of numbers that come one after the other."""
    numbers = order.tolist()
    if frames is None:
        for start in range(0, len(numbers), size):
            yield numbers[start : start + size]
        return
    batch: list[int] = []
    longest = 0
    for number, length in zip(numbers, lengths[order].tolist(), strict=True):
        longest = max(longest, length)
        if batch and longest * (len(batch) + 1) > frames:
            yield batch
            batch, longest = [], length
        batch.append(number)
    if batch:
        yield batch

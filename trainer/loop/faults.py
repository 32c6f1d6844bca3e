"""Clips whose loss or gradient is not finite: found, and their batch learnt from without them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.data.batches import Batch
from trainer.data.clips import Reason


class Steps(Protocol):
    """What learns: see Learner.step."""

    def step(self, batch: Batch) -> tuple[NDArray[np.float32], bool]:
        """The loss of each clip, and whether anything was learnt."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A clip that a batch was learnt without."""

    number: int
    """Of the clip, as `learn` was told."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from a batch."""

    loss: float
    """Sum over the clips."""
    clips: int
    """That were learnt from."""
    faults: tuple[Fault, ...] = ()


def learn(learner: Steps, batch: Batch, numbers: Sequence[int]) -> Learnt:
    """Learn from all clips of a batch but those that make this impossible.

    ``numbers`` are what the caller calls the clips, in their order.

    Where only some losses are infinite, theirs are the clips at fault, and the others are one
    batch. Where all are, or none is and yet the gradient, one clip may spoil the figures of the
    others (by batch normalisation, in the sum of gradients): each half of the batch is then learnt
    from for itself, and so on, down to the clip.
    """
    losses, learnt = learner.step(batch)
    if learnt:
        return Learnt(float(losses.sum(dtype=np.float64)), len(losses))
    finite = np.isfinite(losses)
    if len(losses) == 1:
        reason = Reason.INFINITE_GRADIENT if finite[0] else Reason.INFINITE_LOSS
        return Learnt(0.0, 0, (Fault(numbers[0], reason),))
    places = np.arange(len(losses))
    if finite.all() or not finite.any():
        halves = np.array_split(places, 2)
        return _sum([_learn_some(learner, batch, numbers, half) for half in halves])
    bad = tuple(Fault(numbers[place], Reason.INFINITE_LOSS) for place in places[~finite])
    return _sum([Learnt(0.0, 0, bad), _learn_some(learner, batch, numbers, places[finite])])


def _learn_some(
    learner: Steps, batch: Batch, numbers: Sequence[int], places: NDArray[np.intp]
) -> Learnt:
    return learn(learner, of(batch, places), [numbers[place] for place in places])


def of(batch: Batch, numbers: NDArray[np.intp]) -> Batch:
    """Some clips of a batch, as long as its longest clip still."""
    return Batch(
        tuple(batch.clips[number] for number in numbers),
        batch.features[numbers],
        batch.frames[numbers],
        batch.labels[numbers],
        batch.label_counts[numbers],
    )


def _sum(parts: Sequence[Learnt]) -> Learnt:
    faults = tuple(fault for part in parts for fault in part.faults)
    return Learnt(sum(part.loss for part in parts), sum(part.clips for part in parts), faults)

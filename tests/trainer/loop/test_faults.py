"""Clips that cannot be learnt from are found in their batch, and the others are learnt from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainer.data.batches import Batch
from trainer.data.clips import Clip, Reason
from trainer.loop.faults import Fault, Learnt, learn, of

NUMBERS = range(100, 112)
"""What the clips of a batch are called."""


def batch(size: int) -> Batch:
    clips = tuple(Clip(Path(f"{n}.wav"), "", np.zeros(1, np.int32), 5) for n in range(size))
    numbers = np.arange(size, dtype=np.int32)
    features = np.broadcast_to(numbers.astype(np.float32)[:, None, None], (size, 5, 2))
    return Batch(clips, features, numbers, numbers[:, None], numbers)


class Spoilt:
    """Learns as a model does of whose clips some cannot be learnt from."""

    def __init__(self, losses: set[int], gradients: set[int], *, spreads: bool) -> None:
        """``spreads``: one infinite loss makes those of all its batch infinite."""
        self.losses, self.gradients, self.spreads = losses, gradients, spreads
        self.learnt: list[int] = []
        self.steps = 0

    def step(self, batch: Batch) -> tuple[NDArray[np.float32], bool]:
        self.steps += 1
        numbers = [int(clip.path.stem) for clip in batch.clips]
        for rows in (batch.frames, batch.features[:, 4, 1], batch.labels[:, 0]):
            assert rows.tolist() == numbers
        assert batch.label_counts.tolist() == numbers
        bad = [number in self.losses for number in numbers]
        losses = np.array([10.0 + number for number in numbers], np.float32)
        losses[np.full(len(bad), any(bad)) if self.spreads else bad] = np.nan
        if any(bad) or self.gradients & set(numbers):
            return losses, False
        self.learnt += numbers
        return losses, True


def test_without_a_fault_it_is_one_step() -> None:
    learner = Spoilt(set(), set(), spreads=False)
    assert learn(learner, batch(3), NUMBERS[:3]) == Learnt(33.0, 3)
    assert learner.steps == 1


def test_infinite_losses_are_taken_out_at_once() -> None:
    learner = Spoilt({1, 3}, set(), spreads=False)
    learnt = learn(learner, batch(5), NUMBERS[:5])
    faults = tuple(Fault(number, Reason.INFINITE_LOSS) for number in (101, 103))
    assert learnt == Learnt(10.0 + 12.0 + 14.0, 3, faults)
    assert (learner.steps, learner.learnt) == (2, [0, 2, 4])


def test_an_infinite_gradient_is_looked_for_by_halves() -> None:
    learner = Spoilt(set(), {6}, spreads=False)
    learnt = learn(learner, batch(8), NUMBERS[:8])
    assert learnt.faults == (Fault(106, Reason.INFINITE_GRADIENT),)
    # All; 0 to 3, 4 to 7; 4 and 5, 6 and 7; 6, 7.
    assert (learner.steps, learner.learnt) == (7, [0, 1, 2, 3, 4, 5, 7])


def test_a_clip_that_spoils_the_losses_of_others_is_alone_at_fault() -> None:
    learner = Spoilt({2}, set(), spreads=True)
    learnt = learn(learner, batch(4), NUMBERS[:4])
    assert learnt.faults == (Fault(102, Reason.INFINITE_LOSS),)
    assert learner.learnt == [0, 1, 3]


@given(
    st.integers(1, 12),
    st.sets(st.integers(0, 11)),
    st.sets(st.integers(0, 11)),
    st.booleans(),
)
def test_every_clip_is_learnt_from_once_or_at_fault_once(
    size: int, losses: set[int], gradients: set[int], spreads: bool
) -> None:
    learner = Spoilt(losses, gradients, spreads=spreads)
    learnt = learn(learner, batch(size), range(size))
    bad = {n for n in losses | gradients if n < size}
    assert sorted(learner.learnt) == sorted(set(range(size)) - bad)
    assert {one.number for one in learnt.faults} == bad
    assert len(learnt.faults) == len(bad)
    assert (learnt.clips, learnt.loss) == (size - len(bad), sum(10.0 + n for n in learner.learnt))
    reasons = {one.number: one.reason for one in learnt.faults}
    for number in bad:
        infinite = number in losses
        assert reasons[number] == (Reason.INFINITE_LOSS if infinite else Reason.INFINITE_GRADIENT)


@pytest.mark.parametrize("numbers", [[0], [2, 0]])
def test_some_clips_of_a_batch(numbers: list[int]) -> None:
    some = of(batch(3), np.array(numbers))
    assert [clip.path.stem for clip in some.clips] == [str(number) for number in numbers]
    assert some.features.shape == (len(numbers), 5, 2)

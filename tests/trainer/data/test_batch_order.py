"""Batches of clips of like length: by a number of clips, or by a budget of frames."""

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.batch_order import epoch_order, in_length_order
from trainer.data.clips import Clip

LENGTHS = st.lists(st.integers(1, 500), min_size=1, max_size=200)


def of_frames(*frames: int) -> list[Clip]:
    return [Clip(Path(f"{n}.wav"), "", np.zeros(0, np.int32), one) for n, one in enumerate(frames)]


def spoken() -> list[Clip]:
    """1,024 clips of 1 to 10 s, drawn evenly."""
    return of_frames(*np.random.default_rng(0).integers(50, 500, 1024).tolist())


def padding(clips: list[Clip], order: list[list[int]]) -> float:
    """Frames of batches for a frame of clips."""
    held = sum(len(batch) * max(clips[number].frames for number in batch) for batch in order)
    return held / sum(clip.frames for clip in clips)


def test_no_clips() -> None:
    for frames in (None, 100):
        for epoch in (0, 1):
            assert epoch_order([], 2, frames=frames, seed=1, epoch=epoch) == []


def test_the_first_epoch_goes_from_short_to_long() -> None:
    clips = of_frames(5, 1, 4, 2, 3)
    assert epoch_order(clips, 2, seed=1, epoch=0) == [[1, 3], [4, 2], [0]]
    assert in_length_order(clips, 2) == [[1, 3], [4, 2], [0]]


def test_a_budget_of_frames_counts_the_padding() -> None:
    """Of 1 and 2 frames two clips take 4; a third, of 3, would make it 9."""
    clips = of_frames(5, 1, 4, 2, 3)
    assert in_length_order(clips, 99, frames=6) == [[1, 3], [4], [2], [0]]
    assert in_length_order(clips, 99, frames=8) == [[1, 3], [4, 2], [0]]
    assert in_length_order(clips, 99, frames=9) == [[1, 3, 4], [2], [0]]
    assert in_length_order(clips, 99, frames=25) == [[1, 3, 4, 2, 0]]


def test_a_clip_beyond_the_budget_is_a_batch_of_its_own() -> None:
    assert in_length_order(of_frames(3, 30, 2, 40), 99, frames=6) == [[2, 0], [1], [3]]


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3))
def test_every_epoch_has_every_clip_once(frames: list[int], size: int, epoch: int) -> None:
    order = epoch_order(of_frames(*frames), size, seed=1, epoch=epoch)
    assert Counter(number for batch in order for number in batch) == Counter(range(len(frames)))
    assert all(0 < len(batch) <= size for batch in order)
    assert sum(len(batch) < size for batch in order) <= 1


@given(LENGTHS, st.integers(1, 2000), st.integers(0, 3))
def test_a_budget_is_used_and_never_overrun(frames: list[int], budget: int, epoch: int) -> None:
    clips = of_frames(*frames)
    order = epoch_order(clips, 1, frames=budget, seed=1, epoch=epoch)
    assert Counter(number for batch in order for number in batch) == Counter(range(len(frames)))
    held = [len(batch) * max(frames[number] for number in batch) for batch in order]
    assert all(one <= budget or len(batch) == 1 for one, batch in zip(held, order, strict=True))
    if epoch == 0:  # no two neighbours would have fitted into one
        for one, other in itertools.pairwise(order):
            assert (len(one) + 1) * frames[other[0]] > budget


def test_epochs_differ_and_can_be_had_again() -> None:
    clips = of_frames(*range(1, 65))
    for frames in (None, 200):
        one = epoch_order(clips, 4, frames=frames, seed=1, epoch=1)
        assert one == epoch_order(clips, 4, frames=frames, seed=1, epoch=1)
        assert one != epoch_order(clips, 4, frames=frames, seed=1, epoch=2)
        assert one != epoch_order(clips, 4, frames=frames, seed=2, epoch=1)


def test_by_number_a_few_batches_are_sorted_among_themselves() -> None:
    """Of 40 clips in batches of 2, pools of 16 clips that were drawn one after the other."""
    clips = of_frames(*range(100, 140))
    drawn = np.random.default_rng((3, 5)).permutation(40).tolist()
    expected = [
        sorted(drawn[start : start + 16])[at : at + 2]
        for start in (0, 16, 32)
        for at in range(0, len(drawn[start : start + 16]), 2)
    ]
    assert sorted(epoch_order(clips, 2, seed=3, epoch=5)) == sorted(expected)


def test_by_a_budget_buckets_are_sorted_and_stay_as_they_were_drawn() -> None:
    """Those that are here end at 102, 114 and 128 frames."""
    clips = of_frames(*range(100, 120))
    drawn = np.random.default_rng((3, 5)).permutation(20).tolist()
    buckets = ((100, 102), (103, 114), (115, 128))
    together = [n for low, high in buckets for n in drawn if low <= 100 + n <= high]
    [batch] = epoch_order(clips, 1, frames=10_000, seed=3, epoch=5)
    assert batch == together


def test_short_and_long_batches_take_turns_and_have_new_company() -> None:
    clips = spoken()
    one, other = (epoch_order(clips, 16, seed=1, epoch=epoch) for epoch in (1, 2))
    longest = [max(clips[number].frames for number in batch) for batch in one]
    turns = sum(a < b for a, b in itertools.pairwise(longest))
    assert 20 < turns < 43  # of 63
    together = {frozenset(batch) for batch in one} & {frozenset(batch) for batch in other}
    assert together == set()


@pytest.mark.parametrize(("size", "frames", "most"), [(16, None, 1.12), (1, 4000, 1.09)])
def test_little_is_padding(size: int, frames: int | None, most: float) -> None:
    """Random batches of 16 would have 1.7 frames for each."""
    clips = spoken()
    assert padding(clips, epoch_order(clips, size, frames=frames, seed=1, epoch=1)) < most
    assert padding(clips, epoch_order(clips, size, frames=frames, seed=1, epoch=0)) < 1.02


def test_a_budget_makes_batches_of_like_size() -> None:
    clips = spoken()
    order = epoch_order(clips, 1, frames=4000, seed=1, epoch=1)
    held = sorted(len(batch) * max(clips[n].frames for n in batch) for batch in order)
    assert held[1] > 3400  # but for the last one
    sizes = sorted(len(batch) for batch in order)
    assert sizes[1] == 8 and sizes[-1] > 50

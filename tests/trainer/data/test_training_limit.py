"""Shares and hours of a training set."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.clips import Clip
from trainer.data.training_limit import TrainingLimit

LENGTHS = st.lists(st.integers(1, 500), min_size=1, max_size=60)


def clips_of(frames: list[int]) -> list[Clip]:
    return [
        Clip(Path(f"/data/{n}.wav"), f"text {n}", np.zeros(1, np.int32), one)
        for n, one in enumerate(frames)
    ]


def drawn(limit: TrainingLimit, clips: list[Clip], *, seed: int = 1) -> list[int]:
    return limit.drawn(clips, seconds_a_frame=0.02, seed=seed)


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("0.1", TrainingLimit(share=0.1), "10%"),
        ("10%", TrainingLimit(share=0.1), "10%"),
        (" 12.5 %", TrainingLimit(share=0.125), "12.5%"),
        ("1", TrainingLimit(share=1.0), "100%"),
        ("5h", TrainingLimit(hours=5.0), "5h"),
        ("0.25h", TrainingLimit(hours=0.25), "0.25h"),
    ],
)
def test_what_can_be_said(text: str, limit: TrainingLimit, shown: str) -> None:
    assert TrainingLimit.of(text) == limit
    assert str(limit) == shown


@pytest.mark.parametrize(
    "text",
    ["", "h", "%", "0", "0%", "0h", "-1h", "1.01", "101%", "5", "nan", "nanh", "infh", "5 m"],
)
def test_what_makes_no_sense(text: str) -> None:
    with pytest.raises(ValueError):
        TrainingLimit.of(text)


@given(LENGTHS, st.floats(0.001, 1))
def test_a_share_is_reached_by_the_last_clip_that_is_drawn(frames: list[int], share: float) -> None:
    some = drawn(TrainingLimit(share=share), clips_of(frames))
    assert some == sorted(set(some)) and some
    taken = sum(frames[number] for number in some)
    assert taken >= share * sum(frames)
    longest = max(frames[number] for number in some)
    assert taken - longest < share * sum(frames)


@given(LENGTHS)
def test_hours_are_a_share_of_the_whole(frames: list[int]) -> None:
    clips = clips_of(frames)
    hours = sum(frames) * 0.02 / 3600
    for share in (0.1, 0.5, 0.77):
        by_hours = drawn(TrainingLimit(hours=share * hours * (1 - 1e-12)), clips)
        assert by_hours == drawn(TrainingLimit(share=share * (1 - 1e-12)), clips)
    assert drawn(TrainingLimit(hours=2 * hours), clips) == list(range(len(clips)))
    assert drawn(TrainingLimit(share=1.0), clips) == list(range(len(clips)))


def test_a_smaller_limit_draws_some_of_what_a_larger_one_draws() -> None:
    clips = clips_of([100] * 200)
    shares = [set(drawn(TrainingLimit(share=one / 10), clips)) for one in range(1, 11)]
    assert [len(one) for one in shares] == list(range(20, 201, 20))
    assert all(one < other for one, other in itertools.pairwise(shares))


def test_the_seed_decides_and_the_order_does_not() -> None:
    clips = clips_of([100] * 200)
    limit = TrainingLimit(share=0.25)
    one = {clips[number].path for number in drawn(limit, clips)}
    turned = clips[::-1]
    assert {turned[number].path for number in drawn(limit, turned)} == one
    moved = [Clip(Path("/other") / c.path.name, c.text, c.labels, c.frames) for c in clips]
    assert {moved[number].path.name for number in drawn(limit, moved)} == {p.name for p in one}
    other = {clips[number].path for number in drawn(limit, clips, seed=2)}
    assert other != one and len(other) == len(one) == 50


def test_the_same_name_and_text_in_many_folders_are_clips_of_their_own() -> None:
    """A corpus of digits: a folder for each of 40 speakers, with the same ten names and words."""
    clips = [
        Clip(Path(f"/data/{speaker}/{digit}.wav"), f"digit {digit}", np.zeros(1, np.int32), 100)
        for speaker in range(40)
        for digit in range(10)
    ]
    some = drawn(TrainingLimit(share=0.25), clips)
    assert len(some) == 100
    digits, speakers = {number % 10 for number in some}, {number // 10 for number in some}
    assert digits == set(range(10)) and len(speakers) > 30
    fewer = drawn(TrainingLimit(share=0.125), clips)
    assert len(fewer) == 50 and set(fewer) < set(some)


def test_what_comes_to_the_clips_moves_few_of_them() -> None:
    clips = clips_of([100] * 240)
    before = {clips[n].path for n in drawn(TrainingLimit(hours=100 * 2 / 3600), clips[:200])}
    after = {clips[n].path for n in drawn(TrainingLimit(hours=100 * 2 / 3600), clips)}
    assert len(before) == len(after) == 100
    assert len(before & after) == 100 - len(after & {clip.path for clip in clips[200:]})


@pytest.mark.parametrize("values", [{}, {"share": 0.1, "hours": 1.0}, {"hours": math.nan}])
def test_a_limit_is_one_of_the_two(values: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        TrainingLimit(**values)

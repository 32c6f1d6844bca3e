"""Splits: published sizes, and what must hold for any corpus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.splits import (
    SharedAcrossSplits,
    SplitInput,
    sample_size,
    shared_across,
    split_by_speaker,
    split_sizes,
)

CLIPS = st.lists(
    st.builds(
        SplitInput,
        speaker=st.none() | st.sampled_from([f"speaker {n}" for n in range(12)]),
        sentence=st.integers(0, 25),
        counts=st.booleans(),
    ),
    max_size=200,
)


@pytest.mark.parametrize(
    ("train", "size"),
    [(1_147_812, 16_403), (435_947, 16_029), (564_337, 16_164), (1_138_760, 16_401), (0, 0)],
)
def test_sample_size_of_published_english_releases(train: int, size: int) -> None:
    assert sample_size(train) == size


@pytest.mark.parametrize(
    ("clips", "sizes"),
    [
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
        (3, (1, 0, 0)),
        (10, (4, 3, 3)),
        (100, (34, 33, 33)),
        (1000, (338, 331, 331)),
    ],
)
def test_split_sizes(clips: int, sizes: tuple[int, int, int]) -> None:
    assert split_sizes(clips) == sizes


@given(CLIPS, st.integers(0, 3))
def test_no_speaker_and_no_sentence_in_two_splits(clips: list[SplitInput], seed: int) -> None:
    splits = split_by_speaker(clips, seed)
    assert shared_across(clips, splits) == SharedAcrossSplits(0, 0)


@given(CLIPS, st.integers(0, 3))
def test_dev_and_test_are_no_larger_than_the_sample(clips: list[SplitInput], seed: int) -> None:
    splits = split_by_speaker(clips, seed)
    counted = [split for clip, split in zip(clips, splits, strict=True) if clip.counts]
    _, dev, test = split_sizes(len(counted))
    assert counted.count("dev") <= dev
    assert counted.count("test") <= test


@given(CLIPS)
def test_same_input_gives_the_same_splits(clips: list[SplitInput]) -> None:
    assert split_by_speaker(clips, 1) == split_by_speaker(list(clips), 1)


def test_every_split_is_filled_and_the_seed_matters() -> None:
    clips = [SplitInput(f"speaker {n % 50}", n, counts=True) for n in range(1000)]
    splits = split_by_speaker(clips, 0)
    # 331 clips are 16 speakers of 20 clips and 11 clips that no speaker fits into.
    assert splits.count("test") == 320
    assert splits.count("dev") == 320
    assert splits.count("train") == 360
    assert split_by_speaker(clips, 1) != splits


def test_a_shared_sentence_stays_where_most_of_its_clips_are() -> None:
    clips = [SplitInput(f"speaker {n}", n, counts=True) for n in range(30)]
    first = split_by_speaker(clips, 0)
    train = [clip for clip, split in zip(clips, first, strict=True) if split == "train"]
    test = [clip for clip, split in zip(clips, first, strict=True) if split == "test"]
    shared = [SplitInput(clip.speaker, "shared", counts=False) for clip in (*train[:2], test[0])]
    tied = [SplitInput(clip.speaker, "tied", counts=False) for clip in (train[0], test[0])]
    splits = split_by_speaker(clips + shared + tied, 0)
    assert splits[:30] == first
    assert splits[30:] == ["train", "train", None, None, "test"]


def test_few_sentences_starve_no_split() -> None:
    clips = [SplitInput(f"speaker {n % 60}", n % 8, counts=True) for n in range(960)]
    splits = split_by_speaker(clips, 0)
    assert {"train", "dev", "test"} <= set(splits)


def test_without_speakers_sentences_are_kept_apart() -> None:
    clips = [SplitInput(None, n % 100, counts=True) for n in range(300)]
    splits = split_by_speaker(clips, 0)
    assert None not in splits
    by_sentence = {(clip.sentence, split) for clip, split in zip(clips, splits, strict=True)}
    assert len(by_sentence) == 100


def test_shared_across_counts_what_official_splits_share() -> None:
    clips = [
        SplitInput("ann", 1, True),
        SplitInput("ann", 2, True),
        SplitInput("bob", 1, True),
        SplitInput("eve", 9, True),
    ]
    assert shared_across(clips, ["train", "dev", "test", None]) == SharedAcrossSplits(1, 1)

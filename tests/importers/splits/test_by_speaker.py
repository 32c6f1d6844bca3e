"""The rule ``speaker``: what must hold for any corpus."""

from hypothesis import given
from hypothesis import strategies as st

from importers.splits.by_speaker import split_by_speaker
from importers.splits.sharing import SharedAcrossSplits, shared_across
from importers.splits.sizes import split_sizes
from tests.importers.splits.random_clips import Clip, columns, names, random_clips


def split(clips: list[Clip], seed: int = 0) -> list[str | None]:
    return names(split_by_speaker(columns(clips), seed))


@given(random_clips(), st.integers(0, 3))
def test_no_speaker_and_no_sentence_in_two_splits(clips: list[Clip], seed: int) -> None:
    given_columns = columns(clips)
    codes = split_by_speaker(given_columns, seed)
    assert shared_across(given_columns, codes) == SharedAcrossSplits(0, 0)


@given(random_clips(), st.integers(0, 3))
def test_dev_and_test_are_no_larger_than_the_sample(clips: list[Clip], seed: int) -> None:
    counted = [one for clip, one in zip(clips, split(clips, seed), strict=True) if clip.valid]
    _, dev, test = split_sizes(len(counted))
    assert counted.count("dev") <= dev
    assert counted.count("test") <= test


@given(random_clips())
def test_the_order_of_the_clips_does_not_matter(clips: list[Clip]) -> None:
    assert split(clips[::-1], 1) == split(clips, 1)[::-1]


def test_every_split_is_filled_and_the_seed_matters() -> None:
    clips = [Clip(f"speaker {n % 50}", n) for n in range(1000)]
    splits = split(clips)
    # 331 clips are 16 speakers of 20 clips and 11 clips that no speaker fits into.
    assert splits.count("test") == 320
    assert splits.count("dev") == 320
    assert splits.count("train") == 360
    assert split(clips, 1) != splits


def test_a_shared_sentence_stays_where_most_of_its_clips_are() -> None:
    clips = [Clip(f"speaker {n}", n) for n in range(30)]
    first = split(clips)
    train = [clip for clip, one in zip(clips, first, strict=True) if one == "train"]
    test = [clip for clip, one in zip(clips, first, strict=True) if one == "test"]
    shared = [Clip(clip.speaker, 98, valid=False) for clip in (*train[:2], test[0])]
    tied = [Clip(clip.speaker, 99, valid=False) for clip in (train[0], test[0])]
    splits = split(clips + shared + tied)
    assert splits[:30] == first
    assert splits[30:] == ["train", "train", None, None, "test"]


def test_few_sentences_starve_no_split() -> None:
    clips = [Clip(f"speaker {n % 60}", n % 8) for n in range(960)]
    assert {"train", "dev", "test"} <= set(split(clips))


def test_without_speakers_sentences_are_kept_apart() -> None:
    clips = [Clip(None, n % 100) for n in range(300)]
    splits = split(clips)
    assert set(splits) == {"train", "dev", "test"}
    assert len({(clip.sentence, one) for clip, one in zip(clips, splits, strict=True)}) == 100

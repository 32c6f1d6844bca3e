"""The rule ``maximal``: dev and test untouched, nothing shared with train, nothing wasted."""

from hypothesis import given
from hypothesis import strategies as st

from importers.splits.by_speaker import split_by_speaker
from importers.splits.maximal import split_maximal
from importers.splits.sharing import SharedAcrossSplits, shared_across
from tests.importers.splits.random_clips import Clip, columns, names, random_clips

HELD_OUT = ("dev", "test")
ANY = random_clips() | random_clips(published=True)


def split(clips: list[Clip], seed: int = 0) -> list[str | None]:
    return names(split_maximal(columns(clips), seed))


def publishes_held_out(clips: list[Clip]) -> bool:
    return any(clip.valid and clip.published in HELD_OUT for clip in clips)


@given(random_clips(published=True))
def test_dev_and_test_stay_as_published(clips: list[Clip]) -> None:
    if publishes_held_out(clips):
        for clip, one in zip(clips, split(clips), strict=True):
            if clip.valid:
                assert (one in HELD_OUT) == (clip.published in HELD_OUT)
                assert one == clip.published or one not in HELD_OUT


@given(ANY, st.integers(0, 2))
def test_train_shares_no_speaker_and_no_sentence(clips: list[Clip], seed: int) -> None:
    """Over validated and undecided clips together."""
    splits = split(clips, seed)
    train = [clip for clip, one in zip(clips, splits, strict=True) if one == "train"]
    held_out = [clip for clip, one in zip(clips, splits, strict=True) if one in HELD_OUT]
    assert not {clip.sentence for clip in train} & {clip.sentence for clip in held_out}
    assert not {clip.speaker for clip in train} & {clip.speaker for clip in held_out} - {None}


@given(ANY, st.integers(0, 2))
def test_train_has_every_validated_clip_that_it_may_have(clips: list[Clip], seed: int) -> None:
    splits = split(clips, seed)
    held_out = [
        clip for clip, one in zip(clips, splits, strict=True) if one in HELD_OUT and clip.valid
    ]
    sentences = {clip.sentence for clip in held_out}
    speakers = {clip.speaker for clip in held_out} - {None}
    for clip, one in zip(clips, splits, strict=True):
        if clip.valid and one is None:
            assert clip.sentence in sentences or clip.speaker in speakers


@given(ANY, st.integers(0, 2))
def test_only_what_is_published_shares(clips: list[Clip], seed: int) -> None:
    """Undecided clips add nothing to what dev and test have in common."""
    given_columns = columns(clips)
    codes = split_maximal(given_columns, seed)
    valid = given_columns.valid
    shared = shared_across(given_columns, codes)
    assert shared == shared_across(given_columns.only(valid), codes[valid])
    if not publishes_held_out(clips):
        assert shared == SharedAcrossSplits(0, 0)


def test_a_table_worked_by_hand() -> None:
    table = [
        (Clip("dev1", 1, published="dev"), "dev"),
        (Clip("test1", 2, published="test"), "test"),
        (Clip("train1", 3, published="train"), "train"),
        (Clip("train1", 4), "train"),  # was in no split
        (Clip("new", 3), "train"),  # so was this: its sentence is one of train
        (Clip("new", 1), None),  # a sentence of dev
        (Clip("dev1", 5), None),  # a speaker of dev
        (Clip("train1", 2, published="train"), None),  # published, and yet a sentence of test
        (Clip("test1", 6, published="train"), None),  # published, and yet a speaker of test
        (Clip("dev1", 7, valid=False), "dev"),  # undecided clips: with their speaker
        (Clip("dev1", 3, valid=False), None),  # not with a sentence of train
        (Clip("other1", 3, valid=False), "train"),
        (Clip("other1", 8, valid=False), "train"),
        (Clip("other1", 7, valid=False), None),  # dev has it: of equals dev before train
        (Clip("other2", 2, valid=False), None),  # a new speaker is train, its sentence is test
        (Clip(None, 2, valid=False), "test"),  # no speaker: with the sentence
        (Clip(None, 9, valid=False), "train"),
        (Clip(None, 1), None),
        (Clip(None, 10), "train"),
    ]
    assert split([clip for clip, _ in table]) == [wanted for _, wanted in table]


def test_a_speaker_in_dev_and_test_is_in_no_other_split() -> None:
    clips = [
        Clip("ann", 1, published="dev"),
        Clip("ann", 2, published="test"),
        Clip("bob", 2, published="dev"),
        Clip("ann", 3),
        Clip("ann", 4, valid=False),
        Clip(None, 2, valid=False),
    ]
    assert split(clips) == ["dev", "test", "dev", None, None, None]


def test_without_dev_and_test_they_are_built_of_the_validated_clips() -> None:
    clips = [Clip(f"speaker {n % 50}", n, published="train") for n in range(1000)]
    clips += [Clip(f"speaker {n % 50}", n, valid=False) for n in range(500, 1500)]
    splits = split(clips)
    assert splits[:1000].count("test") == splits[:1000].count("dev") == 320
    assert splits[:1000].count("train") == 360
    assert None not in splits  # every undecided clip is with its speaker and its sentence
    assert split(clips, 1) != splits


def test_built_train_takes_back_what_splitting_by_speaker_leaves_out() -> None:
    """Speaker a is drawn for dev or test, but the only sentence of a stays in train."""
    clips = [Clip("e", 4), Clip("f", 2), Clip("c", 4), Clip("c", 2), Clip("a", 4)]
    clips += [Clip("b", 5), Clip("b", 3)]
    by_speaker = names(split_by_speaker(columns(clips)))
    assert by_speaker == ["train", "test", "train", None, None, "dev", "dev"]
    assert split(clips) == [*by_speaker[:4], "train", *by_speaker[5:]]


@given(random_clips(), st.integers(0, 2))
def test_built_dev_and_test_are_those_of_splitting_by_speaker(clips: list[Clip], seed: int) -> None:
    valid = [clip for clip in clips if clip.valid]
    by_speaker = names(split_by_speaker(columns(valid), seed))
    for one, other in zip(split(valid, seed), by_speaker, strict=True):
        assert one == other or (one, other) == ("train", None)

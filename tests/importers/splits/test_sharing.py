"""What splits share: counted, and taken apart."""

import numpy as np
from hypothesis import given

from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN
from importers.splits.sharing import SharedAcrossSplits, keep_sentences_apart, shared_across
from tests.importers.splits.random_clips import Clip, columns, random_clips


def test_speakers_and_sentences_in_several_splits_are_counted() -> None:
    clips = columns(
        [
            Clip("ann", 1, published="train", conversation="x"),
            Clip("ann", 2, published="dev", conversation="x"),
            Clip("bob", 1, published="test", conversation="y"),
            Clip("eve", 2, conversation="y"),
            Clip(None, 3, published="dev"),
            Clip(None, 4, published="test"),
        ]
    )
    assert shared_across(clips, clips.published) == SharedAcrossSplits(1, 1, conversations=1)


@given(random_clips(published=True))
def test_counts_are_those_of_sets(clips: list[Clip]) -> None:
    def in_several(pairs: set[tuple[object, str]]) -> int:
        return sum(
            len({split for one, split in pairs if one == name}) > 1
            for name in {n for n, _ in pairs}
        )

    placed = [(clip, clip.published) for clip in clips if clip.published]
    given_columns = columns(clips)
    assert shared_across(given_columns, given_columns.published) == SharedAcrossSplits(
        in_several({(clip.speaker, split) for clip, split in placed if clip.speaker}),
        in_several({(clip.sentence, split) for clip, split in placed}),
    )


def test_a_sentence_stays_where_most_of_its_clips_are_of_equals_in_test_then_dev() -> None:
    sentence = np.array([7, 7, 7, 8, 8, 9, 9, 5])
    codes = np.array([TRAIN, TRAIN, TEST, DEV, TEST, TRAIN, DEV, TRAIN], np.int8)
    assert keep_sentences_apart(sentence, codes).tolist() == [
        TRAIN, TRAIN, NOWHERE, NOWHERE, TEST, NOWHERE, DEV, TRAIN,
    ]  # fmt: skip

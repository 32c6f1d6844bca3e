"""The rule ``conversation``: no speaker and no call in two splits, whatever the calls are like."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.splits.by_conversation import split_by_conversation
from importers.splits.clips import DEV, NOWHERE, TEST, SplitClips, SplitClipsBuilder
from importers.splits.sharing import shared_across
from importers.splits.sizes import split_sizes
from tests.importers.splits.random_clips import Clip, columns, names, random_calls


def split(clips: list[Clip], seed: int = 0) -> list[str | None]:
    return names(split_by_conversation(columns(clips), seed))


def call(name: str, *speakers: str, clips: int = 1) -> list[Clip]:
    """A call in which each speaker says so much."""
    return [Clip(one, n, conversation=name) for one in speakers for n in range(clips)]


@given(random_calls(), st.integers(0, 3))
def test_no_speaker_and_no_conversation_in_two_splits(clips: list[Clip], seed: int) -> None:
    given_columns = columns(clips)
    shared = shared_across(given_columns, split_by_conversation(given_columns, seed))
    assert (shared.speakers, shared.conversations) == (0, 0)


@given(random_calls(), st.integers(0, 3))
def test_dev_and_test_are_no_larger_than_the_sample(clips: list[Clip], seed: int) -> None:
    counted = [one for clip, one in zip(clips, split(clips, seed), strict=True) if clip.valid]
    _, dev, test = split_sizes(len(counted))
    assert counted.count("dev") <= dev
    assert counted.count("test") <= test


@given(random_calls(), st.integers(0, 3))
def test_the_order_of_the_clips_does_not_matter(clips: list[Clip], seed: int) -> None:
    assert split(clips[::-1], seed) == split(clips, seed)[::-1]


@given(random_calls(), st.integers(0, 3))
def test_what_is_nowhere_was_said_to_somebody_of_dev_or_test(clips: list[Clip], seed: int) -> None:
    def who(clip: Clip) -> tuple[str | None, str | None]:
        return clip.speaker, None if clip.speaker else clip.conversation

    splits = split(clips, seed)
    placed = list(zip(clips, splits, strict=True))
    held_out = {who(clip) for clip, one in placed if one in ("dev", "test")}
    for clip, one in placed:
        if one is None:
            assert clip.conversation is not None
            others = {who(other) for other in clips if other.conversation == clip.conversation}
            assert others & held_out - {who(clip)}


def test_pairs_that_never_meet_cost_no_clip_and_fill_all_three() -> None:
    clips = [clip for n in range(100) for clip in call(f"call {n}", f"a{n}", f"b{n}", clips=5)]
    counts = Counter(split(clips))
    # 1,000 clips are 338 to 331; 33 calls of ten clips fit.
    assert counts == {"test": 330, "dev": 330, "train": 340}
    assert split(clips, 1) != split(clips)


def test_a_component_that_does_not_fit_is_torn_where_it_costs_least() -> None:
    """Ten cliques of five speakers in a ring: whole cliques are taken first."""
    clips: list[Clip] = []
    for ring in range(10):
        members = [f"{ring}-{n}" for n in range(5)]
        for n, one in enumerate(members):
            for other in members[:n]:
                clips += call(f"{one} {other}", one, other, clips=4)
        clips += call(f"link {ring}", f"{ring}-0", f"{(ring + 1) % 10}-1", clips=1)
    assert len(clips) == 820
    assert split_sizes(820)[1] == 271
    for seed in range(5):
        counts = Counter(split(clips, seed))
        assert min(counts["dev"], counts["test"]) >= 0.95 * 271
        assert counts[None] <= 0.05 * 820


def telephone_corpus(speakers: int, calls: int, clips: int, at_most: int, even: bool) -> SplitClips:
    """Calls between speakers drawn by lot: ``clips`` a side on average, ``at_most`` calls each."""
    dice = random.Random(5)
    weights = [1.0 if even else dice.paretovariate(1.5) for _ in range(speakers)]
    calls_of = Counter[int]()
    pairs: list[int] = []
    while len(pairs) < 2 * calls:
        one, other = dice.choices(range(speakers), weights, k=2)
        if one != other and at_most not in (calls_of[one], calls_of[other]):
            calls_of.update((one, other))
            pairs += (one, other)
    sides = np.random.default_rng(5).integers(clips // 2, clips * 3 // 2, len(pairs), endpoint=True)
    total = int(sides.sum())
    return SplitClips(
        speaker=np.repeat(np.array(pairs, np.int32), sides),
        conversation=np.repeat(np.arange(len(pairs), dtype=np.int32) // 2, sides),
        sentence=np.arange(total),
        valid=np.ones(total, np.bool_),
        published=np.full(total, NOWHERE, np.int8),
        speakers=tuple(map(str, range(speakers))),
        conversations=tuple(map(str, range(calls))),
        fingerprints=np.arange(total, dtype=np.uint64),
    )


@pytest.mark.parametrize(
    ("speakers", "calls", "clips", "at_most", "even", "lost"),
    [
        # As Switchboard is: nine calls a speaker on average, all in one component.
        pytest.param(543, 2438, 51, 60, False, 0.08, id="switchboard"),
        # As Fisher is: 2.2 million clips, three calls a speaker at most, small components enough.
        pytest.param(11971, 11699, 94, 3, True, 0.0, id="fisher"),
    ],
)
def test_dev_and_test_get_their_size_of_a_whole_telephone_corpus(
    speakers: int, calls: int, clips: int, at_most: int, even: bool, lost: float
) -> None:
    corpus = telephone_corpus(speakers, calls, clips, at_most, even)
    codes = split_by_conversation(corpus)
    shared = shared_across(corpus, codes)
    assert (shared.speakers, shared.conversations) == (0, 0)
    _, dev_size, test_size = split_sizes(len(corpus))
    assert 0.95 * dev_size <= (codes == DEV).sum() <= dev_size
    assert 0.95 * test_size <= (codes == TEST).sum() <= test_size
    assert (codes == NOWHERE).mean() <= lost


def test_speakers_in_a_chain_of_calls() -> None:
    """The longest thing that can hang together, a hundred thousand calls in a row."""
    builder = SplitClipsBuilder()
    for n in range(100_000):
        builder.append(f"{n}", n, valid=True, conversation=f"call {n}")
        builder.append(f"{n + 1}", n, valid=True, conversation=f"call {n}")
    corpus = builder.build()
    codes = split_by_conversation(corpus)
    shared = shared_across(corpus, codes)
    assert (shared.speakers, shared.conversations) == (0, 0)
    found = Counter(names(codes))
    _, dev_size, test_size = split_sizes(200_000)
    assert 0.95 * dev_size <= found["dev"] <= dev_size
    assert 0.95 * test_size <= found["test"] <= test_size
    # A stretch of the chain for each: the clips at its two ends are lost.
    assert found[None] <= 4


def test_without_conversations_speakers_are_kept_apart() -> None:
    clips = [Clip(f"speaker {n % 50}", n % 7) for n in range(1000)]
    splits = split(clips)
    assert Counter(splits) == {"test": 320, "dev": 320, "train": 360}


def test_nobody_named_is_one_speaker_in_each_call() -> None:
    clips = [Clip(None, n % 7, conversation=f"call {n % 50}") for n in range(1000)]
    assert Counter(split(clips)) == {"test": 320, "dev": 320, "train": 360}
    clips = [Clip(None, n % 100) for n in range(300)]
    splits = split(clips)
    assert set(splits) == {"train", "dev", "test"}
    assert len({(clip.sentence, one) for clip, one in zip(clips, splits, strict=True)}) == 100


def test_clips_that_are_not_valid_go_with_their_speaker_and_fill_nothing() -> None:
    clips = [clip for n in range(100) for clip in call(f"call {n}", f"a{n}", f"b{n}", clips=5)]
    odd = [Clip(f"a{n}", 99, valid=False, conversation=f"call {n}") for n in range(100)]
    alone = [Clip("nobody", 99, valid=False, conversation="call x")]
    splits = split(clips + odd + alone)
    assert splits[:1000] == split(clips)
    assert splits[1000:1100] == splits[:1000:10]
    assert splits[1100:] == ["train"]


def test_one_call_is_not_torn_for_less_than_a_speaker() -> None:
    assert set(split(call("call", "ann", "bob", clips=5))) == {"train"}

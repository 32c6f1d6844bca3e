"""Clips as the tests of the split rules write them down, and random ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from importers.corpus import SPLITS
from importers.splits.clips import Codes, SplitClips, SplitClipsBuilder


@dataclass(frozen=True)
class Clip:
    speaker: str | None
    sentence: int
    valid: bool = True
    published: str | None = None
    conversation: str | None = None


def columns(clips: Sequence[Clip]) -> SplitClips:
    """The clips as the rules take them."""
    builder = SplitClipsBuilder()
    for clip in clips:
        builder.append(
            clip.speaker,
            clip.sentence,
            valid=clip.valid,
            published=clip.published,
            conversation=clip.conversation,
        )
    return builder.build()


def names(codes: Codes) -> list[str | None]:
    """The splits by their names."""
    return [SPLITS[code] if code >= 0 else None for code in codes]


def random_clips(published: bool = False) -> st.SearchStrategy[list[Clip]]:
    """Up to 200 clips of up to 12 speakers and clips of none, with few or many sentences."""

    def of(sentences: int) -> st.SearchStrategy[list[Clip]]:
        clip = st.builds(
            Clip,
            speaker=st.none() | st.sampled_from([f"speaker {number}" for number in range(12)]),
            sentence=st.integers(0, sentences),
            valid=st.booleans(),
            published=st.none() | st.sampled_from(SPLITS) if published else st.none(),
        )
        return st.lists(clip, max_size=200)

    return st.sampled_from([3, 25, 400]).flatmap(of)


def random_calls() -> st.SearchStrategy[list[Clip]]:
    """Up to 200 clips of up to 30 calls among few or many speakers; some name neither or one."""

    def of(speakers: int) -> st.SearchStrategy[list[Clip]]:
        clip = st.builds(
            Clip,
            speaker=st.none() | st.sampled_from([f"speaker {n}" for n in range(speakers)]),
            sentence=st.integers(0, 25),
            valid=st.sampled_from([True, True, True, False]),
            conversation=st.none() | st.sampled_from([f"call {n}" for n in range(30)]),
        )
        return st.lists(clip, max_size=200)

    return st.sampled_from([3, 40]).flatmap(of)

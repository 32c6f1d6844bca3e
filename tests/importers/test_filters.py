"""Limits on length, on frames for CTC, and on the rate of speech."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.alphabet import Alphabet
from importers.filters import ClipFilter, FilterRules, RateSample, ctc_frames_needed
from importers.report import Reason, Reject

SECOND = 16000


@pytest.mark.parametrize(
    ("labels", "frames"),
    [("", 0), ("a", 1), ("abc", 3), ("aa", 3), ("hello", 6), ("aaa bb", 9), ([1, 1, 2], 4)],
)
def test_frames_that_ctc_needs(labels: str | list[int], frames: int) -> None:
    assert ctc_frames_needed(labels) == frames


@given(st.text("ab", max_size=9))
def test_frames_needed_are_those_of_the_shortest_path(text: str) -> None:
    path = ""
    for char in text:
        path += ("-" if path.endswith(char) else "") + char
    assert ctc_frames_needed(text) == len(path)


def only(**limits: float) -> FilterRules:
    return FilterRules(**{"ctc_step_ms": 0, "rate_factor": 0, **limits})


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (4799, Reject("k", Reason.TOO_SHORT, "0.2999 s")),
        (4800, None),
        (20 * SECOND, None),
        (20 * SECOND + 1, Reject("k", Reason.TOO_LONG, "20.0001 s")),
    ],
)
def test_length(samples: int, expected: Reject | None) -> None:
    keep = ClipFilter(only(min_seconds=0.3, max_seconds=20), {})
    assert keep("k", "en", "a", samples) == expected


def test_no_limits_keep_all() -> None:
    keep = ClipFilter(only(), {"en": 10.0})
    assert keep("k", "en", "a" * 999, 1) is None
    assert keep("k", "en", "a", 10_000 * SECOND) is None


def test_ctc_counts_frames_exactly() -> None:
    keep = ClipFilter(only(ctc_step_ms=20), {})
    # Three frames of 512 samples, 320 apart: DeepSpeech's rule (50 a second) would see 2.
    assert keep("k", "en", "abc", 512 + 2 * 320) is None
    reject = keep("k", "en", "abb", 512 + 2 * 320)
    assert reject == Reject("k", Reason.TEXT_TOO_LONG, "3 frames, 4 needed: abb")
    assert keep("k", "en", "abc", 512 + 2 * 320 - 1) is not None


def test_ctc_counts_the_labels_of_the_alphabet_and_the_step_of_the_model() -> None:
    alphabet = Alphabet(("a", "ch"))
    digraph = ClipFilter(only(ctc_step_ms=20), {}, alphabet)
    assert digraph("k", "cs", "cha", 512 + 320) is None
    slower = ClipFilter(only(ctc_step_ms=40), {})
    assert slower("k", "en", "ab", 512 + 639) is not None
    assert slower("k", "en", "ab", 512 + 640) is None


@pytest.mark.parametrize(
    ("characters", "seconds", "stays"),
    [
        (100, 10.0, True),  # as fast as the median
        (150, 5.0, True),  # three times as fast
        (151, 5.0, False),
        (10, 6.0, True),  # three times as slow, and three seconds of pauses
        (10, 6.1, False),
        (1, 3.0, True),
        (300, 93.0, True),
        (300, 93.1, False),
    ],
)
def test_rate_of_speech(characters: int, seconds: float, stays: bool) -> None:
    keep = ClipFilter(only(rate_factor=3), {"en": 10.0})
    reject = keep("k", "en", "a" * characters, round(seconds * SECOND))
    assert (reject is None) == stays
    assert reject is None or reject.reason is Reason.SPEECH_RATE
    assert keep("k", "xx", "a" * characters, round(seconds * SECOND)) is None


def test_medians_by_locale_of_the_clips_that_were_converted() -> None:
    sample = RateSample()
    for n in range(99):
        sample.add(f"en{n}", "en", "a" * (n + 1))
        sample.add(f"de{n}", "de", "a" * 7)
    for n in range(29):
        sample.add(f"few{n}", "few", "a")
    lengths = {f"en{n}": SECOND for n in range(99)} | {f"de{n}": 2 * SECOND for n in range(30)}
    lengths |= {f"few{n}": SECOND for n in range(29)}
    assert sample.medians(lengths) == {"en": 50.0, "de": 3.5}


def test_the_sample_is_the_same_in_any_order_and_does_not_grow() -> None:
    keys = [f"clip{n}" for n in range(12_000)]
    one, other = RateSample(), RateSample()
    for key in keys:
        one.add(key, "en", "ab")
    for key in reversed(keys):
        other.add(key, "en", "ab")
    assert sorted(one._drawn["en"]) == sorted(other._drawn["en"])
    assert len(one._drawn["en"]) == 10_000

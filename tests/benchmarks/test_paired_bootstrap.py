"""Intervals of what benchmarks compare: known values, and the spread that theory foretells."""

import numpy as np
import pytest

from benchmarks.material.paired_bootstrap import ratio_of_sums


def test_the_value_is_the_ratio_of_the_sums_not_the_mean_of_ratios() -> None:
    assert ratio_of_sums([1, 0, 5], [10, 2, 8]).value == 6 / 20


def test_what_is_the_same_in_every_utterance_has_no_spread() -> None:
    interval = ratio_of_sums([2, 4, 6, 8], [1, 2, 3, 4])
    assert (interval.value, interval.low, interval.high) == (2.0, 2.0, 2.0)


def test_the_interval_is_as_wide_as_the_central_limit_says() -> None:
    errors = np.random.default_rng(1).integers(0, 5, 1000)
    interval = ratio_of_sums(errors, np.full(1000, 10))
    half = 1.96 * errors.std() / np.sqrt(1000) / 10
    assert interval.high - interval.value == pytest.approx(half, rel=0.05)
    assert interval.value - interval.low == pytest.approx(half, rel=0.05)


def test_utterances_stay_paired() -> None:
    """A system that is always one error better is so in every resample, however errors spread."""
    theirs = np.random.default_rng(2).integers(1, 20, 500)
    interval = ratio_of_sums((theirs - 1) - theirs, np.full(500, 20))
    assert (interval.low, interval.high) == (-0.05, -0.05)


def test_the_same_input_gives_the_same_interval() -> None:
    errors, words = np.arange(50) % 7, np.full(50, 9)
    assert ratio_of_sums(errors, words) == ratio_of_sums(errors, words)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        ratio_of_sums([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="one number an utterance"):
        ratio_of_sums([], [])

"""Warm-up, in updates and not in batches."""

import pytest

from trainer.learning.rate import Rate


def rates(rate: Rate, batches: int) -> list[float]:
    found = []
    for _ in range(batches):
        found.append(rate.now)
        rate.count()
    return found


def test_it_rises_in_equal_steps_to_the_peak() -> None:
    assert rates(Rate(0.5, 4, 1), 6) == [0.125, 0.25, 0.375, 0.5, 0.5, 0.5]


def test_updates_are_of_several_batches() -> None:
    assert rates(Rate(0.5, 2, 3), 8) == [0.25] * 3 + [0.5] * 5


@pytest.mark.parametrize("warmup", [0, 1])
def test_without_warm_up_it_is_the_peak_from_the_first_update(warmup: int) -> None:
    assert rates(Rate(0.3, warmup, 1), 3) == [0.3] * 3


def test_a_peak_that_falls_within_the_warm_up_is_risen_to() -> None:
    rate = Rate(0.5, 4, 1)
    rates(rate, 2)
    rate.peak = 0.25
    assert rates(rate, 3) == [0.1875, 0.25, 0.25]


def test_what_is_restored_goes_on() -> None:
    whole, first, second = (Rate(0.7, 5, 2) for _ in range(3))
    rates(first, 3)
    second.restore(first.arrays())
    assert rates(second, 9) == rates(whole, 12)[3:]

"""Work that runs ahead: in order, within bounds, and over when it fails or is left."""

import threading
import time
from collections.abc import Iterator

import pytest

from trainer.data.prefetch import Prefetch


def test_results_come_in_order_whatever_takes_long() -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 5 == 0))
        return number * number

    with Prefetch(work, range(40), threads=4, ahead=6) as results:
        assert list(results) == [number * number for number in range(40)]
        with pytest.raises(StopIteration):
            next(results)


def test_nothing_is_given() -> None:
    assert list(Prefetch(int, [], threads=1, ahead=1)) == []


def begun(weights: list[int], *, ahead: int, most: float) -> list[int]:
    """How many were in hand or ahead whenever one was taken, that one among them."""
    drawn, seen = 0, []

    def given() -> Iterator[int]:
        nonlocal drawn
        for weight in weights:
            yield weight
            drawn += 1

    with Prefetch(int, given(), threads=2, ahead=ahead, weight=int, most=most) as results:
        for number, _ in enumerate(results):
            seen.append(drawn - number)
    return seen


def test_so_many_are_ahead_and_no_more() -> None:
    assert begun([1] * 8, ahead=3, most=99) == [4, 4, 4, 4, 4, 3, 2, 1]


def test_so_much_memory_is_taken_and_no_more() -> None:
    """Behind the one that is used, two may be ahead whatever they weigh."""
    assert begun([5] * 6, ahead=4, most=16) == [4, 4, 4, 3, 2, 1]
    assert begun([5] * 6, ahead=4, most=1) == [3, 3, 3, 3, 2, 1]
    assert begun([1, 1, 1, 9, 1, 1], ahead=4, most=4) == [3, 3, 3, 3, 2, 1]


def test_the_time_that_is_waited_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that stands still but for 7 s in which the second result is waited for."""
    gate, times = threading.Event(), iter([0.0, 0.0, 100.0, 107.0])

    def clock() -> float:
        now = next(times)
        if now == 100:
            gate.set()
        return now

    def work(number: int) -> int:
        if number == 1:
            assert gate.wait(30)
        return number

    monkeypatch.setattr("trainer.data.prefetch.time.perf_counter", clock)
    with Prefetch(work, range(2), threads=2, ahead=2) as results:
        assert (next(results), results.waited) == (0, 0.0)
        assert (next(results), results.waited) == (1, 7.0)


def test_an_error_comes_in_its_turn_and_ends_it() -> None:
    done = list[int]()

    def work(number: int) -> int:
        done.append(number)
        if number == 2:
            raise ValueError("two")
        return number

    results = Prefetch(work, range(1000), threads=1, ahead=3)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match=r"^two$"):
        next(results)
    assert list(results) == []
    assert len(done) <= 6


def test_who_leaves_early_is_waited_for_by_no_more_than_what_is_in_hand() -> None:
    done, before_all = list[int](), set(threading.enumerate())
    with Prefetch(done.append, range(1000), threads=2, ahead=4) as results:
        next(results)
    assert len(done) <= 5
    before = len(done)
    assert next(results, "over") == "over"
    assert len(done) == before
    assert set(threading.enumerate()) <= before_all

"""So many times in a window, then a pause."""

import pytest

from validation_app.web import rate_limits
from validation_app.web.rate_limits import RateLimit
from validation_app.web.refusals import Refusal


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def refused(limit: RateLimit, person: str = "ann") -> str | None:
    try:
        limit.take(person)
    except Refusal as refusal:
        assert (refusal.status_code, refusal.code) == (429, "too-many")
        assert refusal.headers
        return refusal.headers["Retry-After"]
    return None


def test_over_the_limit_there_is_a_pause_and_then_a_new_window() -> None:
    clock = Clock()
    limit = RateLimit(3, clock)
    assert [refused(limit) for _ in range(3)] == [None] * 3
    assert refused(limit, "ben") is None
    clock.seconds += 590
    assert refused(limit) == "300"
    clock.seconds += 100.5
    assert refused(limit) == "200"  # asking again makes the pause no longer
    clock.seconds += 199.5
    assert [refused(limit) for _ in range(4)] == [None, None, None, "300"]


def test_a_window_ends_after_10_minutes() -> None:
    clock = Clock()
    limit = RateLimit(2, clock)
    assert refused(limit) is None
    clock.seconds += 599
    assert refused(limit) is None
    clock.seconds += 1
    assert [refused(limit) for _ in range(3)] == [None, None, "300"]


def test_zero_is_any_number() -> None:
    limit = RateLimit(0)
    assert [refused(limit) for _ in range(1000)] == [None] * 1000


def test_those_whose_time_is_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_MANY", 10)
    clock = Clock()
    limit = RateLimit(1, clock)
    for number in range(20):
        assert refused(limit, str(number)) is None
    assert refused(limit, "0") == "300"
    assert limit._many == 22
    clock.seconds += 601
    assert [refused(limit, str(number)) for number in range(100, 103)] == [None] * 3
    clock.seconds += 601
    assert refused(limit, "new") is None
    assert set(limit._people) == {"new"}
    assert limit._many == 10

"""Reading ahead: order, bounds, errors, and no thread left behind."""

import threading
import time
from collections.abc import Iterator

import pytest

from importers.errors import ArchiveError
from pipelines.read_ahead import read_ahead


def test_read_ahead_keeps_order_and_ends() -> None:
    assert list(read_ahead(range(100), depth=1)) == list(range(100))
    assert list(read_ahead([], depth=1)) == []


def test_read_ahead_is_no_more_than_two_items_ahead() -> None:
    """One finished in the queue, one in the thread's hand."""
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    for number in read_ahead(items(), depth=1):
        time.sleep(0.05)
        assert len(made) <= number + 3


def test_read_ahead_raises_what_the_thread_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ArchiveError("cut")

    found = []
    with pytest.raises(ArchiveError, match="cut"):
        for item in read_ahead(items(), depth=1):
            found.append(item)
    assert found == [1]


def test_read_ahead_ends_its_thread_when_the_consumer_leaves() -> None:
    before = threading.active_count()
    stream = read_ahead(iter(range(10**9)), depth=1)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before

"""Making the next item in a thread while the last one is being worked on."""

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


def read_ahead(items: Iterable[T], depth: int) -> Iterator[T]:
    """The same items, made by a thread that is at most ``depth`` finished ones ahead.

    An exception in the thread is raised here, in its place; the thread ends when the consumer does.
    """
    ready: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def produce() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not _put(ready, item, stopped):
                    return
        except BaseException as caught:
            error = caught
        _put(ready, _End(error), stopped)

    thread = threading.Thread(target=produce, name="read-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def _put(ready: "queue.Queue[T | _End]", item: "T | _End", stopped: threading.Event) -> bool:
    """Put, unless the consumer has gone: then False."""
    while not stopped.is_set():
        try:
            ready.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False

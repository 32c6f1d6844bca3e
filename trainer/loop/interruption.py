"""Ctrl-C and SIGTERM between two steps, so that a checkpoint is written and nothing learnt lost."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from importers import console

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopAskedError(KeyboardInterrupt):
    """The user wants to stop, and nothing is half done."""


@contextlib.contextmanager
def stopping_between_steps() -> Iterator[Callable[[], None]]:
    """While the block runs, the first Ctrl-C or SIGTERM waits for the function that this gives.

    Call it where stopping is safe: it raises StopAskedError once it was asked for. A second Ctrl-C
    ends at once. Outside of the main thread, which gets the signals, it does nothing.
    """
    asked = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        console.say("stopping after the step in hand; a second Ctrl-C stops at once")

    def check() -> None:
        if asked.is_set():
            raise StopAskedError

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

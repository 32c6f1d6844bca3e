"""Ctrl-C during a conversion: what is in hand is finished, then the run ends."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from importers.errors import MynaError

_requested = threading.Event()


class InterruptedImportError(MynaError):
    """The user stopped the run; what is finished is kept."""

    exit_code = 130


@contextlib.contextmanager
def finishing_what_is_in_hand() -> Iterator[None]:
    """The first Ctrl-C asks the block to stop (see stop_if_asked), the second ends it at once.

    Beam runs its work in the main thread too, and would turn a KeyboardInterrupt into an error of
    its own; so the signal only leaves a mark.
    """
    _requested.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def stop_if_asked() -> None:
    """Raises InterruptedImportError once Ctrl-C was pressed; called between pieces of work."""
    if _requested.is_set():
        raise InterruptedImportError("interrupted; the same command goes on where it stopped")


def _ask(number: int, frame: FrameType | None) -> None:
    if _requested.is_set():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    _requested.set()
    if sys.stderr.isatty():
        print("\nfinishing what is in hand; once more to stop at once", file=sys.stderr)

"""Ctrl-C or SIGTERM during an import or a count: what is in hand is finished, then the run ends.

A conversion's signals are blocked in its threads, and so in the programs that these start (ffmpeg):
Ctrl-C in a terminal goes to them too, and would look like a fault of the clip in hand. One thread
waits for the signals and leaves a mark, a file in the target. (A signal may come to a thread of a
library that was there before; Python's own handler would then wait until the main thread, which
waits for Beam, does something.) Beam's other runners have processes
and signals of their own: with them the run ends at once, and what is in hand is done again.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from importers.errors import MynaError

_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})
_EXIT_CODE = 130
_LOOK_SECONDS = 0.2


class InterruptedRunError(MynaError):
    """The user stopped the run; what is finished is kept."""

    exit_code = _EXIT_CODE

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "interrupted; the same command goes on where it stopped")


@contextlib.contextmanager
def termination_as_ctrl_c() -> Iterator[None]:
    """SIGTERM (of a service manager, a batch system) raises KeyboardInterrupt in the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def finishing_what_is_in_hand(mark: Path) -> Iterator[None]:
    """The first Ctrl-C asks the block to stop (see stop_if_asked), the second ends it at once.

    Raises InterruptedRunError once the block was asked, in place of what it raises.
    """
    mark.unlink(missing_ok=True)
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Whoever has us ignore Ctrl-C (nohup, a shell's background jobs) is obeyed.
    handled = {one for one in _SIGNALS if signal.getsignal(one) != signal.SIG_IGN}
    request = _Request(mark)
    noted, notes = os.pipe()
    os.set_blocking(noted, False)
    os.set_blocking(notes, False)
    before = {one: signal.signal(one, _noted_elsewhere) for one in handled}
    notes_before = signal.set_wakeup_fd(notes, warn_on_full_buffer=False)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    done = threading.Event()
    waiting = threading.Thread(target=request.wait, args=[handled, noted, done], daemon=True)
    waiting.start()
    try:
        yield
    except Exception as error:
        if mark.exists():
            raise InterruptedRunError from error
        raise
    else:
        if mark.exists():
            raise InterruptedRunError
    finally:
        done.set()
        waiting.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.set_wakeup_fd(notes_before)
        os.close(notes)
        os.close(noted)
        for one, handler in before.items():
            signal.signal(one, handler)
        mark.unlink(missing_ok=True)


def stop_if_asked(mark: Path) -> None:
    """Raises InterruptedRunError once Ctrl-C was pressed; called between pieces of work."""
    if mark.exists():
        raise InterruptedRunError


def _noted_elsewhere(number: int, frame: FrameType | None) -> None:
    """In place of a handler: what matters is that the signal's number goes to the wakeup fd."""


def _read(noted: int) -> bytes:
    try:
        return os.read(noted, 64)
    except BlockingIOError:
        return b""


class _Request:
    """What a signal asks for."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._asked = False

    def wait(self, signals: set[signal.Signals], noted: int, done: threading.Event) -> None:
        """Take the signals until all is done; of those that came to other threads, the notes."""
        while signals and not done.is_set():
            if signal.sigtimedwait(signals, _LOOK_SECONDS):
                self._ask()
            for _ in signals.intersection(_read(noted)):
                self._ask()

    def _ask(self) -> None:
        if self._asked:
            os._exit(_EXIT_CODE)  # as kill -9, which harms nothing
        self._asked = True
        try:
            self._mark.touch()
        except OSError:  # a full disk, say: nobody can be asked
            print(InterruptedRunError(), file=sys.stderr)
            os._exit(_EXIT_CODE)
        if sys.stderr.isatty():
            print("\nfinishing what is in hand; once more to stop at once", file=sys.stderr)

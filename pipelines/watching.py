"""Progress of work that others do: what they have finished is looked at while it goes on."""

import contextlib
import threading
from collections.abc import Callable, Iterator

_SECONDS = 0.5


@contextlib.contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Call ``look`` twice a second, in a thread, until the block ends, and once more then."""
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(_SECONDS):
            look()

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        look()

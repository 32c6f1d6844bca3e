"""How far a conversion is, told by the files of its finished shards, wherever they were made."""

import contextlib
import threading
from collections.abc import Iterator

from importers.console import Progress
from pipelines.import_state import ImportState, Parameters, read_shard

_POLL_SECONDS = 0.5


@contextlib.contextmanager
def watching(state: ImportState, parameters: Parameters, progress: Progress) -> Iterator[None]:
    """Keep ``progress`` at the hours of all finished shards until the block ends."""
    finished: dict[str, float] = {}
    stopped = threading.Event()

    def look() -> None:
        for path in state.finished():
            if path.name not in finished:
                result = read_shard(path, parameters.digest)
                finished[path.name] = result.seconds if result else 0.0
        progress.show(sum(finished.values()) / 3600)

    def watch() -> None:
        while not stopped.wait(_POLL_SECONDS):
            look()

    look()
    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        look()

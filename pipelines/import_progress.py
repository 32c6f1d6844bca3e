"""How far a conversion is, told by the files of its finished shards, wherever they were made."""

import contextlib
import threading
from collections.abc import Iterator

from importers.console import hours_progress
from pipelines.import_state import ImportState, Parameters, read_shard

_POLL_SECONDS = 0.5


@contextlib.contextmanager
def conversion_progress(
    state: ImportState, parameters: Parameters, total_hours: float | None
) -> Iterator[None]:
    """Show the hours of all finished shards, those of earlier runs too, until the block ends."""
    finished: dict[str, float] = {}
    stopped = threading.Event()

    def hours() -> float:
        for path in state.finished():
            if path.name not in finished:
                result = read_shard(path, parameters.digest)
                finished[path.name] = result.seconds if result else 0.0
        return sum(finished.values()) / 3600

    with hours_progress("converting", total_hours, hours()) as progress:

        def watch() -> None:
            while not stopped.wait(_POLL_SECONDS):
                progress.show(hours())

        thread = threading.Thread(target=watch, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
            progress.show(hours())

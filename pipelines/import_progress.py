"""How far a conversion is, told by the files of its finished shards, wherever they were made."""

import contextlib
import time
from collections.abc import Iterator

from importers.console import hours_progress
from importers.report import ConversionSpeed, ImportReport
from pipelines.import_state import ImportState, Parameters, read_shard
from pipelines.watching import watched

_GUESSED_CLIP_SECONDS = 5.0  # until the first shard is done; the mean of Common Voice


class _FinishedShards:
    """Hours and clips of the shards whose files stand, each read once."""

    def __init__(self, state: ImportState, digest: str) -> None:
        self._state = state
        self._digest = digest
        self._seen: set[str] = set()
        self.hours = 0.0
        self.clips = 0

    def look(self) -> None:
        """Take account of the shards that have come since."""
        for path in self._state.finished():
            if path.name not in self._seen:
                self._seen.add(path.name)
                result = read_shard(path, self._digest)
                if result:
                    self.hours += result.seconds / 3600
                    self.clips += len(result.frames) + len(result.rejects)


@contextlib.contextmanager
def conversion_progress(
    state: ImportState,
    parameters: Parameters,
    total_hours: float | None,
    planned_clips: int,
    report: ImportReport,
) -> Iterator[None]:
    """Show the hours of all finished shards, those of earlier runs too, until the block ends.

    ``report`` then gets the speed of this run.
    Where the release does not tell ``total_hours``, they are reckoned from the clips done so far.
    """
    shards = _FinishedShards(state, parameters.digest)
    shards.look()
    hours_before, clips_before, started = shards.hours, shards.clips, time.monotonic()
    all_clips = shards.clips + planned_clips

    def total() -> float:
        if total_hours:
            return total_hours
        guess = _GUESSED_CLIP_SECONDS / 3600
        return all_clips * (shards.hours / shards.clips if shards.hours else guess)

    with hours_progress("converting", total(), shards.hours) as progress:

        def look() -> None:
            shards.look()
            progress.show(shards.hours, total())

        with watched(look):
            yield
    report.speed = ConversionSpeed(
        shards.clips - clips_before,
        3600 * (shards.hours - hours_before),
        time.monotonic() - started,
    )

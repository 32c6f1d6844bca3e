"""A corpus into the app, to be voted on: `validation-app import`.

Killed at any time and run again, it goes on: a batch of clips is in the app as a whole or not at
all, and what is there is not read again. A server may run meanwhile.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from sqlalchemy import select

from importers import console, storage
from importers.errors import UsageError
from importers.lock import hold_file
from importers.manifest import write_rejects
from importers.report import Reason, Reject
from validation_app.corpora.clips import ReadyClip, make_ready
from validation_app.corpora.entry import enter
from validation_app.corpora.plan import Plan, PlannedClip
from validation_app.corpora.priorities import apply_priorities, read_priorities
from validation_app.corpora.sources import CorpusSource, Sound, open_corpus
from validation_app.database.tables import Clip
from validation_app.recordings.incoming import arrival, sweep
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context

REJECTS: Final = "import-rejects.csv"
UNKNOWN_KEYS: Final = "import-unknown-keys.txt"
_LOCK: Final = "import.lock"
_BATCH_CLIPS: Final = 128
_BATCH_BYTES: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class ImportSummary:
    """What an import came to."""

    origin: str
    there_before: int = 0
    imported: int = 0
    rejects: list[Reject] = field(default_factory=list)
    unknown_keys: list[str] | None = None
    """Of the priority list; None without one."""


def import_corpus(settings: Settings, path: Path, priority: Path | None) -> ImportSummary:
    """Take in the release or manifest at ``path``, with progress, and print what it came to.

    Rejects and the priority list's unknown keys are listed in files in DIR. Raises UsageError,
    FormatError, ArchiveError, StorageError, OSError.
    """
    scores = {} if priority is None else read_priorities(priority)
    context = open_context(settings)
    data = settings.data
    with ExitStack() as stack:
        stack.enter_context(hold_file(data / _LOCK, data, "import"))
        stack.callback(context.engine.dispose)
        sweep(data, context.engine)
        tables = stack.enter_context(arrival(data, context.engine)).folder
        source = open_corpus(path, settings.locale, tables)
        plan = stack.enter_context(Plan(tables / "plan.sqlite"))
        summary = ImportSummary(source.origin)
        try:
            _Import(context, source, plan, summary).run()
        except OSError as error:
            raise storage.storage_error(error, data) from None
        _list_rejects(data / REJECTS, summary.rejects)
        if priority is not None:
            summary.unknown_keys = apply_priorities(context.engine, scores, plan)
            lines = "".join(f"{key}\n" for key in summary.unknown_keys)
            storage.put_text(data / UNKNOWN_KEYS, lines)
    print(_in_words(summary, data))
    return summary


class _Import:
    """One run."""

    def __init__(
        self, context: Context, source: CorpusSource, plan: Plan, summary: ImportSummary
    ) -> None:
        self._context = context
        self._source = source
        self._plan = plan
        self._summary = summary

    def run(self) -> None:
        self._make_plan()
        planned, there = self._plan.counts()
        rejects = self._summary.rejects
        if not planned and rejects and all(one.reason is Reason.EXCLUDED for one in rejects):
            raise UsageError(
                f"{self._source.origin}: no clip is for this app: of the first, "
                f"{rejects[0].detail}. An app has one language: say which with --locale"
            )
        self._summary.there_before = there
        if there == planned:
            return
        with (
            ThreadPoolExecutor(console.cores()) as pool,
            console.Progress("importing", planned, "clip", done=there) as progress,
        ):
            done = there
            for batch in _batches(self._source.sounds(self._plan)):
                self._take_in(batch, pool)
                done += len(batch)
                progress.show(done)

    def _make_plan(self) -> None:
        for row in self._source.rows():
            if isinstance(row, Reject):
                self._summary.rejects.append(row)
            elif not self._plan.add(row):
                self._summary.rejects.append(Reject(row.key, Reason.DUPLICATE))
        for paths in self._plan.paths():
            with self._context.reading() as session:
                known = session.scalars(select(Clip.path).where(Clip.path.in_(paths))).all()
            self._plan.mark_there(known)

    def _take_in(
        self, batch: Sequence[tuple[PlannedClip, Sound]], pool: ThreadPoolExecutor
    ) -> None:
        """Convert a batch, move it to its places, and enter it: the kill of an instant loses it."""
        with arrival(self._context.settings.data, self._context.engine) as arriving:
            files = (arriving.folder / f"{number}.mp3" for number in count())
            clips, sounds = zip(*batch, strict=True)
            made = list(pool.map(make_ready, clips, sounds, files))
            ready = [one for one in made if isinstance(one, ReadyClip)]
            self._summary.rejects += [one for one in made if isinstance(one, Reject)]
            if ready:
                arriving.place({one.clip.path: one.mp3 for one in ready})
                with self._context.writing() as session:
                    enter(session, self._context.settings, self._source.origin, ready)
            self._summary.imported += len(ready)


def _batches(
    sounds: Iterator[tuple[PlannedClip, Sound]],
) -> Iterator[list[tuple[PlannedClip, Sound]]]:
    batch: list[tuple[PlannedClip, Sound]] = []
    held = 0
    for clip, sound in sounds:
        batch.append((clip, sound))
        held += len(sound) if isinstance(sound, bytes) else 0
        if len(batch) >= _BATCH_CLIPS or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _list_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    with storage.put_atomic(path) as stream:
        write_rejects(stream, ((one.key, str(one.reason), one.detail) for one in rejects))


def _in_words(summary: ImportSummary, data: Path) -> str:
    counts = Counter(one.reason for one in summary.rejects)
    lines = [
        f"{summary.origin}: imported {summary.imported:,} clips; {summary.there_before:,} were "
        f"there before; rejected {len(summary.rejects):,}"
    ]
    if counts:
        lines += ["", f"rejected, listed in {data / REJECTS}"]
        lines += [
            f"  {reason:<15} {number:>9,}  {reason.sentence}"
            for reason, number in sorted(counts.items())
        ]
    if summary.unknown_keys:
        lines += [
            "",
            f"{len(summary.unknown_keys):,} keys of the priority list are no clips here, listed in "
            f"{data / UNKNOWN_KEYS}",
        ]
    return "\n".join(lines)

"""The Beam program of an import: shards of clips, read and converted in one step.

    archive or plan slices -> Shard of encoded clips -> WAVs, and the shard's result file

Reading and converting are fused: audio is never shuffled, so no more than a few shards of it are in
memory, whatever the archive's size. Native threads use the cores inside a shard; while one shard
converts, the next is read.
"""

import logging
import queue
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from importers import storage
from importers.archives import MAX_MEMBER_BYTES, members
from importers.errors import MynaError
from importers.foreign_audio import ForeignDecodeError, decode_foreign, is_foreign
from importers.manifest import wav_name
from importers.report import Reason, Reject
from native.audio import ClipJob, Outcome, convert
from pipelines.import_plan import PlannedClip, PlanSlice, read_by_path, read_slice
from pipelines.import_state import ImportState, ShardResult, write_shard
from pipelines.interruption import finishing_what_is_in_hand, stop_if_asked

SHARD_CLIPS = 256
SHARD_BYTES = 64 * 1024 * 1024
"""A shard of an archive is closed early when its encoded audio is larger than this."""
SAMPLE_RATE = 16000

# Beam names the step at the end of an exception's message.
_BEAM_SUFFIX = re.compile(r" \[while running '[^']*'\]$")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConversionJob:
    """What every worker needs to know; paths must mean the same to all of them."""

    target: str
    digest: str
    """Of the conversion parameters."""
    root: str
    """The folder of a release, or the archive file."""
    prefix: str
    """What stands before the audio's path in the archive's member names; "" for a folder."""
    first_shard: int
    threads: int
    min_seconds: float
    max_seconds: float | None


@dataclass(frozen=True, slots=True)
class EncodedClip:
    """A clip with its encoded audio: a path, the bytes, or why there is none."""

    clip: PlannedClip
    source: str | bytes | Reject


@dataclass(frozen=True, slots=True)
class Shard:
    """The element that flows."""

    number: int
    clips: tuple[EncodedClip, ...]


def run_conversion(
    job: ConversionJob, slices: list[PlanSlice] | None, beam_arguments: Iterable[str]
) -> None:
    """Convert all clips of the plan: the ``slices`` of a folder's, or (None) out of the archive.

    Raises StorageError when the target cannot be written, ArchiveError for a damaged archive,
    InterruptedImportError after Ctrl-C.
    """
    # What a DoFn raises comes out of run(); Beam would print its traceback besides.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    options = PipelineOptions(["--runner=FnApiRunner", *beam_arguments])
    try:
        with finishing_what_is_in_hand(), beam.Pipeline(options=options) as pipeline:
            _build(pipeline, job, slices)
    except MynaError as error:
        raise type(error)(_BEAM_SUFFIX.sub("", str(error))) from None


def _build(pipeline: beam.Pipeline, job: ConversionJob, slices: list[PlanSlice] | None) -> None:
    if slices is None:
        shards = (
            pipeline
            | "Archive" >> beam.Create([job.root])
            | "ReadArchive" >> beam.ParDo(ReadArchive(job))
        )
    else:
        shards = (
            pipeline | "Slices" >> beam.Create(slices) | "ReadSlice" >> beam.ParDo(ReadSlice(job))
        )
    shards | "ConvertShard" >> beam.ParDo(ConvertShard(job))


class ReadSlice(beam.DoFn):
    """From a slice of the plan to a shard that names the files of a folder."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def process(self, element: PlanSlice) -> Iterator[Shard]:
        """One shard."""
        root = Path(self._job.root)
        plan = ImportState(Path(self._job.target)).plan
        clips = (
            EncodedClip(clip, str(root / clip.audio.path)) for clip in read_slice(plan, element)
        )
        yield Shard(element.shard, tuple(clips))


class ReadArchive(beam.DoFn):
    """From an archive to shards that carry the encoded audio, read ahead by one shard."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def process(self, element: str) -> Iterator[Shard]:
        """The planned clips in the archive's order; those it lacks come last, as rejects."""
        planned = read_by_path(ImportState(Path(self._job.target)).plan)
        clips = self._clips(Path(element), planned)
        for offset, shard in enumerate(read_ahead(_grouped(clips), depth=1)):
            yield Shard(self._job.first_shard + offset, shard)

    def _clips(self, archive: Path, planned: dict[str, str]) -> Iterator[EncodedClip]:
        for member in members(archive):
            stop_if_asked()
            if not planned:
                return
            lines = planned.pop(member.name.removeprefix(self._job.prefix), None)
            if lines is None:
                continue
            content = member.read() if member.size <= MAX_MEMBER_BYTES else None
            for clip in map(PlannedClip.from_line, lines.splitlines()):
                if content is None:
                    reject = Reject(clip.key, Reason.TOO_LARGE, f"{member.size} bytes")
                    yield EncodedClip(clip, reject)
                else:
                    yield EncodedClip(clip, content)
        for lines in planned.values():
            for clip in map(PlannedClip.from_line, lines.splitlines()):
                reject = Reject(clip.key, Reason.MISSING_AUDIO, clip.audio.path)
                yield EncodedClip(clip, reject)


class ConvertShard(beam.DoFn):
    """From a shard to its WAVs and, last, its result file."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def process(self, element: Shard) -> Iterator[float]:
        """The seconds of audio converted."""
        stop_if_asked()
        job = self._job
        state = ImportState(Path(job.target))
        try:
            result = convert_shard(element, job, state)
            write_shard(state.shard_path(element.number), result, job.digest)
        except OSError as error:
            raise storage.storage_error(error, Path(job.target)) from None
        yield result.seconds


def convert_shard(shard: Shard, job: ConversionJob, state: ImportState) -> ShardResult:
    """Convert a shard's clips in native threads. Raises OSError when a WAV cannot be written."""
    rejects: list[Reject] = []
    todo: list[tuple[PlannedClip, str | bytes]] = []
    for one in shard.clips:
        source = _known_format(one)
        if isinstance(source, Reject):
            rejects.append(source)
        else:
            todo.append((one.clip, source))
    jobs = [
        ClipJob(
            source,
            str(Path(job.target) / wav_name(clip.key)),
            clip.audio.channel,
            clip.audio.start,
            clip.audio.end,
        )
        for clip, source in todo
    ]
    outcomes = convert(
        jobs,
        temporary=str(state.temporary),
        threads=job.threads,
        sample_rate=SAMPLE_RATE,
        min_seconds=job.min_seconds,
        max_seconds=job.max_seconds,
        keep_partial=False,
    )
    frames: dict[str, int] = {}
    for (clip, _), outcome in zip(todo, outcomes, strict=True):
        reject = _reject(clip.key, outcome)
        if reject is None:
            frames[clip.key] = outcome.frames
        else:
            rejects.append(reject)
    return ShardResult(frames, tuple(rejects), sum(frames.values()) / SAMPLE_RATE)


def _known_format(one: EncodedClip) -> str | bytes | Reject:
    """The clip's audio in a format that native code knows; the others take a detour."""
    suffix = Path(one.clip.audio.path).suffix
    if isinstance(one.source, Reject) or not is_foreign(suffix):
        return one.source
    try:
        return decode_foreign(one.source, suffix)
    except FileNotFoundError:
        return Reject(one.clip.key, Reason.MISSING_AUDIO, one.clip.audio.path)
    except ForeignDecodeError as error:
        return Reject(one.clip.key, Reason.DECODE_ERROR, str(error))


def _reject(key: str, outcome: Outcome) -> Reject | None:
    if outcome.problem is not None:
        return Reject(key, Reason(outcome.problem), outcome.detail)
    return None


def _grouped(clips: Iterable[EncodedClip]) -> Iterator[tuple[EncodedClip, ...]]:
    group: list[EncodedClip] = []
    size = 0
    for clip in clips:
        group.append(clip)
        size += len(clip.source) if isinstance(clip.source, bytes) else 0
        if len(group) == SHARD_CLIPS or size >= SHARD_BYTES:
            yield tuple(group)
            group, size = [], 0
    if group:
        yield tuple(group)


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

"""The first step of a conversion: shards out of the slices of a plan, or out of an archive.

A shard of a folder names files. One of an archive holds the encoded audio itself; but a recording
that clips are cut out of may be hundreds of megabytes, and goes through a file of its own.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import apache_beam as beam

from importers import storage
from importers.archives import MAX_MEMBER_BYTES, Member, below, members
from importers.report import Reason, Reject
from pipelines.conversion_job import ConversionJob
from pipelines.import_plan import (
    PlannedClip,
    PlanSlice,
    ShardSize,
    clips_of,
    read_by_path,
    read_slice,
)
from pipelines.import_state import ImportState
from pipelines.interruption import stop_if_asked
from pipelines.read_ahead import read_ahead
from pipelines.shards import EncodedClip, Shard

SHARD_BYTES = 64 * 1024 * 1024
"""A shard of an archive is closed early when it holds more encoded audio than this in memory,"""
SPOOLED_SHARD_BYTES = 1024 * 1024 * 1024
"""or more than this in files."""
SPOOL_BYTES = 16 * 1024 * 1024
"""A recording of an archive that is larger goes through a file: ten minutes of PCM at 16 kHz."""
MAX_RECORDING_BYTES = 4 * 1024 * 1024 * 1024
"""A larger file is no recording of speech: ten hours of PCM at 48 kHz and 16 bits."""


class ReadSlice(beam.DoFn):
    """From a slice of the plan to a shard that names the files of a folder."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def process(self, element: PlanSlice) -> Iterator[Shard]:
        """One shard."""
        root = Path(self._job.root)
        planned = read_slice(Path(self._job.plan), element)
        clips = (_clip_of_folder(clip, root) for clip in planned)
        yield Shard(self._job.first_shard + element.shard, tuple(clips))


def _clip_of_folder(clip: PlannedClip, root: Path) -> EncodedClip:
    path = root / clip.audio.path
    with contextlib.suppress(OSError):  # what is wrong with it, the conversion says
        size = path.stat().st_size
        if size > _most_bytes(clip):
            return _too_large(clip, size)
    return EncodedClip(clip, str(path))


def _most_bytes(clip: PlannedClip) -> int:
    """Of the file that a clip lies in."""
    return MAX_RECORDING_BYTES if clip.audio.is_part else MAX_MEMBER_BYTES


def _too_large(clip: PlannedClip, size: int) -> EncodedClip:
    return EncodedClip(clip, Reject(clip.key, Reason.TOO_LARGE, f"{size} bytes"))


@dataclass(frozen=True, slots=True)
class _EncodedFile:
    """One file of an archive, with its clips."""

    clips: tuple[EncodedClip, ...]
    size: int = 0
    """Bytes in memory, or in ``spooled``."""
    spooled: str | None = None


class ReadArchive(beam.DoFn):
    """From an archive to shards that carry the encoded audio, read ahead by one shard."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def process(self, element: int) -> Iterator[Shard]:
        """The planned clips in the archive's order; those it lacks come last, as rejects."""
        state = ImportState(Path(self._job.target))
        planned = read_by_path(Path(self._job.plan))
        files = self._files(Path(self._job.root), planned, state)
        yield from read_ahead(_grouped(files, self._job.first_shard), depth=1)

    def _files(
        self, archive: Path, planned: dict[str, str], state: ImportState
    ) -> Iterator[_EncodedFile]:
        for member in members(archive):
            stop_if_asked(state.stop)
            if not planned:
                return
            if member.number in self._job.superseded:
                continue
            lines = planned.pop(below(self._job.prefix, member.name), None)
            if lines is not None:
                yield _encoded_file(member, list(clips_of(lines)), state)
        for lines in planned.values():
            yield _EncodedFile(tuple(map(_missing, clips_of(lines))))


def _encoded_file(member: Member, clips: list[PlannedClip], state: ImportState) -> _EncodedFile:
    fitting = [clip for clip in clips if member.size <= _most_bytes(clip)]
    if not fitting:
        return _EncodedFile(tuple(_too_large(clip, member.size) for clip in clips))
    source: str | bytes
    path = None
    # What is a clip as a whole may have to be kept as it is, out of memory.
    if member.size <= SPOOL_BYTES or not all(clip.audio.is_part for clip in fitting):
        source = member.read()
    else:
        source = path = _spool(member, state)
    encoded = (
        EncodedClip(clip, source)
        if member.size <= _most_bytes(clip)
        else _too_large(clip, member.size)
        for clip in clips
    )
    return _EncodedFile(tuple(encoded), member.size, path)


def _missing(clip: PlannedClip) -> EncodedClip:
    return EncodedClip(clip, Reject(clip.key, Reason.MISSING_AUDIO, clip.audio.path))


def _spool(member: Member, state: ImportState) -> str:
    """The file that a member has been written to. Raises ArchiveError, StorageError."""
    # Another worker may be at this archive, too.
    suffix = PurePosixPath(member.name).suffix[:16]
    path = state.spool / f"{member.number}-{os.getpid()}{suffix}"
    try:
        path.parent.mkdir(exist_ok=True)
        member.copy_to(path)
    except OSError as error:
        raise storage.storage_error(error, state.target) from None
    return str(path)


@dataclass(slots=True)
class _Group:
    """The files that become one shard."""

    clips: list[EncodedClip] = field(default_factory=list)
    spooled: list[str] = field(default_factory=list)
    size: ShardSize = field(default_factory=ShardSize)
    bytes_in_memory: int = 0
    bytes_in_files: int = 0

    def add(self, file: _EncodedFile) -> None:
        self.clips += file.clips
        self.size.add_recording(len(file.clips))
        if file.spooled is None:
            self.bytes_in_memory += file.size
        else:
            self.bytes_in_files += file.size
            self.spooled.append(file.spooled)

    @property
    def is_full(self) -> bool:
        return (
            self.size.is_full
            or self.bytes_in_memory >= SHARD_BYTES
            or self.bytes_in_files >= SPOOLED_SHARD_BYTES
        )


def _grouped(files: Iterable[_EncodedFile], first_shard: int) -> Iterator[Shard]:
    """Shards of whole files."""
    number, group = first_shard, _Group()
    for file in files:
        group.add(file)
        if group.is_full:
            yield Shard(number, tuple(group.clips), tuple(group.spooled))
            number, group = number + 1, _Group()
    if group.clips:
        yield Shard(number, tuple(group.clips), tuple(group.spooled))

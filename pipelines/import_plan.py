"""The plan of a conversion: a file with one line a clip that is still to be converted.

It is what passes between the reading of a corpus's tables and the conversion, so that neither has
to hold the other's memory, and workers need to be told no more than a place in it. The segments of
a recording stand together in it, and in one shard: it is decoded once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from importers.corpus import Audio

SHARD_CLIPS = 256
SHARD_RECORDINGS = 16
"""A recording is decoded by one thread, so a shard has several of them, whatever their segments."""
_MOST_CLIPS = 16  # times SHARD_CLIPS: then it is enough, however few the recordings are


@dataclass(frozen=True, slots=True)
class PlannedClip:
    """A clip to convert."""

    key: str
    audio: Audio
    seconds: float | None = None
    """The published length."""

    def to_line(self) -> str:
        """As ``path key start end channel seconds``, separated by tabs; "" for what is not set."""
        audio = self.audio
        end = "" if audio.end is None else repr(audio.end)
        channel = "" if audio.channel is None else str(audio.channel)
        seconds = "" if self.seconds is None else repr(self.seconds)
        return f"{audio.path}\t{self.key}\t{audio.start!r}\t{end}\t{channel}\t{seconds}\n"

    @staticmethod
    def from_line(line: str) -> "PlannedClip":
        """The clip of one line of the plan."""
        path, key, start, end, channel, seconds = line.rstrip("\n").split("\t")
        audio = Audio(
            path, float(start), float(end) if end else None, int(channel) if channel else None
        )
        return PlannedClip(key, audio, float(seconds) if seconds else None)


@dataclass(frozen=True, slots=True)
class PlanSlice:
    """Some consecutive lines of a plan: a shard of an unpacked corpus."""

    shard: int
    offset: int
    """Bytes from the beginning of the plan."""
    clips: int


class ShardSize:
    """Counts what a shard holds; a new recording begins another one when it is full."""

    def __init__(self, shard_clips: int = SHARD_CLIPS) -> None:
        self._enough = shard_clips
        self.clips = 0
        self._recordings = 0

    def add_recording(self, clips: int = 1) -> None:
        """Of a clip that is a file of its own: a recording with one clip."""
        self._recordings += 1
        self.clips += clips

    def add_segment(self) -> None:
        """One more clip of the last recording."""
        self.clips += 1

    @property
    def is_full(self) -> bool:
        """Whether the next recording belongs to another shard."""
        many = self._recordings >= min(SHARD_RECORDINGS, self._enough)
        return self.clips >= self._enough and (many or self.clips >= _MOST_CLIPS * self._enough)


class PlanWriter:
    """Writes the plan and cuts it into slices, none of which ends within a recording.

    ``stream`` is a file that can be read by its name.
    """

    def __init__(self, stream: TextIO, first_shard: int, shard_clips: int = SHARD_CLIPS) -> None:
        self._stream = stream
        self._first_shard = first_shard
        self._shard_clips = shard_clips
        self._seen: set[str] = set()  # the paths of recordings
        self._scattered = False
        self._begin()

    def _begin(self) -> None:
        self._recording: str | None = None
        self._offset = 0
        self._slices: list[PlanSlice] = []
        self._pending_offset = 0
        self._size = ShardSize(self._shard_clips)

    def write(self, clip: PlannedClip) -> None:
        """Append one clip."""
        recording = clip.audio.path if clip.audio.is_part else None
        if recording is not None and recording != self._recording:
            self._scattered |= recording in self._seen
            self._seen.add(recording)
        self._append(clip.to_line(), recording)

    def slices(self) -> list[PlanSlice]:
        """The slices of all that has been written.

        Where the tables name a recording again and again among others, the plan is put into order
        first.
        """
        if self._scattered:
            self._gather()
        if self._size.clips:
            self._cut()
        return self._slices

    def _append(self, line: str, recording: str | None) -> None:
        """A line of the plan; ``recording`` is the path of a segment's."""
        if recording is not None and recording == self._recording:
            self._size.add_segment()
        else:
            if self._size.is_full:
                self._cut()
            self._size.add_recording()
        self._recording = recording
        self._stream.write(line)
        self._offset += len(line.encode())

    def _cut(self) -> None:
        number = self._first_shard + len(self._slices)
        self._slices.append(PlanSlice(number, self._pending_offset, self._size.clips))
        self._size, self._pending_offset = ShardSize(self._shard_clips), self._offset

    def _gather(self) -> None:
        """Write the plan again, the clips of each file together, in the order of their first."""
        self._stream.flush()
        by_path = read_by_path(Path(self._stream.name))
        self._stream.seek(0)
        self._stream.truncate()
        self._begin()
        for path, lines in by_path.items():
            for line in lines.removesuffix("\n").split("\n"):
                self._append(f"{line}\n", path)
        self._scattered = False


def read_slice(plan: Path, piece: PlanSlice) -> Iterator[PlannedClip]:
    """The clips of a slice."""
    with plan.open("rb") as stream:
        stream.seek(piece.offset)
        for _ in range(piece.clips):
            yield PlannedClip.from_line(stream.readline().decode())


def read_plan(plan: Path) -> Iterator[PlannedClip]:
    """The clips of a plan, without the lines that a full disk or a power cut has torn."""
    with plan.open(encoding="utf-8", errors="replace", newline="\n") as stream:
        for line in stream:
            try:
                clip = PlannedClip.from_line(line)
            except ValueError:
                continue
            yield clip


def clips_of(lines: str) -> Iterator[PlannedClip]:
    """The clips of some lines (of which a path may hold U+2028: only ``\\n`` ends them)."""
    return map(PlannedClip.from_line, lines.removesuffix("\n").split("\n"))


def read_by_path(plan: Path) -> dict[str, str]:
    """All lines of the plan by the path of their audio, several lines of one path joined.

    Strings, not objects: for 2.6 million clips that is a third of the memory.
    """
    lines: dict[str, str] = {}
    others: dict[str, bytearray] = {}  # which grow in place: a recording may have 10,000 lines
    with plan.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            path = line.partition("\t")[0]
            if path in lines:
                others.setdefault(path, bytearray()).extend(line.encode())
            else:
                lines[path] = line
    while others:
        path, rest = others.popitem()
        lines[path] += rest.decode()
    return lines

"""The plan of a conversion: a file with one line a clip that is still to be converted.

It is what passes between the reading of a corpus's tables and the conversion, so that neither has
to hold the other's memory, and workers need to be told no more than a place in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from importers.corpus import Audio

SHARD_CLIPS = 256


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


class PlanWriter:
    """Writes the plan and cuts it into slices."""

    def __init__(self, stream: TextIO, first_shard: int, shard_clips: int = SHARD_CLIPS) -> None:
        self._stream = stream
        self._first_shard = first_shard
        self._shard_clips = shard_clips
        self._offset = 0
        self._slices: list[PlanSlice] = []
        self._pending = 0
        self._pending_offset = 0

    def write(self, clip: PlannedClip) -> None:
        """Append one clip."""
        line = clip.to_line()
        self._stream.write(line)
        self._offset += len(line.encode())
        self._pending += 1
        if self._pending == self._shard_clips:
            self._cut()

    def slices(self) -> list[PlanSlice]:
        """The slices of all that has been written."""
        if self._pending:
            self._cut()
        return self._slices

    def _cut(self) -> None:
        number = self._first_shard + len(self._slices)
        self._slices.append(PlanSlice(number, self._pending_offset, self._pending))
        self._pending, self._pending_offset = 0, self._offset


def read_slice(plan: Path, piece: PlanSlice) -> Iterator[PlannedClip]:
    """The clips of a slice."""
    with plan.open("rb") as stream:
        stream.seek(piece.offset)
        for _ in range(piece.clips):
            yield PlannedClip.from_line(stream.readline().decode())


def read_plan(plan: Path) -> Iterator[PlannedClip]:
    """All clips of a plan."""
    with plan.open(encoding="utf-8", newline="\n") as stream:
        yield from map(PlannedClip.from_line, stream)


def clips_of(lines: str) -> Iterator[PlannedClip]:
    """The clips of some lines (of which a path may hold U+2028: only ``\\n`` ends them)."""
    return map(PlannedClip.from_line, lines.removesuffix("\n").split("\n"))


def read_by_path(plan: Path) -> dict[str, str]:
    """All lines of the plan by the path of their audio, several lines of one path joined.

    Strings, not objects: for 2.6 million clips that is a third of the memory.
    """
    lines: dict[str, str] = {}
    with plan.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            path = line.partition("\t")[0]
            lines[path] = lines.get(path, "") + line
    return lines

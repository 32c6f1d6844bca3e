"""The features that one run has put into a cache: a file that grows, and an index behind it.

    RUN.features    float32, one clip after the other, each from a multiple of 64 bytes on
    RUN.index       32 bytes for each (ENTRY), written when its features are there

Whatever happens to a run, its files hold whole clips up to somewhere: half an entry at the end is
passed over, and an entry whose features are missing or others is told by their checksum.
"""

import contextlib
import mmap
import os
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Key = tuple[int, int]
"""128 bits that stand for a clip's audio."""

ENTRY: Final = np.dtype(
    [("key", "<u8", (2,)), ("offset", "<u8"), ("frames", "<u4"), ("checksum", "<u4")]
)
INDEX: Final = ".index"
_DATA = ".features"
_VALUE: Final = np.dtype("<f4")
_ALIGNED = 64  # bytes: a line of the processor's cache


@dataclass(frozen=True, slots=True)
class Place:
    """Where the features of a clip are."""

    segment: int
    """Number of the segment."""
    offset: int
    """Bytes before them."""
    frames: int
    checksum: int
    """CRC-32 of the key and the features."""


class SegmentWriter:
    """Appends to the two files of this run. Not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        """Make the files. Raises OSError."""
        self.index = folder / f"{uuid.uuid4().hex}{INDEX}"
        with contextlib.ExitStack() as stack:
            # The index last: where there is one, there are features.
            self._files = [
                stack.enter_context(path.open("xb", buffering=0))
                for path in (_data_of(self.index), self.index)
            ]
            self._open = stack.pop_all()
        self._ends = [0, 0]

    def append(self, key: Key, made: Features, *, segment: int) -> Place:
        """Put a clip's features [frames, coefficients] behind the others.

        Raises OSError; then the files are as they were, and nothing more may be appended.
        """
        content = memoryview(made.astype(_VALUE, copy=False).tobytes())
        offset = -(-self._ends[0] // _ALIGNED) * _ALIGNED
        place = Place(segment, offset, len(made), _checksum(key, content))
        entry = np.array([(key, offset, len(made), place.checksum)], ENTRY)
        try:
            _write(self._files[0].fileno(), content, offset)
            _write(self._files[1].fileno(), memoryview(entry.tobytes()), self._ends[1])
        except OSError:
            # Who filled the disk may need these bytes: a checkpoint, say.
            for file, end in zip(self._files, self._ends, strict=True):
                with contextlib.suppress(OSError):
                    file.truncate(end)
            raise
        self._ends = [offset + len(content), self._ends[1] + ENTRY.itemsize]
        return place

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()


class SegmentReader:
    """The features of a run, mapped into memory. For many threads; the run may go on meanwhile."""

    def __init__(self, index: Path, coefficients: int) -> None:
        self._index, self._coefficients = index, coefficients
        self._map: mmap.mmap | None = None

    def entries(self) -> NDArray[np.void]:
        """The index: an array of ENTRY. Raises OSError."""
        content = self._index.read_bytes()
        return np.frombuffer(content, ENTRY, len(content) // ENTRY.itemsize)

    def read(self, place: Place, key: Key) -> Features | None:
        """The features of a clip, read-only; None where they are missing or damaged."""
        size = place.frames * self._coefficients * _VALUE.itemsize
        content = self._bytes(place.offset, size)
        if content is None or _checksum(key, content) != place.checksum:
            return None
        return np.frombuffer(content, _VALUE).reshape(place.frames, self._coefficients)

    def _bytes(self, offset: int, size: int) -> memoryview | None:
        mapped = self._map
        if mapped is None or offset + size > len(mapped):
            mapped = self._map = _mapped(_data_of(self._index))
        if mapped is None or offset + size > len(mapped):
            return None
        return memoryview(mapped)[offset : offset + size]


def _data_of(index: Path) -> Path:
    return index.with_suffix(_DATA)


def _mapped(path: Path) -> mmap.mmap | None:
    """A whole file as it is now; None where there is nothing in it."""
    try:
        with path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, ValueError):  # a ValueError: it is empty
        return None


def _checksum(key: Key, content: memoryview) -> int:
    """Of the key too: features of another clip are none of this one."""
    return zlib.crc32(content, zlib.crc32(np.array(key, "<u8").tobytes()))


def _write(descriptor: int, content: memoryview, offset: int) -> None:
    while content:
        written = os.pwrite(descriptor, content, offset)
        content, offset = content[written:], offset + written

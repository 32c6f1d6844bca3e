"""Text that may be compressed: gzip, bzip2, xz or Zstandard, told by its first bytes."""

import bz2
import contextlib
import importlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from importers.errors import FormatError, UsageError

_READ_BYTES = 1 << 20
_ZSTD_BYTES = 1 << 16  # what one such piece unpacks to is in memory at once
_ZSTD_WINDOW = 1 << 31  # bytes: what `zstd --ultra --long=31` makes is read too
_ZSTD_LEVEL = 3  # its default
_HEAD_BYTES = 262  # as far as the mark of a tar archive
_ZIP, _GZIP, _BZIP2, _XZ, _ZSTD = (
    b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


class Output(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """Write them all."""


@contextlib.contextmanager
def unpacked(stream: io.RawIOBase, name: str) -> Iterator[io.BufferedReader]:
    """What is packed in ``stream``, or the stream itself where nothing is.

    Inside the block, what a damaged or truncated file raises becomes a FormatError that has its
    ``name``. Raises UsageError for archives of files, and where a package is not installed.
    """
    packed = io.BufferedReader(stream, _READ_BYTES)
    kind, opener = _kind(packed, name)
    try:
        plain: Any = io.BufferedReader(opener(packed), _READ_BYTES) if opener else packed
        _refuse_archive(plain, name)
        yield plain
    except Exception as error:
        if opener and is_damage(error):
            raise FormatError(f"{name}: damaged {kind}: {error}. Fetch the file again") from None
        raise


def is_packed(path: Path) -> bool:
    """Whether a file's first bytes are those of what `unpacked` unpacks. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES).startswith((_ZIP, _GZIP, _BZIP2, _XZ, _ZSTD))


def zstd_reader(stream: io.RawIOBase, name: str) -> io.BufferedReader:
    """What is packed in ``stream`` by Zstandard, whatever it is; its errors are as they come."""
    packed = io.BufferedReader(stream, _READ_BYTES)
    return io.BufferedReader(_ZstdFrames(packed, _package("zstandard", name)), _READ_BYTES)


@contextlib.contextmanager
def zstd_writer(stream: Output, name: str) -> Iterator[Output]:
    """Packs what is written into ``stream``, which stays open: equal content to equal bytes."""
    zstandard = _package("zstandard", name)
    packer = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    with packer.stream_writer(stream, closefd=False) as packed:
        yield packed


def _kind(packed: Any, name: str) -> tuple[str, Callable[[Any], Any] | None]:
    """What it is packed with, and what unpacks it."""
    head = packed.peek(_HEAD_BYTES)
    if head.startswith(_ZIP):
        raise UsageError(
            f"{name}: is a zip archive. Unpack it: unzip -p {name} | build-lm --text -"
        )
    if head.startswith(_GZIP):
        igzip = _package("isal.igzip", name)
        return "gzip", lambda stream: igzip.IGzipFile(fileobj=stream, mode="rb")
    if head.startswith(_BZIP2):
        return "bzip2", bz2.BZ2File
    if head.startswith(_XZ):
        return "xz", lzma.LZMAFile
    if head.startswith(_ZSTD):
        zstandard = _package("zstandard", name)
        return "zstd", lambda stream: _ZstdFrames(stream, zstandard)
    return "", None


def _package(name: str, path: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise UsageError(
            f"{path}: needs the Python package {package} to be unpacked. Install it: "
            f"pip install {package}"
        ) from None


def _refuse_archive(plain: Any, name: str) -> None:
    if plain.peek(_HEAD_BYTES)[257:262] == b"ustar":
        raise UsageError(f"{name}: is a tar archive. Unpack it, and name the text files in it")


def is_damage(error: Exception) -> bool:
    """Whether an unpacker raised this (bz2 raises OSError without a number, isal its own)."""
    if isinstance(error, OSError):
        return error.errno is None
    known = (EOFError, lzma.LZMAError, zlib.error)
    return isinstance(error, known) or type(error).__module__.startswith(
        ("zstandard", "isal", "igzip")
    )


class _ZstdFrames(io.RawIOBase):
    """The frames of a Zstandard file, one after another; unlike zstandard's own reader, it minds
    when the last one is cut off."""

    def __init__(self, stream: Any, zstandard: Any) -> None:
        self._stream = stream
        self._new_frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj
        self._frame: Any = None
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._plain:
            packed = self._packed()
            if not packed:
                return 0
            self._frame = self._frame or self._new_frame()
            self._plain = memoryview(self._frame.decompress(packed))
        size = min(len(buffer), len(self._plain))
        buffer[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def _packed(self) -> bytes:
        """The next bytes of the frame in hand, or of the next one; empty at the end."""
        rest = b""
        if self._frame is not None and self._frame.eof:
            rest, self._frame = self._frame.unused_data, None
        rest = rest or self._stream.read(_ZSTD_BYTES)
        if not rest and self._frame is not None:
            raise EOFError("Compressed file ended before the end of its last frame")
        return rest

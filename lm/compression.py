"""Text that may be compressed: gzip, bzip2, xz or Zstandard, told by its first bytes."""

import bz2
import contextlib
import importlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from importers.errors import FormatError, UsageError

_READ_BYTES = 1 << 20
_ZSTD_BYTES = 1 << 16  # what one such piece unpacks to is in memory at once
_ZSTD_WINDOW = 1 << 31  # bytes: what `zstd --ultra --long=31` makes is read too
_HEAD_BYTES = 262  # as far as the mark of a tar archive


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
        if opener and _is_damage(error):
            raise FormatError(f"{name}: damaged {kind}: {error}. Fetch the file again") from None
        raise


def _kind(packed: Any, name: str) -> tuple[str, Callable[[Any], Any] | None]:
    """What it is packed with, and what unpacks it."""
    head = packed.peek(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        raise UsageError(
            f"{name}: is a zip archive. Unpack it: unzip -p {name} | build-lm --text -"
        )
    if head.startswith(b"\x1f\x8b"):
        igzip = _package("isal.igzip", name)
        return "gzip", lambda stream: igzip.IGzipFile(fileobj=stream, mode="rb")
    if head.startswith(b"BZh"):
        return "bzip2", bz2.BZ2File
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz", lzma.LZMAFile
    if head.startswith(b"\x28\xb5\x2f\xfd"):
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


def _is_damage(error: Exception) -> bool:
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

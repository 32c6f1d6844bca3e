"""One run at a time in a place: locks of flock(2), which end with the process, however it ends."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from importers.errors import StorageError


@contextlib.contextmanager
def hold_file(path: Path, target: Path, work: str) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is absent and stays; it names the holder.

    Raises StorageError when another run holds it: that this ``work`` is being done in ``target``.
    Raises OSError when the file cannot be opened.
    """
    with path.open("a+", encoding="utf-8") as stream:
        if not _take(stream.fileno()):
            stream.seek(0)
            raise _held(target, work, f" ({stream.read().strip()})")
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        stream.flush()
        yield


@contextlib.contextmanager
def hold_folder(path: Path, target: Path, work: str) -> Iterator[None]:
    """Hold the lock of a folder, which is made where it is absent; the block may move or remove it.

    Raises StorageError and OSError as hold_file does.
    """
    descriptor = _open_folder(path, target, work)
    try:
        yield
    finally:
        os.close(descriptor)


def open_held(path: Path, target: Path, work: str) -> FileIO:
    """A file opened for appending, made where it is absent, and its lock, held until it is closed.

    Meanwhile the holder may rename or remove it. Raises StorageError and OSError as hold_file does.
    """
    while True:
        stream = path.open("ab", buffering=0)
        if not _take(stream.fileno()):
            stream.close()
            raise _held(target, work)
        if _is_at(stream.fileno(), path):
            return stream
        stream.close()  # its holder renamed or removed it before it let go


def _open_folder(path: Path, target: Path, work: str) -> int:
    while True:
        # Not Path.mkdir(exist_ok=True): it raises when the folder goes away while it looks.
        with contextlib.suppress(FileExistsError):
            path.mkdir()
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # its holder has just taken it away
        if not _take(descriptor):
            os.close(descriptor)
            raise _held(target, work)
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # of a folder that its holder took away before it let go


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _held(target: Path, work: str, holder: str = "") -> StorageError:
    return StorageError(
        f"{target}: another {work} is at work here{holder}. Wait for it, or choose another target"
    )

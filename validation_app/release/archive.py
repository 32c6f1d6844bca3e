"""A .tar.gz that is written from front to back, and whose bytes depend on its contents alone."""

import contextlib
import hashlib
import io
import tarfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, BinaryIO, cast

from isal import igzip


class _Hashing:
    """Passes bytes on, and takes their SHA-256 as they go by."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._target.write(data)

    def flush(self) -> None:
        self._target.flush()


class ReleaseArchive:
    """The archive while it is being written: one owner, one date, no date of its making."""

    def __init__(self, tar: tarfile.TarFile, hashing: _Hashing, root: str, moment: datetime):
        self._tar = tar
        self._hashing = hashing
        self._root = root
        self._seconds = int(moment.timestamp())

    def add(self, name: str, content: bytes) -> None:
        """Add a file by its name below the root."""
        self.add_stream(name, io.BytesIO(content), len(content))

    def add_stream(self, name: str, stream: IO[bytes], size: int) -> None:
        """Add a file of ``size`` bytes. Raises OSError when there are fewer in the stream."""
        member = tarfile.TarInfo(f"{self._root}/{name}")
        member.size, member.mtime, member.mode = size, self._seconds, 0o644
        self._tar.addfile(member, stream)
        # tarfile keeps all headers: a gigabyte for a million clips.
        self._tar.members.clear()  # type: ignore[attr-defined]

    @property
    def sha256(self) -> str:
        """Of the whole archive in hexadecimal, once ``write_archive`` is through."""
        return self._hashing.digest.hexdigest()


def _packing(target: _Hashing) -> IO[bytes]:
    packed = igzip.IGzipFile(filename="", mode="wb", compresslevel=1, fileobj=target, mtime=0)  # type: ignore[no-untyped-call]
    return cast(IO[bytes], packed)


@contextlib.contextmanager
def write_archive(target: BinaryIO, root: str, moment: datetime) -> Iterator[ReleaseArchive]:
    """An archive that goes to ``target`` as it is filled; all files bear ``moment``.

    MP3s are hardly smaller when packed: gzip is taken at its fastest useful level.
    """
    hashing = _Hashing(target)
    with (
        _packing(hashing) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        yield ReleaseArchive(tar, hashing, root, moment)

"""Reading tar archives from front to back, with bounded memory, without unpacking their audio.

A compressed tar cannot be entered in the middle, so an import goes through it twice: once for the
tables, once for the audio. Nothing of the audio touches the disk.
"""

import bz2
import dataclasses
import fnmatch
import gzip
import json
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self, cast

from importers import storage
from importers.errors import ArchiveError

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".tar.tar", ".tar.bz2", ".tar.xz")
MAX_MEMBER_BYTES = 64 * 1024 * 1024
"""A larger member is no clip, and is not read into memory."""

_INDEX_NAME = "index.json"
_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of an archive, to be read before the next one is asked for."""

    name: str
    size: int
    """Bytes."""
    _open: Callable[[], IO[bytes]]

    def read(self) -> bytes:
        """The whole content. Raises EOFError when the archive ends within it."""
        content = self._open().read()
        if len(content) != self.size:
            raise EOFError(f"{self.name} has {len(content)} of {self.size} bytes")
        return content

    def copy_to(self, path: Path) -> None:
        """Write the content to a file, piece by piece. Raises EOFError as ``read`` does."""
        with path.open("wb") as target:
            shutil.copyfileobj(self._open(), target, _COPY_BYTES)
        if path.stat().st_size != self.size:
            raise EOFError(f"{self.name} has {path.stat().st_size} of {self.size} bytes")


class _StrictTarInfo(tarfile.TarInfo):
    """Tells a damaged header from the end: tarfile itself takes both for the end."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


def members(archive: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Member]:
    """The regular files of a tar archive, in its order; no links, devices or unsafe names.

    ``on_bytes`` is told the position in the archive file, for progress. Raises ArchiveError when
    the file is no tar archive, is damaged, or ends early; OSError when it cannot be opened.
    """
    count = 0
    with archive.open("rb") as stream:
        try:
            inside = _decompressed(stream)
            with tarfile.open(fileobj=inside, mode="r:", tarinfo=_StrictTarInfo) as tar:
                while (info := tar.next()) is not None:
                    # tarfile keeps every header it has seen: gigabytes for millions of clips.
                    tar.members.clear()  # type: ignore[attr-defined]
                    count += 1
                    if info.isreg() and is_safe(info.name):
                        yield _member(tar, info)
                    if on_bytes:
                        on_bytes(stream.tell())
                _check_rest(tar)
        except tarfile.ReadError as error:
            raise _broken(archive, count, error) from None
        except (EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, OverflowError) as error:
            raise _broken(archive, max(count, 1), error) from None
        except OSError as error:
            if error.errno is not None:
                raise  # of the disk; gzip and bz2 raise theirs without a number
            raise _broken(archive, max(count, 1), error) from None


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    """The tar inside, by the first bytes of the file.

    Not by tarfile's own stream mode: that one does not compare gzip's checksum.
    """
    magic = stream.read(6)
    stream.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if magic.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(stream)
    return stream


def is_safe(name: str) -> bool:
    """Whether a member's or an audio file's name stays below the folder it is relative to."""
    return bool(name) and name[0] != "/" and "\0" not in name and ".." not in name.split("/")


@dataclass(frozen=True, slots=True)
class TableIndex:
    """What the first pass over an archive found."""

    identity: str
    files: int
    tables: int


def extract_tables(
    archive: Path,
    patterns: tuple[str, ...],
    folder: Path,
    identity: str,
    on_bytes: Callable[[int], None] | None = None,
) -> TableIndex:
    """Write the members whose names match ``patterns`` below ``folder``, with all (empty) folders.

    ``read`` of a corpus then finds the same tree as in an unpacked release, without the audio. The
    index is written last: where it stands for the same ``identity`` of the archive, the work is
    done and is not repeated; else ``folder`` is emptied first.
    """
    index_path = folder / _INDEX_NAME
    if index_path.is_file():
        index = TableIndex(**json.loads(index_path.read_text(encoding="utf-8")))
        if index.identity == identity:
            return index
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = tables = 0
    made: set[Path] = set()
    for member in members(archive, on_bytes):
        files += 1
        place = folder / member.name
        if place.parent not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(place.parent)
        if any(fnmatch.fnmatch(place.name, pattern) for pattern in patterns):
            member.copy_to(place)
            tables += 1
    index = TableIndex(identity, files, tables)
    storage.put_text(index_path, json.dumps(dataclasses.asdict(index)) + "\n")
    return index


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def open_member() -> IO[bytes]:
        stream = tar.extractfile(info)
        assert stream is not None  # regular files have content
        return stream

    return Member(str(PurePosixPath(info.name)), info.size, open_member)


def _check_rest(tar: tarfile.TarFile) -> None:
    """Read to the end of the compressed stream, where its checksum stands."""
    while tar.fileobj is not None and tar.fileobj.read(1024 * 1024):
        pass


def _broken(archive: Path, count: int, error: Exception) -> ArchiveError:
    if count == 0:
        return ArchiveError(
            f"{archive}: is no tar archive ({_first_bytes(archive)}). "
            "If it came from a download, that may have saved an error page: download it again"
        )
    return ArchiveError(
        f"{archive}: is damaged or incomplete after {count} files ({error}). Download it again, "
        "compare its size and checksum with the published ones, and run the same command"
    )


def _first_bytes(archive: Path) -> str:
    with archive.open("rb") as stream:
        start = stream.read(40)
    return f"it begins with {start!r}" if start else "it is empty"

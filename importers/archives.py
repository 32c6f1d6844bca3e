"""Reading tar archives from front to back, with bounded memory, without unpacking their audio.

A compressed tar cannot be entered in the middle, so an import goes through it twice: once for the
tables, once for the audio. Nothing of the audio touches the disk.
"""

import bz2
import contextlib
import dataclasses
import fnmatch
import json
import lzma
import posixpath
import shutil
import tarfile
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Self, cast

import numpy as np
import numpy.typing as npt
from isal import igzip, isal_zlib

from importers import storage
from importers.digests import digest_of_name
from importers.errors import ArchiveError
from importers.member_names import MemberNames
from importers.remote import START_BYTES

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".tar.tar", ".tar.bz2", ".tar.xz")
MAX_MEMBER_BYTES = 64 * 1024 * 1024
"""A larger member is no clip, and is not read into memory."""

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_INDEX_NAME = "index.json"
NAMES = "members.u64"
"""Beside the tables of an archive: MemberNames."""
_DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    cast(type[Exception], isal_zlib.error),  # whose stubs tell of an instance
    lzma.LZMAError,
    tarfile.TarError,
    OverflowError,
)
_COPY_BYTES = 1024 * 1024


class _Reading:
    """Reading one archive: how far it is, and what its errors mean to a user."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self.files = 0

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what the block raises of a damaged archive into ArchiveError."""
        try:
            yield
        except _DAMAGE as error:
            raise self._broken(error) from None
        except OSError as error:
            if error.errno is not None:
                raise  # of the disk; gzip and bz2 raise theirs without a number
            raise self._broken(error) from None

    def _broken(self, error: Exception) -> ArchiveError:
        if self.files == 0:
            what = _what_to_do(self._archive)
            return ArchiveError(f"{self._archive}: is no tar archive: {what}")
        return ArchiveError(
            f"{self._archive}: is damaged or incomplete after {self.files} files ({error}). "
            "Remove it, download it again, compare its size and checksum with the published "
            "ones, and run the same command"
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of an archive, to be read before the next one is asked for."""

    number: int
    """Its place among the files and links of the archive, from 0."""
    name: str
    size: int
    """Bytes."""
    _open: Callable[[], IO[bytes]]
    _reading: _Reading

    def read(self) -> bytes:
        """The whole content. Raises ArchiveError when the archive is damaged within it."""
        with self._reading.explained():
            content = self._open().read()
            self._require_all(len(content))
        return content

    def copy_to(self, path: Path) -> None:
        """Write the content to a file, piece by piece. Raises ArchiveError as ``read`` does."""
        with path.open("wb") as target, self._reading.explained():
            shutil.copyfileobj(self._open(), target, _COPY_BYTES)
            self._require_all(target.tell())

    def _require_all(self, read: int) -> None:
        if read != self.size:
            raise EOFError(f"{self.name} has {read} of {self.size} bytes")


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


def members(
    archive: Path,
    on_bytes: Callable[[int], None] | None = None,
    on_link: Callable[[int, str, str], None] | None = None,
) -> Iterator[Member]:
    """The regular files of a tar archive, in its order; no devices or unsafe names.

    ``on_bytes`` is told the position in the archive file, for progress; ``on_link`` the number of
    each hard or symbolic link, its name, and the name of what it stands for.

    Raises ArchiveError when the file is no tar archive, is damaged, or ends early; OSError when it
    cannot be opened.
    """
    reading = _Reading(archive)
    with archive.open("rb") as stream, reading.explained():
        inside = _decompressed(stream)
        number = 0
        with tarfile.open(fileobj=inside, mode="r:", tarinfo=_StrictTarInfo) as tar:
            while (info := tar.next()) is not None:
                # tarfile keeps every header it has seen: gigabytes for millions of clips.
                tar.members.clear()  # type: ignore[attr-defined]
                reading.files += 1
                if is_safe(info.name) and (info.isreg() or info.islnk() or info.issym()):
                    if info.isreg():
                        yield _member(number, tar, info, reading)
                    elif on_link:
                        on_link(number, _plain(info.name), _link_target(info))
                    number += 1
                if on_bytes:
                    on_bytes(stream.tell())
            _check_rest(tar)


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    """The tar inside, by the first bytes of the file.

    Not by tarfile's own stream mode: that one does not compare gzip's checksum.
    """
    magic = stream.read(6)
    stream.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], igzip.IGzipFile(fileobj=stream, mode="rb"))  # type: ignore[no-untyped-call]
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if magic.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(stream)
    return stream


def is_safe(name: str) -> bool:
    """Whether a member's or an audio file's name stays below the folder it is relative to."""
    return bool(name) and name[0] != "/" and "\0" not in name and ".." not in name.split("/")


def below(prefix: str, name: str) -> str:
    """A member's name as seen from the folder ``prefix``; what is outside begins with ``/``."""
    return name.removeprefix(prefix) if name.startswith(prefix) else f"/{name}"


@dataclass(frozen=True, slots=True)
class TableIndex:
    """What the first pass over an archive found."""

    identity: str
    files: int
    tables: int
    links: Mapping[str, str] = field(default_factory=dict)
    """The name of the file that each link stands for; none for links that lead nowhere."""
    superseded: tuple[int, ...] = ()
    """Numbers of the members that a later one of the same name replaces, as unpacking would."""


class _Names:
    """What the first pass keeps of the names of all members: eight bytes of each."""

    def __init__(self) -> None:
        self._digests = array("Q")
        self._links: list[tuple[int, str, str]] = []

    def add(self, name: str) -> None:
        self._digests.append(digest_of_name(name))

    def add_link(self, number: int, name: str, target: str) -> None:
        self.add(name)
        self._links.append((number, name, target))

    def superseded(self) -> tuple[int, ...]:
        digests = self._all()
        order = np.argsort(digests, kind="stable")
        followed = digests[order[:-1]] == digests[order[1:]]
        return tuple(sorted(order[:-1][followed].tolist()))

    def of_files(self, superseded: tuple[int, ...]) -> MemberNames:
        others = [*superseded, *(number for number, *_ in self._links)]
        return MemberNames(np.delete(self._all(), np.array(others, dtype=np.intp)))

    def _all(self) -> npt.NDArray[np.uint64]:
        return np.frombuffer(self._digests, dtype=np.uint64)

    def links(self, superseded: tuple[int, ...]) -> dict[str, str]:
        replaced = frozenset(superseded)
        targets = {name: target for number, name, target in self._links if number not in replaced}
        return {name: found for name in targets if (found := _end_of(name, targets)) is not None}


def _end_of(name: str, links: Mapping[str, str]) -> str | None:
    """Where a chain of links ends; None for one that leads out of the archive, or in circles."""
    seen = set[str]()
    while name in links and name not in seen:
        seen.add(name)
        name = links[name]
    return name if is_safe(name) and name not in seen else None


def extract_tables(
    archive: Path,
    patterns: tuple[str, ...],
    folder: Path,
    identity: str,
    on_bytes: Callable[[int], None] | None = None,
    listed: tuple[str, ...] = (),
) -> TableIndex:
    """Write the members whose names match ``patterns`` below ``folder``, with all (empty) folders.

    ``read`` of a corpus then finds the same tree as in an unpacked release, without the audio; an
    empty file stands for each member that matches ``listed``. The
    names of all files go to NAMES, and the index is written last: where it stands for the same
    ``identity`` of the archive, the work is done and is not repeated; else ``folder`` is emptied
    first.
    """
    known = read_index(folder)
    if known is not None and known.identity == identity:
        return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = tables = 0
    made: set[Path] = set()
    names = _Names()
    for member in members(archive, on_bytes, names.add_link):
        names.add(member.name)
        files += 1
        place = folder / member.name
        if place.parent not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(place.parent)
        if _is_table(member.name, patterns):
            member.copy_to(place)
            tables += 1
        elif _is_table(member.name, listed):
            place.touch()
    superseded = names.superseded()
    links = names.links(superseded)
    _stand_for(folder, listed, links)
    tables += _copy_linked_tables(folder, patterns, links)
    index = TableIndex(identity, files, tables, links, superseded)
    names.of_files(superseded).write(folder / NAMES)
    storage.put_text(folder / _INDEX_NAME, json.dumps(dataclasses.asdict(index)) + "\n")
    return index


def _is_table(name: str, patterns: tuple[str, ...]) -> bool:
    """By the end of a member's name: where the root of its release is, is not known yet."""
    last = name.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(last, pattern.rpartition("/")[2])
        and PurePosixPath(name).match(pattern.removeprefix("**/"))
        for pattern in patterns
    )


def _stand_for(folder: Path, listed: tuple[str, ...], links: Mapping[str, str]) -> None:
    for name in links:
        if _is_table(name, listed):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()


def _copy_linked_tables(folder: Path, patterns: tuple[str, ...], links: Mapping[str, str]) -> int:
    copied = 0
    for name, target in links.items():
        place, source = folder / name, folder / target
        if _is_table(name, patterns) and source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
            copied += 1
    return copied


def read_index(folder: Path) -> TableIndex | None:
    """What extract_tables left in ``folder``; None where it is not done."""
    if not (folder / NAMES).is_file():
        return None
    try:
        content = json.loads((folder / _INDEX_NAME).read_text(encoding="utf-8"))
        return TableIndex(**{**content, "superseded": tuple(content["superseded"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _plain(name: str) -> str:
    return str(PurePosixPath(name))


def _link_target(info: tarfile.TarInfo) -> str:
    """A hard link names a member; a symbolic one leads on from the folder that it lies in."""
    if info.islnk():
        return _plain(info.linkname)
    return posixpath.normpath(posixpath.join(posixpath.dirname(info.name), info.linkname))


def _member(number: int, tar: tarfile.TarFile, info: tarfile.TarInfo, reading: _Reading) -> Member:
    def open_member() -> IO[bytes]:
        stream = tar.extractfile(info)
        assert stream is not None  # regular files have content
        return stream

    return Member(number, _plain(info.name), info.size, open_member, reading)


def _check_rest(tar: tarfile.TarFile) -> None:
    """Read to the end of the compressed stream, where its checksum stands."""
    while tar.fileobj is not None and tar.fileobj.read(1024 * 1024):
        pass


def what_else(start: bytes) -> str | None:
    """What a file is, if by its first START_BYTES it cannot be an archive; None if it may be one.

    Archives may be empty (a block of zeros) or compressed; else they begin with a header that has
    its own checksum.
    """
    if start.startswith(_COMPRESSED):
        return None
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
        return None
    except tarfile.HeaderError:
        return _kind(start)
    return None


def _kind(start: bytes) -> str:
    if not start:
        return "it is empty"
    if start.startswith(b"PK"):
        return "it is a zip file"
    if start.lstrip().startswith(b"<"):
        return "it is a web page, perhaps an error message"
    if start.lstrip().startswith(b"{"):
        return "it is JSON, perhaps an error message"
    if b"\t" in start[:60]:
        return "it is a table"
    return "it begins as none does"


def _what_to_do(path: Path) -> str:
    """What a file is that could not be read as an archive from its very beginning, and the way on.

    What was downloaded stands in its place until it is removed: the same command would take it.
    """
    with path.open("rb") as stream:
        start = stream.read(START_BYTES)
    what = "its compression is damaged" if start.startswith(_COMPRESSED) else _kind(start)
    if start.startswith(b"PK"):
        return f"{what}. Unpack it and name the folder"
    if what == "it is a table":
        return f"{what}. Name the folder that it lies in"
    return (
        f"{what}. Remove it, and run the same command again, with its address or a good copy of it "
        "as SOURCE"
    )

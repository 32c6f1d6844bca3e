"""A download on the disk: ``NAME.part`` while it grows, and what is remembered of it afterwards.

    NAME.part, NAME.part.json    the bytes so far, and the version of the file that they are of
    NAME, .NAME.source.json      the finished file, and where it came from

``NAME`` appears whole and verified, or not at all. After kill -9 the part is as long as it was
written; what a power cut may have torn is found by the checksum, where one is known.
"""

import gzip
import hashlib
import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from importers import storage
from importers.digests import hash_shown
from importers.http_headers import Version
from importers.lock import open_held
from importers.part_use import Notes

_PART = ".part"
_NOTES = ".part.json"
_RECORD = ".source.json"


@dataclass(frozen=True, slots=True)
class Record:
    """Where a finished file came from, and what it was then."""

    source: str
    size: int
    sha256: str
    mtime_ns: int
    etag: str | None = None

    @property
    def version(self) -> Version:
        """For comparison with what a server offers."""
        return Version(size=self.size, etag=self.etag, sha256=self.sha256)


def record_of(path: Path) -> Record | None:
    """What is remembered of a finished file; None where nothing is, or it has changed since."""
    record = _read_record(path)
    try:
        stat = path.stat()
    except OSError:
        return None
    unchanged = record and (stat.st_size, stat.st_mtime_ns) == (record.size, record.mtime_ns)
    return record if unchanged else None


def finished(folder: Path, source: str) -> Path | None:
    """The file in ``folder`` that was fetched from ``source`` and stands there unchanged."""
    for file in _recorded(folder):
        record = record_of(file)
        if record is not None and record.source == source:
            return file
    return None


def removed(folder: Path, source: str) -> Path | None:
    """The file that was fetched from ``source`` into ``folder`` once, and is no longer there."""
    for file in _recorded(folder):
        record = _read_record(file)
        if record is not None and record.source == source and not file.exists():
            return file
    return None


def unfinished(folder: Path) -> list[str]:
    """The sources of which a part lies in ``folder``."""
    sources = []
    for path in sorted(folder.glob(f"*{_NOTES}")):
        if path.with_name(path.name.removesuffix(".json")).is_file():
            sources.append(_read_notes(path).source)
    return [source for source in sources if source]


def bytes_here(folder: Path, name: str) -> int:
    """How much of the file called ``name`` lies in ``folder`` already, whole or as a part."""
    for file in (folder / name, folder / f"{name}{_PART}"):
        if file.is_file():
            return file.stat().st_size
    return 0


def remember(path: Path, source: str, sha256: str, etag: str | None = None) -> None:
    """Write down that ``path`` is what ``source`` gave, verified."""
    stat = path.stat()
    _write_record(path, Record(source, stat.st_size, sha256, stat.st_mtime_ns, etag))


def _read_notes(path: Path) -> Notes:
    """Of a file that cannot be read: nothing is known, so nothing will be continued."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = Version(**content.pop("version"))
        return Notes(version=version, **content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Notes()


class PartFile:
    """``NAME.part``, held by one process at a time until it is closed or finished."""

    def __init__(self, folder: Path, name: str, source: str) -> None:
        """Open it, or make an empty one. Raises StorageError where another process holds it."""
        self.target = folder / name
        self.path = folder / f"{name}{_PART}"
        self._notes_path = folder / f"{name}{_NOTES}"
        self._source = source
        self._stream = open_held(self.path, self.target, "download")
        self.size = os.fstat(self._stream.fileno()).st_size
        self._digest: hashlib._Hash | None = None
        self.notes = _read_notes(self._notes_path) if self.size else Notes()

    @property
    def version(self) -> Version:
        """Of the file that the bytes are of."""
        return self.notes.version

    def digest_what_is_there(self) -> None:
        """Read what earlier runs have fetched, for the SHA-256 of all: once, and only if used."""
        if self._digest is None:
            self._digest = hash_shown(self.path)

    def begin(self, version: Version) -> None:
        """Throw away what is there; what comes is of this version."""
        os.ftruncate(self._stream.fileno(), 0)
        self.size = 0
        self._digest = hashlib.sha256()
        self.note(version)

    def note(self, version: Version, refuted: str | None = None) -> None:
        """Write down what is known now of the bytes so far and to come."""
        self.notes = Notes(self._source, version, refuted)
        content = json.dumps(asdict(self.notes), indent=2)
        storage.put_text(self._notes_path, content + "\n")

    def append(self, data: bytes) -> None:
        """Write the next bytes (after digest_what_is_there). Raises OSError; the rest stays."""
        assert self._digest is not None
        rest = memoryview(data)
        while rest:
            written = self._stream.write(rest)
            self._digest.update(rest[:written])
            self.size += written
            rest = rest[written:]

    @property
    def sha256(self) -> str:
        """Of all bytes, in hexadecimal."""
        assert self._digest is not None
        return self._digest.hexdigest()

    def start(self, size: int) -> bytes:
        """The first bytes, as far as they are there."""
        with self.path.open("rb") as stream:
            return stream.read(size)

    def is_gzip_in_gzip(self) -> bool:
        """Whether the file was compressed twice.

        That a server calls a body gzip-encoded says nothing: many do so with every file that ends
        in ``.gz``, as it lies on their disk. So bodies are taken as they come, and looked at here.
        """
        try:
            with gzip.open(self.path) as stream:
                return stream.read(2) == b"\x1f\x8b"
        except (OSError, EOFError, zlib.error):
            return False

    def finish(self) -> Path:
        """Give the file its name. What is remembered comes first: a kill between loses nothing."""
        os.fsync(self._stream.fileno())
        mtime_ns = os.fstat(self._stream.fileno()).st_mtime_ns
        etag = self.version.etag
        _write_record(self.target, Record(self._source, self.size, self.sha256, mtime_ns, etag))
        self.path.replace(self.target)
        self._notes_path.unlink(missing_ok=True)
        return self.target

    def close(self) -> None:
        """Let go of it; an empty one is removed."""
        if self.size == 0:
            self._notes_path.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
        self._stream.close()


def _recorded(folder: Path) -> list[Path]:
    records = sorted(folder.glob(f".*{_RECORD}"))
    return [folder / path.name[1:].removesuffix(_RECORD) for path in records]


def _read_record(path: Path) -> Record | None:
    try:
        return Record(**json.loads(_record_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _record_path(path: Path) -> Path:
    return path.with_name(f".{path.name}{_RECORD}")


def _write_record(path: Path, record: Record) -> None:
    storage.put_text(_record_path(path), json.dumps(asdict(record), indent=2) + "\n")

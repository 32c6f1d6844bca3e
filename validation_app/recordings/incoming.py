"""How MP3s come to DIR/clips: made in a folder of their own, announced, moved, then entered.

A kill at any point leaves a clip with its row, or what the next start sweeps: a folder in
DIR/incoming, which names what was about to be moved. No list of all clips is ever compared with
the table.
"""

import contextlib
import json
import re
import shutil
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select

from importers import storage
from importers.archives import is_safe
from importers.errors import StorageError
from importers.lock import hold_folder
from validation_app.database.sessions import reading
from validation_app.database.tables import Clip

INCOMING: Final = "incoming"
CLIPS: Final = "clips"
_ANNOUNCED: Final = "announced.json"
_FEW: Final = 8
"""Up to so many files are flushed one by one, more with all of their file system at once."""
_ASKED_AT_ONCE: Final = 500
_REMOVALS: Final = 10
_BETWEEN_SECONDS: Final = 0.1


def clip_path(name: str, digest: str) -> str:
    """Where a clip lies below DIR/clips: one of 1,000 folders, told by its digest (hexadecimal).

    ``name`` is for people's eyes; what is not fit for a file name becomes a dash.
    """
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80]
    return f"{zlib.crc32(digest.encode()) % 1000:03d}/{readable}-{digest[:16]}.mp3"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A folder of its own in DIR/incoming, for making MP3s in."""

    data: Path
    folder: Path

    def place(self, made: Mapping[str, Path]) -> None:
        """Move finished MP3s to their paths below DIR/clips; then all is on the disk.

        Each path must get a row before the arrival ends: what has none is removed. Raises OSError.
        """
        self._flush(list(made.values()))
        storage.put_text(self.folder / _ANNOUNCED, json.dumps(list(made)))
        self._flush([self.folder, self.folder.parent])
        folders = set()
        for path, file in made.items():
            place = self.data / CLIPS / path
            if not place.parent.is_dir():
                place.parent.mkdir(parents=True, exist_ok=True)
                folders |= {place.parent.parent, self.data}
            file.replace(place)
            folders.add(place.parent)
        self._flush(list(folders))

    def _flush(self, paths: list[Path]) -> None:
        if len(paths) > _FEW:
            storage.flush_file_system(self.data)
        else:
            for path in paths:
                storage.flush_to_disk(path)


@contextlib.contextmanager
def arrival(data: Path, engine: Engine) -> Iterator[Arrival]:
    """An Arrival; its folder goes when the block ends, and so does what was placed without a row.

    Raises OSError.
    """
    incoming = data / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    folder = incoming / uuid.uuid4().hex
    with hold_folder(folder, data, "upload"):
        try:
            yield Arrival(data, folder)
        finally:
            _settle(data, engine, folder)


def sweep(data: Path, engine: Engine) -> int:
    """Remove what killed processes left half done; the number of their folders.

    What a living process works on is held by it, and stays. Raises OSError.
    """
    incoming = data / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    swept = 0
    for folder in sorted(path for path in incoming.iterdir() if path.is_dir()):
        with contextlib.suppress(StorageError), hold_folder(folder, data, "upload"):
            _settle(data, engine, folder)
            swept += 1
    return swept


def _settle(data: Path, engine: Engine, folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        announced = json.loads((folder / _ANNOUNCED).read_text(encoding="utf-8"))
        for path in _without_row(engine, announced):
            (data / CLIPS / path).unlink(missing_ok=True)
    _remove(folder)


def _remove(folder: Path) -> None:
    """An ffmpeg that outlives its server by a moment may still put a file there."""
    for _ in range(_REMOVALS - 1):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
            return
        time.sleep(_BETWEEN_SECONDS)
    shutil.rmtree(folder)


def _without_row(engine: Engine, paths: list[str]) -> Iterator[str]:
    with reading(engine)() as session:
        for first in range(0, len(paths), _ASKED_AT_ONCE):
            asked = paths[first : first + _ASKED_AT_ONCE]
            known = set(session.scalars(select(Clip.path).where(Clip.path.in_(asked))))
            yield from (path for path in asked if path not in known)


def find_clip(data: Path, path: str) -> Path:
    """The file of a clip by the path in its row. Raises FileNotFoundError when it is not there."""
    place = data / CLIPS / path
    if not is_safe(path) or not place.is_file():
        raise FileNotFoundError(path)
    return place

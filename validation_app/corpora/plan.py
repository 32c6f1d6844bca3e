"""The clips that an import is about, kept in a file of their own: millions take little memory."""

import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

_AT_ONCE = 500
_SUFFIXES = {"mp3", "wav", "flac"}


@dataclass(frozen=True, slots=True)
class PlannedClip:
    """A clip as its corpus tells it."""

    key: str
    """As the corpus names it: unique there; in rejects and priority lists."""
    audio: str
    """The file, from the corpus's own folder, or the archive's member."""
    path: str
    """Where the clip is to lie below DIR/clips."""
    text: str
    client_id: str
    """Empty where the corpus does not name the speaker."""
    up_votes: int
    down_votes: int
    age: str = ""
    gender: str = ""
    accents: str = ""
    domain: str = ""
    seconds: float | None = None
    """As the corpus has published it."""


_COLUMNS = tuple(field.name for field in dataclasses.fields(PlannedClip))


class Plan:
    """All clips of a corpus, in its order; some of them are in the app already."""

    def __init__(self, file: Path) -> None:
        """``file`` is made anew; it is worth nothing once the process has ended."""
        file.unlink(missing_ok=True)
        # Which is why nothing is flushed. Closed by __exit__; used by one thread.
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            f"CREATE TABLE planned (number INTEGER PRIMARY KEY, {', '.join(_COLUMNS)}, name, "
            "is_there INTEGER NOT NULL DEFAULT 0, is_given INTEGER NOT NULL DEFAULT 0)"
        )
        self._connection.execute("CREATE UNIQUE INDEX by_key ON planned (key)")
        self._connection.execute("CREATE INDEX by_audio ON planned (audio)")
        self._connection.execute("CREATE INDEX by_name ON planned (name)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, clip: PlannedClip) -> bool:
        """False for a second clip of the same key, which is not taken."""
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        done = self._connection.execute(
            f"INSERT OR IGNORE INTO planned ({', '.join(_COLUMNS)}, name) VALUES ({marks})",
            (*dataclasses.astuple(clip), _bare(clip.key)),
        )
        return done.rowcount == 1

    def paths(self) -> Iterator[list[str]]:
        """The paths of all clips, some hundred at a time."""
        last = 0
        while True:
            rows = self._connection.execute(
                "SELECT number, path FROM planned WHERE number > ? ORDER BY number LIMIT ?",
                (last, _AT_ONCE),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [path for _, path in rows]

    def mark_there(self, paths: Iterable[str]) -> None:
        """Say of clips, by their paths, that the app has them. Each path is one key's."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_path ON planned (path)")
        self._connection.executemany(
            "UPDATE planned SET is_there = 1 WHERE path = ?", ((path,) for path in paths)
        )

    def counts(self) -> tuple[int, int]:
        """How many clips there are, and how many of them the app has."""
        all_, there = self._connection.execute(
            "SELECT count(*), coalesce(sum(is_there), 0) FROM planned"
        ).fetchone()
        return int(all_), int(there)

    def take(self, audio: str) -> list[PlannedClip]:
        """Those of the wanted clips whose audio it is; they are not left any more."""
        rows = self._connection.execute(
            f"SELECT number, {', '.join(_COLUMNS)} FROM planned "
            "WHERE audio = ? AND is_there = 0 AND is_given = 0 ORDER BY number",
            (audio,),
        ).fetchall()
        for number, *_ in rows:
            self._connection.execute("UPDATE planned SET is_given = 1 WHERE number = ?", (number,))
        return [PlannedClip(*row[1:]) for row in rows]

    def left(self) -> Iterator[PlannedClip]:
        """The wanted clips that were not taken, in the order of the corpus."""
        last = 0
        while True:
            rows = self._connection.execute(
                f"SELECT number, {', '.join(_COLUMNS)} FROM planned WHERE number > ? "
                "AND is_there = 0 AND is_given = 0 ORDER BY number LIMIT ?",
                (last, _AT_ONCE),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (PlannedClip(*row[1:]) for row in rows)

    def paths_of(self, key: str) -> list[str]:
        """Of the clip with this key; else of those whose names are like it, but for folder and
        suffix."""
        for column, value in (("key", key), ("name", _bare(key))):
            found = self._connection.execute(
                f"SELECT path FROM planned WHERE {column} = ? ORDER BY number", (value,)
            ).fetchall()
            if found:
                break
        return [path for (path,) in found]


def _bare(key: str) -> str:
    """A clip's name without folder and suffix."""
    name = PurePosixPath(key).name
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and suffix.lower() in _SUFFIXES else name

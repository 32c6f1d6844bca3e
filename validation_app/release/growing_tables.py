"""The tables of a release while they grow: the clips come once, and each row goes to its table."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from validation_app.release import layout
from validation_app.release.archive import ReleaseArchive


class GrowingTables(contextlib.ExitStack):
    """Tables in files that have no name, below ``folder``: however the process ends, they are gone.

    All methods raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def begin(self, name: str, columns: tuple[str, ...]) -> None:
        """A table and its header."""
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by the stack
        self._files[name] = self.enter_context(file)
        self.add(name, layout.line(columns))

    def add(self, name: str, line: bytes) -> None:
        """A row of a table, as layout.line makes it."""
        self._files[name].write(line)

    def lines(self, name: str) -> Iterator[bytes]:
        """Of a table that is finished; without its header."""
        self._files[name].seek(0)
        next(self._files[name])
        yield from self._files[name]

    def put(self, archive: ReleaseArchive) -> None:
        """Add all tables to an archive, by their names."""
        for name in sorted(self._files):
            put_stream(archive, name, self._files[name])


def put_stream(archive: ReleaseArchive, name: str, stream: BinaryIO) -> None:
    """Add all of a file that can be sought in."""
    size = stream.seek(0, 2)
    stream.seek(0)
    archive.add_stream(name, stream, size)

"""The file that a download is to bring: what is promised of it, and what is on the disk.

It takes its name in a folder, and with it the part that an earlier run may have left; it knows
what the part is good for, and gives it the name only when it is what was promised.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from importers.digests import digest_shown
from importers.errors import DownloadError, UsageError
from importers.http_headers import Version
from importers.part_file import PartFile, record_of, remember
from importers.part_use import Use, use_of
from importers.remote import START_BYTES, Link, Remote, Start


class WantedFile:
    """What ``remote`` promises, in ``folder``; its part is held until ``held`` is closed."""

    def __init__(self, remote: Remote, folder: Path, held: contextlib.ExitStack) -> None:
        self._remote = remote
        self._folder = folder
        self._held = held
        self.promised = Version(size=remote.size, sha256=remote.sha256)
        """Of all bytes, by who knows the file."""
        self._part: PartFile | None = None
        self._there: Path | None = None
        self._ranges = True
        self._ended = False
        self.encoded = False
        """Whether the server says that it has encoded what comes."""

    @property
    def is_named(self) -> bool:
        """Whether it has taken its name: there is a part, or it is finished already."""
        return self._part is not None or self.is_there

    @property
    def is_there(self) -> bool:
        """Whether it was finished before."""
        return self._there is not None

    @property
    def part(self) -> PartFile:
        """Its part, once it has taken its name and was not there."""
        assert self._part is not None
        return self._part

    @property
    def kept(self) -> int:
        """Bytes of it that are on the disk, of whatever use they are."""
        return self._part.size if self._part else 0

    @property
    def offset(self) -> int:
        """Where to go on: bytes of the part that are not to be fetched again."""
        return 0 if self._part is None or self._use is Use.ANEW else self._part.size

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to be fetched any more."""
        if self._part is None:
            return self.is_there
        return self._ended or self._use is Use.WHOLE

    @property
    def _use(self) -> Use:
        part = self.part
        use = use_of(part.notes, part.size, self._remote.source, self.promised)
        return use if self._ranges or use is Use.WHOLE else Use.ANEW

    def claim(self, name: str, offered: Callable[[], Version]) -> None:
        """Take the name: open its part, or find that the finished file is there already.

        ``offered`` is what the server would send. Raises StorageError where another process is at
        it, UsageError where another file has the name, and what ``offered`` raises.
        """
        target = self._folder / name
        if not target.exists():
            part = self._held.enter_context(
                contextlib.closing(PartFile(self._folder, name, self._remote.source))
            )
            if not target.exists():  # nor finished by another process in this moment
                self._part = part
                return
        self._there = self._same_file(target, offered)

    def _same_file(self, path: Path, offered: Callable[[], Version]) -> Path:
        """``path``, if it is the file that is to be fetched. Raises UsageError otherwise."""
        record = record_of(path)
        if self.promised.sha256 is not None:
            sha256 = record.sha256 if record else digest_shown(path)
            if sha256 == self.promised.sha256:
                remember(path, self._remote.source, sha256, record.etag if record else None)
                return path
        elif record is not None and record.version.equals(offered()):
            return path
        raise UsageError(
            f"{path}: is here already, and not known to be {self._remote.source}. Name it as "
            "SOURCE to use it, or move it away to fetch the other"
        )

    def promise(self, link: Link) -> None:
        """Believe what a link says of the file. Raises DownloadError where more was said before."""
        if self.promised.differs(Version(size=link.size, sha256=link.sha256)):
            raise DownloadError(
                f"{self._remote.source}: has changed a moment ago. Run the same command again"
            )
        self.promised = Version(
            size=self.promised.size if link.size is None else link.size,
            sha256=self.promised.sha256 or link.sha256,
        )

    def start(self) -> Start:
        """What is about to come."""
        part, done = self.part, self.offset
        size = self.promised.size if self.promised.size is not None else part.version.size
        return Start(part.target.name, size, done, freed=part.size - done)

    def is_partly(self, offered: Version) -> bool:
        """Whether the part is of this version, so that the rest alone may be asked for."""
        return self._use is not Use.ANEW and self.part.version.equals(offered)

    def begin(self, offered: Version) -> None:
        """Throw away what is there: all of this version is to come."""
        self.part.begin(replace(offered, sha256=self.promised.sha256))

    def start_over(self) -> None:
        """Of what is there, nothing is to be continued."""
        self.part.note(Version())
        self._ended = False

    def give_up_ranges(self) -> None:
        """The server lies about parts: no more are asked for."""
        self._ranges = False

    def end(self) -> None:
        """The server has no more."""
        self._ended = True

    def require_its_kind(self) -> None:
        """Raises DownloadError, and keeps nothing, where what came is no such file at all.

        Errors come with 200 too, and would stand under the name of the file for good.
        """
        part = self.part
        what = self._remote.what_else(part.start(START_BYTES)) if part.size else "it is empty"
        if what is not None:
            part.begin(Version())
            raise DownloadError(
                f"{self._remote.source}: the server gives another file than was meant: {what}. "
                "Compare the address in a browser; the same command asks again"
            )

    def finish(self) -> Path:
        """Give the file its name. Raises DownloadError where it is not what was promised."""
        if self._there is not None:
            return self._there
        self.require_its_kind()
        self.part.digest_what_is_there()
        self._require_the_promised()
        if self.encoded and self.part.is_gzip_in_gzip():
            self.start_over()
            raise DownloadError(
                f"{self._remote.source}: the server compresses the archive once more, though it is "
                "asked not to. Fetch the file with a browser and name it as SOURCE"
            )
        return self.part.finish()

    def _require_the_promised(self) -> None:
        part, promised = self.part, self.promised
        if promised.size is not None and part.size != promised.size:
            self.start_over()
            raise DownloadError(
                f"{self._remote.source}: the server gave {part.size:,} bytes, and "
                f"{promised.size:,} were promised. The same command fetches it anew"
            )
        if promised.sha256 is not None and part.sha256 != promised.sha256:
            part.note(replace(part.version, size=part.size, sha256=None), promised.sha256)
            raise DownloadError(
                f"{part.path}: has the SHA-256 {part.sha256}, and {promised.sha256} was promised. "
                "The same command fetches it anew; if it is the promise that is wrong, give the "
                "right one"
            )

"""Fetch one file by HTTP, whole and verified or not at all; the same call goes on with a part.

    GET -> 200: from the beginning          -> NAME.part -> size and SHA-256 -> NAME
        -> 206: on from where the part ends

A part is continued only as the version that it is of: the server is asked with If-Range, or the
checksum is known; what it answers is not believed but compared. Anything else starts over. A link
that expires on the way (a presigned URL) is asked for anew.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from urllib3.exceptions import HTTPError

from importers import console
from importers.console import Progress, byte_count, bytes_progress
from importers.digests import digest_shown
from importers.errors import DownloadError, UsageError
from importers.http_answers import (
    EXPIRED,
    NoLogin,
    file_name,
    is_encoded,
    is_web_page,
    refusal,
)
from importers.http_attempts import (
    Attempts,
    Patience,
    TryAgainError,
    display,
    new_session,
    send,
    status,
)
from importers.http_headers import (
    Version,
    content_length,
    content_range,
    unsatisfied_total,
    version_of,
)
from importers.part_file import PartFile, record_of, remember
from importers.part_use import Use, use_of
from importers.remote import START_BYTES, Link, Remote, Start

_READ_BYTES = 1024 * 1024
Check = Callable[[Start], None]
Say = Callable[[str], None]


def download(
    remote: Remote,
    folder: Path,
    check: Check,
    *,
    patience: Patience | None = None,
    say: Say = console.say,
) -> Path:
    """Fetch ``remote`` into ``folder``; the path of the finished file.

    ``check`` is called once before bytes are written, and may raise (no space, say). Raises
    DownloadError for what cannot be fetched or is not what was promised, StorageError where another
    process is at it, UsageError where another file has the name, OSError of the disk. What has been
    fetched stays, and the next call goes on with it.
    """
    with _Download(remote, folder, check, patience or Patience(), say) as work:
        return work.run()


class _Download:
    def __init__(
        self, remote: Remote, folder: Path, check: Check, patience: Patience, say: Say
    ) -> None:
        self._remote = remote
        self._folder = folder
        self._check = check
        self._patience = patience
        self._say = say
        self._attempts = Attempts(remote.name or remote.source, patience, say)
        self._promised = Version(size=remote.size, sha256=remote.sha256)
        self._link: Link | None = None
        self._renewed_at: int | None = None
        self._part: PartFile | None = None
        self._there: Path | None = None
        self._progress: Progress | None = None
        self._ranges = True
        self._ended = False
        self._encoded = False
        self._most = 0
        self._open = contextlib.ExitStack()
        self._session = self._open.enter_context(new_session())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def run(self) -> Path:
        while self._there is None and not self._is_whole():
            try:
                if self._part is None and self._remote.name:
                    self._claim(self._remote.name, None)
                else:
                    self._attempt()
            except TryAgainError as error:
                kept = self._part.size if self._part else 0
                self._attempts.wait(error, progressed=kept > self._most, kept=kept)
                self._most = max(self._most, kept)
        return self._there or self._finish()

    # The file on the disk.

    def _claim(self, name: str, offered: Version | None) -> None:
        """Take the name: open its part, or find that the finished file is there already."""
        target = self._folder / name
        if not target.exists():
            part = self._open.enter_context(
                contextlib.closing(PartFile(self._folder, name, self._remote.source))
            )
            if not target.exists():  # nor finished by another process in this moment
                self._take(part)
                return
        self._there = self._same_file(target, offered)

    def _take(self, part: PartFile) -> None:
        self._part = part
        self._most = 0 if self._use() is Use.ANEW else part.size
        if self._promised.size is not None:
            self._start()

    def _same_file(self, path: Path, offered: Version | None) -> Path:
        """``path``, if it is the file that is to be fetched. Raises UsageError otherwise."""
        record = record_of(path)
        if self._promised.sha256 is not None:
            sha256 = record.sha256 if record else digest_shown(path)
            if sha256 == self._promised.sha256:
                remember(path, self._remote.source, sha256, record.etag if record else None)
                return path
        elif record is not None and record.version.equals(offered or self._offered()):
            return path
        raise UsageError(
            f"{path}: is here already, and not known to be {self._remote.source}. Name it as "
            "SOURCE to use it, or move it away to fetch the other"
        )

    def _offered(self) -> Version:
        """What the server would send, without taking it."""
        with self._ask({}) as response:
            return version_of(response.headers, content_length(response.headers))

    def _start(self) -> None:
        """Once the size is known, or known to be unknown: the check, then the progress."""
        if self._progress is not None:
            return
        part = self._known_part()
        size = self._promised.size if self._promised.size is not None else part.version.size
        anew = self._use() is Use.ANEW
        done, freed = (0, part.size) if anew else (part.size, 0)
        self._check(Start(part.target.name, size, done, freed))
        self._progress = self._open.enter_context(
            bytes_progress(part.target.name, size, done_bytes=done)
        )

    def _known_part(self) -> PartFile:
        assert self._part is not None
        return self._part

    def _use(self) -> Use:
        part = self._known_part()
        use = use_of(part.notes, part.size, self._remote.source, self._promised)
        return use if self._ranges or use is Use.WHOLE else Use.ANEW

    def _is_whole(self) -> bool:
        return self._ended or (self._part is not None and self._use() is Use.WHOLE)

    def _finish(self) -> Path:
        part = self._known_part()
        self._require_its_kind()
        part.digest_what_is_there()
        promised = self._promised
        if promised.size is not None and part.size != promised.size:
            self._start_over()
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
        if self._encoded and part.is_gzip_in_gzip():
            self._start_over()
            raise DownloadError(
                f"{self._remote.source}: the server compresses the archive once more, though it is "
                "asked not to. Fetch the file with a browser and name it as SOURCE"
            )
        return part.finish()

    def _require_its_kind(self) -> None:
        """Raises DownloadError, and keeps nothing, where what came is no such file at all.

        Errors come with 200 too, and would stand under the name of the file for good.
        """
        part = self._known_part()
        what = self._remote.what_else(part.start(START_BYTES)) if part.size else "it is empty"
        if what is not None:
            part.begin(Version())
            raise DownloadError(
                f"{self._remote.source}: the server gives another file than was meant: {what}. "
                "Compare the address in a browser; the same command asks again"
            )

    def _start_over(self) -> None:
        """Of what is there, nothing is to be continued."""
        self._known_part().note(Version())
        self._ended = False

    # The conversation with the server.

    def _attempt(self) -> None:
        """One request, and as much of its answer as comes. Raises TryAgainError."""
        offset = self._part.size if self._part and self._use() is Use.CONTINUE else 0
        headers = {}
        if offset:
            self._known_part().digest_what_is_there()
            headers["Range"] = f"bytes={offset}-"
            validator = self._known_part().version.validator
            if validator:
                headers["If-Range"] = validator
        with self._ask(headers) as response:
            if self._accepts(response, offset):
                self._start()
                self._receive(response)

    def _ask(self, headers: dict[str, str]) -> requests.Response:
        url = self._current_link().url
        auth = NoLogin() if self._remote.presigned else None
        response = send(self._session, "GET", url, self._patience, headers=headers, auth=auth)
        self._attempts.answered()
        return response

    def _current_link(self) -> Link:
        if self._link is None:
            link = self._remote.link()
            new = Version(size=link.size, sha256=link.sha256)
            if self._promised.differs(new):
                raise DownloadError(
                    f"{self._remote.source}: has changed a moment ago. Run the same command again"
                )
            self._promised = Version(
                size=self._promised.size if link.size is None else link.size,
                sha256=self._promised.sha256 or link.sha256,
            )
            self._link = link
        return self._link

    def _accepts(self, response: requests.Response, offset: int) -> bool:
        """Whether the body is to be written at the end of the part (emptied, if need be)."""
        match response.status_code:
            case 200:
                return self._begins(response, offset)
            case 206 if offset:
                return self._continues(response, offset)
            case 206:
                raise TryAgainError("the server gives a part where all was asked for")
            case 416 if offset:
                self._nothing_left(response, offset)
                return False
        self._refused(response)
        return False

    def _begins(self, response: requests.Response, offset: int) -> bool:
        if is_web_page(response):
            raise DownloadError(
                f"{self._remote.source}: is a web page, not a file. Open it in a browser, and use "
                "the address of the download itself"
            )
        self._encoded = is_encoded(response)
        size = content_length(response.headers)
        self._require_promised_size(size)
        offered = version_of(response.headers, self._promised.size if size is None else size)
        if self._part is None:
            self._claim(file_name(response, self._remote.suffixes), offered)
            if self._there is not None:
                return False
            if self._use() is not Use.ANEW and self._known_part().version.equals(offered):
                return False  # another link to what is partly here: ask for the rest alone
        if offset:
            self._say(f"{self._known_part().target.name}: the server starts over, so do we")
        sha256 = self._promised.sha256
        self._known_part().begin(replace(offered, sha256=sha256))
        return True

    def _require_promised_size(self, size: int | None) -> None:
        promised = self._promised.size
        if size is not None and promised is not None and size != promised:
            raise DownloadError(
                f"{self._remote.source}: the server has a file of {size:,} bytes, and "
                f"{promised:,} were promised"
            )

    def _continues(self, response: requests.Response, offset: int) -> bool:
        part = self._known_part()
        given = content_range(response.headers.get("Content-Range", ""))
        if given is None or given.start != offset:
            self._ranges = False
            raise TryAgainError("the server gives another part than was asked for")
        offered = version_of(response.headers, given.total)
        if part.version.differs(offered):
            self._start_over()
            raise TryAgainError("the file has changed on the server")
        if part.version.size is None and given.total is not None:
            part.note(replace(part.version, size=given.total))
        return True

    def _nothing_left(self, response: requests.Response, offset: int) -> None:
        part = self._known_part()
        total = unsatisfied_total(response.headers.get("Content-Range", ""))
        known = part.version.size
        if total == offset and known in (None, offset):
            self._ended = True
            return
        self._start_over()
        raise TryAgainError("the file has changed on the server")

    def _refused(self, response: requests.Response) -> None:
        """A link that has expired is asked for anew, once for the same byte."""
        kept = self._part.size if self._part else 0
        if self._remote.presigned and response.status_code in EXPIRED:
            if self._renewed_at != kept:
                self._renewed_at = kept
                self._link = None
                return
            raise DownloadError(
                f"{self._remote.source}: {display(response.url)} answers {status(response)} to a "
                "link that was made a moment ago. Check the clock of this machine, and run the "
                "same command later"
            )
        raise refusal(response)

    def _receive(self, response: requests.Response) -> None:
        """Write what comes, as it comes: nothing of it is lost when the connection is cut."""
        part = self._known_part()
        assert self._progress is not None
        total = part.version.size
        self._progress.show(part.size)
        try:
            while data := response.raw.read1(_READ_BYTES, decode_content=False):
                if total is not None and part.size + len(data) > total:
                    self._start_over()
                    raise TryAgainError("the server gives more than it has announced")
                had = part.size
                part.append(data)
                self._progress.show(part.size)
                if had < START_BYTES <= part.size:
                    self._require_its_kind()
        except HTTPError:
            raise TryAgainError(f"the connection was cut after {byte_count(part.size)}") from None
        self._ended = total is None or part.size == total
        if not self._ended:
            raise TryAgainError(f"the connection was closed after {byte_count(part.size)}")

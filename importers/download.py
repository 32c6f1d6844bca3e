"""Fetch one file by HTTP, whole and verified or not at all; the same call goes on with a part.

    GET -> 200: from the beginning          -> NAME.part -> size and SHA-256 -> NAME
        -> 206: on from where the part ends

A part is continued only as the version that it is of: the server is asked with If-Range, or the
checksum is known; what it answers is not believed but compared. Anything else starts over. A link
that expires on the way (a presigned URL) is asked for anew. What is on the disk, and when it is
whole, is wanted_file.py's.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from importers import console
from importers.console import Progress, byte_count, bytes_progress
from importers.errors import DownloadError
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
from importers.remote import START_BYTES, Link, Remote, Start
from importers.wanted_file import WantedFile

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
    with contextlib.ExitStack() as held:
        session = held.enter_context(new_session())
        wanted = WantedFile(remote, folder, held)
        _Conversation(remote, wanted, session, check, patience or Patience(), say, held).hold()
        return wanted.finish()


class _Conversation:
    """With the server, until the wanted file is whole."""

    def __init__(
        self,
        remote: Remote,
        wanted: WantedFile,
        session: requests.Session,
        check: Check,
        patience: Patience,
        say: Say,
        held: contextlib.ExitStack,
    ) -> None:
        self._remote = remote
        self._wanted = wanted
        self._session = session
        self._check = check
        self._patience = patience
        self._say = say
        self._held = held
        self._attempts = Attempts(remote.name or remote.source, patience, say)
        self._links = _Links(remote, wanted)
        self._progress: Progress | None = None

    def hold(self) -> None:
        while not self._wanted.is_whole:
            try:
                if self._remote.name and not self._wanted.is_named:
                    self._claim(self._remote.name, self._offered)
                else:
                    self._attempt()
            except TryAgainError as error:
                self._attempts.wait(error, self._wanted.kept)

    def _claim(self, name: str, offered: Callable[[], Version]) -> None:
        wanted = self._wanted
        wanted.claim(name, offered)
        self._attempts.begin(wanted.offset)
        if not wanted.is_whole and wanted.promised.size is not None:
            self._start()

    def _offered(self) -> Version:
        """What the server would send, without taking it."""
        with self._ask({}) as response:
            return version_of(response.headers, content_length(response.headers))

    def _start(self) -> None:
        """Once the size is known, or known to be unknown: the check, then the progress."""
        if self._progress is not None:
            return
        start = self._wanted.start()
        self._check(start)
        self._progress = self._held.enter_context(
            bytes_progress(start.name, start.size, done_bytes=start.done)
        )

    def _attempt(self) -> None:
        """One request, and as much of its answer as comes. Raises TryAgainError."""
        offset = self._wanted.offset
        headers = {}
        if offset:
            part = self._wanted.part
            part.digest_what_is_there()
            headers["Range"] = f"bytes={offset}-"
            if part.version.validator:
                headers["If-Range"] = part.version.validator
        with self._ask(headers) as response:
            if self._accepts(response, offset):
                self._start()
                self._wanted.encoded = is_encoded(response)
                self._receive(response)

    def _ask(self, headers: dict[str, str]) -> requests.Response:
        url = self._links.current().url
        auth = NoLogin() if self._remote.presigned else None
        response = send(self._session, "GET", url, self._patience, headers=headers, auth=auth)
        self._attempts.answered()
        return response

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
        if not self._links.renew(response, self._wanted.kept):
            raise refusal(response)
        return False

    def _begins(self, response: requests.Response, offset: int) -> bool:
        wanted = self._wanted
        if is_web_page(response):
            raise DownloadError(
                f"{self._remote.source}: is a web page, not a file. Open it in a browser, and use "
                "the address of the download itself"
            )
        size = content_length(response.headers)
        self._require_promised_size(size)
        offered = version_of(response.headers, wanted.promised.size if size is None else size)
        if not wanted.is_named:
            self._claim(file_name(response, self._remote.suffixes), lambda: offered)
            if wanted.is_there or wanted.is_partly(offered):
                return False  # of what another link has brought, the rest alone is asked for
        if offset:
            self._say(f"{wanted.part.target.name}: the server starts over, so do we")
        wanted.begin(offered)
        return True

    def _require_promised_size(self, size: int | None) -> None:
        promised = self._wanted.promised.size
        if size is not None and promised is not None and size != promised:
            raise DownloadError(
                f"{self._remote.source}: the server has a file of {size:,} bytes, and "
                f"{promised:,} were promised"
            )

    def _continues(self, response: requests.Response, offset: int) -> bool:
        part = self._wanted.part
        given = content_range(response.headers.get("Content-Range", ""))
        if given is None or given.start != offset:
            self._wanted.give_up_ranges()
            raise TryAgainError("the server gives another part than was asked for")
        if part.version.differs(version_of(response.headers, given.total)):
            self._wanted.start_over()
            raise TryAgainError("the file has changed on the server")
        if part.version.size is None and given.total is not None:
            part.note(replace(part.version, size=given.total))
        return True

    def _nothing_left(self, response: requests.Response, offset: int) -> None:
        total = unsatisfied_total(response.headers.get("Content-Range", ""))
        if total == offset and self._wanted.part.version.size in (None, offset):
            self._wanted.end()
            return
        self._wanted.start_over()
        raise TryAgainError("the file has changed on the server")

    def _receive(self, response: requests.Response) -> None:
        """Write what comes, as it comes: nothing of it is lost when the connection is cut."""
        part = self._wanted.part
        assert self._progress is not None
        total = part.version.size
        self._progress.show(part.size)
        try:
            while data := response.raw.read1(_READ_BYTES, decode_content=False):
                if total is not None and part.size + len(data) > total:
                    self._wanted.start_over()
                    raise TryAgainError("the server gives more than it has announced")
                had = part.size
                part.append(data)
                self._progress.show(part.size)
                if had < START_BYTES <= part.size:
                    self._wanted.require_its_kind()
        except HTTPError:
            raise TryAgainError(f"the connection was cut after {byte_count(part.size)}") from None
        if total is not None and part.size != total:
            raise TryAgainError(f"the connection was closed after {byte_count(part.size)}")
        self._wanted.end()


class _Links:
    """Gives the link to a file; one that has expired is renewed, once for the same byte."""

    def __init__(self, remote: Remote, wanted: WantedFile) -> None:
        self._remote = remote
        self._wanted = wanted
        self._link: Link | None = None
        self._renewed_at: int | None = None

    def current(self) -> Link:
        """Raises DownloadError where none is given, or the file is no longer the promised one."""
        if self._link is None:
            link = self._remote.link()
            self._wanted.promise(link)
            self._link = link
        return self._link

    def renew(self, response: requests.Response, kept: int) -> bool:
        """Whether the next link may do better, after this refusal with ``kept`` bytes on the disk.

        Raises DownloadError where a link that was made a moment ago is refused.
        """
        if not self._remote.presigned or response.status_code not in EXPIRED:
            return False
        if self._renewed_at == kept:
            raise DownloadError(
                f"{self._remote.source}: {display(response.url)} answers {status(response)} to a "
                "link that was made a moment ago. Check the clock of this machine, and run the "
                "same command later"
            )
        self._renewed_at, self._link = kept, None
        return True

"""The seam between who knows a file (a URL, an API) and who downloads it."""

from collections.abc import Callable
from dataclasses import dataclass

START_BYTES = 512
"""By so many the kind of a file is told: a block of tar, longer than any other magic number."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a file can be fetched now, and what is promised of it."""

    url: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Remote:
    """A file to fetch."""

    source: str
    """What it is called in messages and records: the same on every run, and no secret in it."""
    link: Callable[[], Link]
    """Gives a link; asked again when one has expired. Raises DownloadError."""
    suffixes: tuple[str, ...]
    """The name ends in one of these."""
    name: str | None = None
    """None: the server, or the link, tells it."""
    size: int | None = None
    sha256: str | None = None
    what_else: Callable[[bytes], str | None] = lambda start: None
    """What a file is that cannot be this, by its first START_BYTES; None where it can."""
    presigned: bool = False
    """Links expire, and carry their own permission: no login is ever sent with them."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known once bytes are about to come."""

    name: str
    size: int | None
    done: int
    """Bytes that earlier runs have fetched."""
    freed: int = 0
    """Bytes of an older part, which make room for what comes."""

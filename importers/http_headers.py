"""What the headers of an HTTP answer say: versions of a file, parts of it, names, waiting times.

By RFC 9110 (HTTP semantics: 8.8 validators, 10.2.3 Retry-After, 14.4 Content-Range) and RFC 6266
(Content-Disposition). All of it comes from strangers: what does not parse counts as not said.
"""

import email.message
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

MAX_NAME_BYTES = 180
"""File systems take 255; what is kept beside a file has a longer name than the file."""

_STRONG_AFTER_SECONDS = 1  # RFC 9110, 8.8.2.2


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one version of a file from another; None where it is not known."""

    size: int | None = None
    """Bytes."""
    etag: str | None = None
    """A strong one, with its quotes."""
    last_modified: str | None = None
    """As the server has written it, where it is fit to tell versions apart."""
    sha256: str | None = None
    """64 lower-case hexadecimal digits."""

    @property
    def validator(self) -> str | None:
        """What If-Range may be asked with."""
        return self.etag or self.last_modified

    def differs(self, other: "Version") -> bool:
        """Whether the two cannot be of the same bytes."""
        pairs = (
            (self.size, other.size),
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.sha256, other.sha256),
        )
        return any(one is not None and two is not None and one != two for one, two in pairs)

    def equals(self, other: "Version") -> bool:
        """Whether the two must be of the same bytes: by a checksum, or an ETag and the size."""
        if self.differs(other):
            return False
        same_tag = self.etag is not None and self.etag == other.etag
        return (self.sha256 is not None and self.sha256 == other.sha256) or (
            same_tag and self.size is not None and self.size == other.size
        )


def version_of(headers: Mapping[str, str], size: int | None) -> Version:
    """The version that an answer is of; ``size`` is that of the whole file.

    A weak ETag does not promise the same bytes, nor does a date that is as young as the answer.
    """
    etag = headers.get("ETag", "").strip()
    strong = re.fullmatch(r'"[\x21\x23-\x7e\x80-\xff]*"', etag)
    modified, sent = headers.get("Last-Modified", ""), headers.get("Date", "")
    before, after = _date(modified), _date(sent)
    settled = (
        before is not None
        and after is not None
        and (after - before).total_seconds() >= _STRONG_AFTER_SECONDS
    )
    return Version(size, etag if strong else None, modified if settled else None)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which part of a file an answer holds: bytes ``start`` to ``end``, both included."""

    start: int
    end: int
    total: int | None


def content_range(text: str) -> ContentRange | None:
    """``bytes 100-199/1000`` or ``bytes 100-199/*``; None for anything else."""
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", text.strip(), re.ASCII)
    if not found:
        return None
    start, end = int(found[1]), int(found[2])
    total = None if found[3] == "*" else int(found[3])
    if start > end or (total is not None and end >= total):
        return None
    return ContentRange(start, end, total)


def unsatisfied_total(text: str) -> int | None:
    """The size of the file in the Content-Range of a 416: ``bytes */1000``."""
    found = re.fullmatch(r"bytes \*/(\d{1,18})", text.strip(), re.ASCII)
    return int(found[1]) if found else None


def content_length(headers: Mapping[str, str]) -> int | None:
    """The announced length of the body, or None where none is announced."""
    text = headers.get("Content-Length", "").strip()
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else None


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds to wait, from ``120`` or a date; None where neither stands there."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return float(text)
    date = _date(text)
    return None if date is None else max(0.0, (date - now).total_seconds())


def named_in_disposition(text: str) -> str:
    """The file name in a Content-Disposition header, as it stands there; "" without one."""
    message = email.message.Message()
    message["Content-Disposition"] = " ".join(text.split())
    # Header bytes come to us as Latin-1; names in plain UTF-8 are common all the same.
    name = message.get_filename("")
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def named_in_url(url: str) -> str:
    """The last piece of a URL's path, as it stands there; "" without one."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def safe_name(name: str, suffixes: tuple[str, ...]) -> str:
    """A file name that is one, in this folder, visible, and ends in one of ``suffixes``.

    Folders, control characters, and leading dots and dashes are taken off; the first suffix is put
    at the end of a name that has none of them; of a long name the end is kept.
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(c if c.isprintable() else "_" for c in name).strip()
    suffix = next((one for one in suffixes if name.endswith(one)), suffixes[0])
    stem = name.removesuffix(suffix).encode(errors="replace")[-(MAX_NAME_BYTES - len(suffix)) :]
    return (stem.decode(errors="ignore").lstrip(".- ") or "download") + suffix

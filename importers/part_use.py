"""May the part of a download that lies on the disk serve the file that is to be fetched now?"""

from dataclasses import dataclass, field
from enum import Enum

from importers.http_headers import Version


@dataclass(frozen=True, slots=True)
class Notes:
    """What is remembered of a part."""

    source: str = ""
    """Where its bytes come from."""
    version: Version = field(default_factory=Version)
    """Of the file that they are of."""
    refuted: str | None = None
    """The SHA-256 that all of them together were found not to have."""


class Use(Enum):
    """What a part is good for."""

    WHOLE = "nothing is to be fetched"
    CONTINUE = "the rest is to be fetched"
    ANEW = "all is to be fetched"


def use_of(notes: Notes, size: int, source: str, promised: Version) -> Use:
    """What a part of ``size`` bytes is good for where ``source``, ``promised`` so, is wanted.

    Bytes belong to what is wanted by its checksum (compared in the end); where none is promised, by
    an ETag (which the server compares), or, of the same source, by a date. Whole without asking is
    only what the same source gave. What failed a checksum is right by another one at most.
    """
    known = notes.version
    if not size or known.differs(promised):
        return Use.ANEW
    if notes.refuted is not None and promised.sha256 in (None, notes.refuted):
        return Use.ANEW
    same_source = notes.source == source
    if size == known.size and (promised.sha256 is not None or same_source):
        return Use.WHOLE
    by_checksum = known.sha256 is not None and promised.sha256 is not None
    by_date = known.last_modified is not None and same_source
    return Use.CONTINUE if by_checksum or known.etag is not None or by_date else Use.ANEW

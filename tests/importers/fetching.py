"""Downloads into a folder as the tests make them, and what a server may do wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from importers.download import download
from importers.errors import DownloadError
from importers.http_attempts import Patience
from importers.remote import Link, Remote, Start

NAME = "cv.tar.gz"
SUFFIXES = (".tar.gz", ".tar")


@dataclass
class Fetching:
    """Downloads into a folder, and what was said, waited and announced meanwhile."""

    folder: Path
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)

    def __call__(self, site: Any, path: str = f"/{NAME}", **remote: Any) -> Path:
        link = Link(f"{site.url}{path}")
        wanted = Remote(source=f"{site.url}{path}", link=lambda: link, suffixes=SUFFIXES, name=NAME)
        return self.fetch(replace(wanted, **remote))

    def fetch(self, remote: Remote, **patience: Any) -> Path:
        patient = Patience(sleep=self.waits.append, **patience)
        return download(
            remote, self.folder, self.starts.append, patience=patient, say=self.said.append
        )

    @property
    def part(self) -> Path:
        return self.folder / f"{NAME}.part"

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


FINISHED = [f".{NAME}.source.json", NAME]
UNFINISHED = [f"{NAME}.part", f"{NAME}.part.json"]


def cut(after: int) -> Callable[[Any], Any]:
    return lambda answer: replace(answer, cut=after)


def answers(status: int, **headers: str) -> Callable[[Any], Any]:
    def fault(answer: Any) -> Any:
        return replace(answer, status=status, headers={}, body=b"").of(
            Content_Length="0", **headers
        )

    return fault


def chunked(answer: Any) -> Any:
    pieces = [answer.body[i : i + 10_000] for i in range(0, len(answer.body), 10_000)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    return replace(answer, body=body).of(Content_Length="", Transfer_Encoding="chunked")


def interrupted(fetch: Fetching, site: Any, after: int = 70_000, **remote: Any) -> None:
    """A run that ends with a part of the file on the disk."""
    site.faults = [cut(after), answers(400)]
    with pytest.raises(DownloadError, match="400"):
        fetch(site, **remote)
    assert fetch.part.stat().st_size == after
    assert fetch.files == UNFINISHED
    site.requests.clear()
    fetch.waits.clear()
    fetch.starts.clear()

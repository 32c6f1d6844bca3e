"""SOURCE as people name it: paths, URLs, ids; what is there is not fetched again."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importers.acquire import acquire
from importers.errors import DownloadError, StorageError, UsageError
from importers.http_attempts import Patience


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def get(tmp_path: Path, said: list[str]) -> Callable[..., Path | None]:
    """acquire into a folder that is not made yet."""

    def run(source: str | None, sha256: str | None = None) -> Path | None:
        patience = Patience(sleep=lambda seconds: None)
        return acquire(
            source, tmp_path / "target", sha256=sha256, patience=patience, say=said.append
        )

    return run


Get = Callable[..., Path | None]


def test_what_is_on_this_machine(get: Get, tmp_path: Path) -> None:
    assert get(None) is None
    for source in ("cv.tar.gz", "/data/release", "a b", "C:/x", "mdc/x", "http:/x"):
        assert get(source) == Path(source)
    assert get("file:///data/cv%20en.tar.gz") == Path("/data/cv en.tar.gz")
    assert not (tmp_path / "target").exists()


def test_schemes_and_addresses_that_are_none(get: Get) -> None:
    for source in ("ftp://x.org/cv.tar.gz", "s3://bucket/cv.tar.gz"):
        with pytest.raises(UsageError, match=r":// is not known here: name a file"):
            get(source)
    for source in ("http://", "https://[x/cv.tar", "http:///cv.tar.gz"):
        with pytest.raises(UsageError):
            get(source)


def test_a_url(get: Get, site: Any, tmp_path: Path, said: list[str]) -> None:
    path = get(f"{site.url}/cv-corpus-21.0-en.tar.gz")
    assert path == tmp_path / "target" / "cv-corpus-21.0-en.tar.gz"
    assert path.read_bytes() == site.content
    [line] = said
    assert line.startswith("cv-corpus-21.0-en.tar.gz: 200 kB to download, ")
    assert f"are free in {tmp_path}/target; WAVs of MP3s take some 920 kB more" in line


def test_what_is_finished_is_not_asked_for_again(get: Get, site: Any) -> None:
    source = f"{site.url}/cv.tar.gz?id=5"
    path = get(source)
    site.requests.clear()
    assert get(source) == path
    assert get(source, site.sha256) == path
    assert site.requests == []
    with pytest.raises(DownloadError, match=f"has the SHA-256 {site.sha256}, not {'0' * 64}"):
        get(source, "0" * 64)
    # Another query is another file, unless the server says that it is the same.
    assert get(f"{site.url}/cv.tar.gz?id=6") == path
    assert len(site.requests) == 1


def test_a_file_that_was_removed_is_fetched_again(get: Get, site: Any, said: list[str]) -> None:
    source = f"{site.url}/cv.tar.gz"
    path = get(source)
    assert path is not None
    path.unlink()
    said.clear()
    assert get(source) == path
    assert path.read_bytes() == site.content
    assert said[0] == "cv.tar.gz: is fetched again, for it was removed after it had been fetched"


def test_a_checksum_of_a_download(get: Get, site: Any) -> None:
    with pytest.raises(DownloadError, match="was promised"):
        get(f"{site.url}/cv.tar.gz", "0" * 64)
    assert get(f"{site.url}/cv.tar.gz", site.sha256)


def test_a_checksum_of_a_file(get: Get, tmp_path: Path) -> None:
    archive = tmp_path / "cv.tar"
    archive.write_bytes(b"abc")
    assert get(str(archive), hashlib.sha256(b"abc").hexdigest()) == archive
    with pytest.raises(DownloadError, match="has the SHA-256 ba7816bf"):
        get(str(archive), "0" * 64)
    with pytest.raises(UsageError, match="is no file"):
        get(str(tmp_path), "0" * 64)
    with pytest.raises(UsageError, match="--sha256 is of the archive"):
        get(None, "0" * 64)


@pytest.mark.parametrize("size", [40, 3000])
def test_an_error_that_comes_as_a_success_is_not_kept(
    get: Get, site: Any, tmp_path: Path, size: int
) -> None:
    """Storage hosts answer in XML, some of them with 200; its type may be anything."""
    archive, site.content = site.content, b"<Error>" + b"x" * size
    for sha256 in (None, site.sha256):
        with pytest.raises(DownloadError, match="another file than was meant: it is a web page"):
            get(f"{site.url}/cv.tar.gz", sha256)
        assert list((tmp_path / "target").iterdir()) == []
    site.content = archive
    path = get(f"{site.url}/cv.tar.gz")
    assert path is not None
    assert path.read_bytes() == archive


def test_secrets_in_a_url_are_neither_shown_nor_kept(
    get: Get, site: Any, tmp_path: Path, said: list[str]
) -> None:
    host = site.url.removeprefix("http://")
    site.faults = [lambda answer: answer.of(Content_Type="text/html")]
    with pytest.raises(DownloadError) as caught:
        get(f"http://me:hidden@{host}/cv.tar.gz?token=hidden")
    get(f"http://me:hidden@{host}/cv.tar.gz?token=hidden")
    kept = "".join(path.read_text("latin-1") for path in (tmp_path / "target").glob(".*"))
    assert "cv.tar.gz" in kept
    assert "hidden" not in kept + str(caught.value) + "".join(said)
    assert site.requests[1].headers["authorization"] == "Basic bWU6aGlkZGVu"


def test_a_disk_that_is_too_small_is_seen_before(
    new_site: Callable[..., Any], small_disk: Path, said: list[str]
) -> None:
    site = new_site(bytes(3_000_000))
    with pytest.raises(StorageError) as caught:
        acquire(f"{site.url}/cv.tar.gz", small_disk, say=said.append)
    assert re.search(r"disk: 2\.\d+ MB are free, and 3 MB of cv\.tar\.gz are", str(caught.value))
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile(new_site: Callable[..., Any], small_disk: Path) -> None:
    """The server tells no length, so nothing could be seen before."""
    site = new_site(bytes(3_000_000), lengths=False)
    with pytest.raises(StorageError, match="no space is left on the disk"):
        acquire(f"{site.url}/cv.tar.gz", small_disk)
    assert {path.name for path in small_disk.iterdir()} == {"cv.tar.gz.part", "cv.tar.gz.part.json"}


def test_a_target_that_cannot_be_made(get: Get, site: Any, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file")
    with pytest.raises(StorageError, match="target: "):
        get(f"{site.url}/cv.tar.gz")
    assert site.requests == []

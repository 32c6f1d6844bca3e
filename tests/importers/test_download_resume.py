"""Downloads that another run goes on with."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importers.download import download
from importers.errors import DownloadError, StorageError
from importers.part_file import unfinished
from importers.remote import Link, Remote, Start
from tests.importers.fetching import (
    FINISHED,
    NAME,
    SUFFIXES,
    UNFINISHED,
    Fetching,
    answers,
    chunked,
    interrupted,
)  # fmt: skip


def test_another_run_goes_on(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site)
    assert unfinished(fetch.folder) == [f"{site.url}/{NAME}"]
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=70000-"]
    assert fetch.starts == [Start(NAME, 200_000, 70_000)]
    assert fetch.files == FINISHED
    assert unfinished(fetch.folder) == []


def test_by_a_date_where_there_is_no_etag(fetch: Fetching, site: Any) -> None:
    site.etag, site.last_modified = "", "Sat, 14 Mar 2020 11:00:00 GMT"
    interrupted(fetch, site)
    assert fetch(site).read_bytes() == site.content
    [request] = site.requests
    assert request.headers["if-range"] == site.last_modified


def test_by_the_checksum_where_the_server_has_no_validator(fetch: Fetching, site: Any) -> None:
    site.etag = ""
    interrupted(fetch, site, sha256=site.sha256)
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    [request] = site.requests
    assert request.range == "bytes=70000-"
    assert "if-range" not in request.headers


def test_not_where_nothing_tells_the_version(fetch: Fetching, site: Any) -> None:
    site.etag = 'W/"v1"'
    interrupted(fetch, site)
    site.content = site.content[::-1]
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == [None]


def test_a_part_of_another_checksum_is_not_continued(fetch: Fetching, site: Any) -> None:
    site.etag = ""
    interrupted(fetch, site, sha256=site.sha256)
    site.content = site.content[::-1]
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == [None]
    assert fetch.starts == [Start(NAME, 200_000, 0)]


def test_a_part_whose_notes_are_damaged_is_not_continued(fetch: Fetching, site: Any) -> None:
    for damage in ("", "{", "[]", '{"version": {"size": 1, "more": 2}}', '{"version": 5}'):
        interrupted(fetch, site)
        (fetch.folder / f"{NAME}.part.json").write_text(damage)
        assert unfinished(fetch.folder) == []
        fetch(site)
        assert site.ranges_asked == [None]
        for name in FINISHED:
            (fetch.folder / name).unlink()


def test_a_part_that_is_whole_needs_no_server(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site)
    fetch.part.write_bytes(site.content)
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.requests == []


def test_a_part_that_is_longer_than_the_file_starts_over(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site)
    fetch.part.write_bytes(site.content + b"more")
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=200004-", None]


def test_416_where_the_part_is_whole_and_its_size_unknown(fetch: Fetching, site: Any) -> None:
    site.faults = [lambda answer: replace(chunked(answer), cut=90_000), answers(400)]
    with pytest.raises(DownloadError, match="400"):
        fetch(site)
    fetch.part.write_bytes(site.content)
    site.requests.clear()
    fetch.waits.clear()
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=200000-"]
    assert fetch.waits == []


def test_another_link_to_the_same_file_goes_on(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site, source="the link of yesterday")
    disposition = f'attachment; filename="{NAME}"'
    site.faults = [lambda answer: answer.of(Content_Disposition=disposition)]
    path = fetch(site, "/get?signature=new", name=None)
    assert path.read_bytes() == site.content
    assert site.ranges_asked == [None, "bytes=70000-"]


def test_a_date_is_no_proof_at_another_address(fetch: Fetching, site: Any) -> None:
    site.etag, site.last_modified = "", "Sat, 14 Mar 2020 11:00:00 GMT"
    interrupted(fetch, site, source="elsewhere")
    site.content = site.content[::-1]
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == [None]


@pytest.mark.parametrize("holds", [70_000, 200_000])
def test_kill_9_and_the_same_again(fetch: Fetching, site: Any, checkout: Path, holds: int) -> None:
    """Held by the server in the middle, and at the end, where all but the name is there."""
    site.lengths = holds < 200_000
    site.faults = [lambda answer: replace(answer, hold=holds)]
    program = (
        "import sys; from pathlib import Path; from importers.download import download\n"
        "from importers.remote import Link, Remote\n"
        "url, folder = sys.argv[1:]\n"
        f"remote = Remote(url, lambda: Link(url), {SUFFIXES!r}, {NAME!r})\n"
        "download(remote, Path(folder), lambda start: None)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, f"{site.url}/{NAME}", str(fetch.folder)],
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    with process:
        assert site.holding.wait(60)
        while not (fetch.part.exists() and fetch.part.stat().st_size == holds):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert fetch.files == UNFINISHED
    site.go_on.set()
    site.requests.clear()
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == [f"bytes={holds}-"]


def test_two_downloads_of_one_file(fetch: Fetching, site: Any) -> None:
    first = fetch.starts.append

    def second(start: Start) -> None:
        first(start)
        with pytest.raises(
            StorageError, match=r"cv\.tar\.gz: another download is at work here\. Wait for it"
        ):
            fetch(site)

    remote = Remote("x", lambda: Link(f"{site.url}/{NAME}"), SUFFIXES, NAME)
    assert download(remote, fetch.folder, second).read_bytes() == site.content

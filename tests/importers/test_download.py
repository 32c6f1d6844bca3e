"""Downloads: what goes well, what is refused, and connections that are cut."""

import errno
import json
import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importers.download import download
from importers.errors import DownloadError, StorageError, UsageError
from importers.http_attempts import Patience
from importers.part_file import finished, record_of
from importers.remote import Link, Remote, Start
from tests.importers.fetching import (
    FINISHED,
    NAME,
    SUFFIXES,
    UNFINISHED,
    Fetching,
    answers,
    cut,
)  # fmt: skip

# What goes well.


def test_a_file(fetch: Fetching, site: Any) -> None:
    path = fetch(site, size=len(site.content), sha256=site.sha256)
    assert path == fetch.folder / NAME
    assert path.read_bytes() == site.content
    assert fetch.files == FINISHED
    assert fetch.starts == [Start(NAME, 200_000, 0)]
    assert (fetch.waits, fetch.said) == ([], [])
    [request] = site.requests
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("myna/")
    assert "authorization" not in request.headers


def test_what_is_finished_is_remembered_until_it_changes(fetch: Fetching, site: Any) -> None:
    path = fetch(site)
    record = record_of(path)
    assert record is not None
    assert (record.size, record.sha256, record.etag) == (200_000, site.sha256, '"v1"')
    source = f"{site.url}/{NAME}"
    assert finished(fetch.folder, source) == path
    assert finished(fetch.folder, "another") is None
    path.write_bytes(b"another file")
    assert finished(fetch.folder, source) is None


@pytest.mark.parametrize("lengths", [True, False])
def test_an_empty_file_is_none(fetch: Fetching, site: Any, lengths: bool) -> None:
    right, site.content, site.lengths = site.content, b"", lengths
    for _ in range(2):
        with pytest.raises(DownloadError, match="another file than was meant: it is empty"):
            fetch(site)
        assert fetch.files == []
    site.content = right
    assert fetch(site).read_bytes() == right


def test_redirects_are_followed(fetch: Fetching, new_site: Callable[..., Any]) -> None:
    storage, front = new_site(), new_site()
    front.faults = [answers(302, Location=f"{storage.url}/elsewhere")] * 2
    assert fetch(front, name=None).read_bytes() == storage.content
    assert fetch.files == FINISHED


def test_redirects_in_a_circle(fetch: Fetching, site: Any) -> None:
    site.faults = [answers(302, Location=f"/{NAME}")] * 100
    with pytest.raises(DownloadError, match="redirected again and again"):
        fetch(site)


@pytest.mark.parametrize(
    ("path", "disposition", "name"),
    [
        ("/cv.tar.gz?signature=x", "", "cv.tar.gz"),
        ("/get?id=5", 'attachment; filename="cv-en.tar.gz"', "cv-en.tar.gz"),
        ("/get?id=5", 'attachment; filename="../../.ssh/x.tar"', "x.tar"),
        ("/get?id=5", "", "get.tar.gz"),
        ("/", "", "download.tar.gz"),
    ],
)
def test_the_name_is_found_and_made_safe(
    fetch: Fetching, site: Any, path: str, disposition: str, name: str
) -> None:
    site.faults = [lambda answer: answer.of(Content_Disposition=disposition)]
    assert fetch(site, path, name=None) == fetch.folder / name


# Cut connections.


@pytest.mark.parametrize("seed", range(5))
def test_a_server_that_cuts_at_random_bytes(fetch: Fetching, site: Any, seed: int) -> None:
    dice = random.Random(seed)
    site.faults = [cut(dice.randrange(1, 40_000)) for _ in range(12)]
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    cuts = 13 - len(site.faults)
    offsets = [int(asked[6:-1]) for asked in site.ranges_asked[1:] if asked]
    assert offsets == sorted(set(offsets))
    assert len(offsets) == len(site.requests) - 1 >= 5
    assert all(request.headers["if-range"] == '"v1"' for request in site.requests[1:])
    # Every cut came after more bytes than before: no wait grows.
    assert fetch.waits == [1.0] * (len(site.requests) - 1)
    assert cuts >= 5


def test_the_waits_grow_while_nothing_comes_and_end(fetch: Fetching, site: Any) -> None:
    site.faults = [cut(50_000), *[answers(503)] * 20]
    with pytest.raises(DownloadError) as caught:
        fetch(site)
    assert fetch.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    said = str(caught.value)
    assert "answers 503 Service Unavailable; given up after 8 tries; 50 kB are here" in said
    assert "The same command goes on from there" in said
    assert fetch.files == UNFINISHED
    site.faults = []
    assert fetch(site).read_bytes() == site.content
    assert site.requests[-1].range == "bytes=50000-"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_failures_that_pass(fetch: Fetching, site: Any, status: int) -> None:
    site.faults = [answers(status), answers(status)]
    assert fetch(site).read_bytes() == site.content
    assert fetch.waits == [1.0, 2.0]


def test_retry_after_is_honoured(fetch: Fetching, site: Any) -> None:
    site.faults = [answers(429, Retry_After="17"), answers(503, Retry_After="0")]
    assert fetch(site).read_bytes() == site.content
    assert fetch.waits == [17.0, 2.0]
    assert (
        fetch.said[0] == "cv.tar.gz: 127.0.0.1 answers 429 Too Many Requests; trying again in 17 s"
    )


def test_a_server_that_asks_for_hours(fetch: Fetching, site: Any) -> None:
    site.faults = [answers(429, Retry_After="20000")]
    with pytest.raises(DownloadError, match="asks to come back in 5 h 33 min"):
        fetch(site)
    assert fetch.waits == []
    assert fetch.files == []


def test_nobody_there(fetch: Fetching) -> None:
    remote = Remote("x", lambda: Link("http://127.0.0.1:9/cv.tar.gz"), SUFFIXES, NAME)
    with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1 \(Connection refused"):
        fetch.fetch(remote)
    assert fetch.waits == [1.0, 2.0]
    assert fetch.files == []


def test_a_silent_server(fetch: Fetching, site: Any) -> None:
    site.faults = [lambda answer: replace(answer, hold=60_000)]
    link = Link(f"{site.url}/{NAME}")
    path = fetch.fetch(Remote("x", lambda: link, SUFFIXES, NAME), read=0.2)
    assert path.read_bytes() == site.content
    assert site.ranges_asked == [None, "bytes=60000-"]
    assert fetch.said == ["cv.tar.gz: the connection was cut after 60 kB; trying again in 1 s"]


def test_what_people_wait_for_by_default() -> None:
    assert Patience().timeouts == (10.0, 60.0)


# Refusals.


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "asks for a login"),
        (403, "the link has expired, or terms must be accepted"),
        (404, "is not there. Compare the address"),
        (410, "is no longer there"),
        (451, "the server answers 451"),
    ],
)
def test_refusals_are_final_and_in_words(
    fetch: Fetching, site: Any, status: int, words: str
) -> None:
    site.faults = [answers(status)]
    with pytest.raises(DownloadError, match=words) as caught:
        fetch(site, "/cv.tar.gz?signature=secret")
    assert f"{site.url}/cv.tar.gz: " in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(site.requests) == 1
    assert fetch.files == []


def test_an_address_that_is_none(fetch: Fetching) -> None:
    for url in ("http://", "http://[", "https://exa mple/x"):
        with pytest.raises(DownloadError):
            fetch.fetch(Remote("x", lambda url=url: Link(url), SUFFIXES, NAME))  # type: ignore[misc]


def test_https_to_what_does_not_speak_it(fetch: Fetching, site: Any) -> None:
    link = Link(site.url.replace("http://", "https://") + f"/{NAME}")
    with pytest.raises(DownloadError, match=r"the connection to 127\.0\.0\.1 is not safe"):
        fetch.fetch(Remote("x", lambda: link, SUFFIXES, NAME))
    assert fetch.waits == []


def test_a_link_that_expires_is_renewed_and_the_part_continued(fetch: Fetching, site: Any) -> None:
    links = [f"{site.url}/{NAME}?link={number}" for number in range(5)]
    given: list[str] = []

    def link() -> Link:
        given.append(links[len(given)])
        return Link(given[-1], size=200_000, sha256=site.sha256)

    site.faults = [
        cut(60_000), answers(403),
        cut(50_000), answers(400), answers(503),
    ]  # fmt: skip
    remote = Remote("mdc:x", link, SUFFIXES, NAME, presigned=True)
    assert fetch.fetch(remote).read_bytes() == site.content
    assert given == links[:3]
    asked = [(request.path[-1], request.range) for request in site.requests]
    assert asked == [
        ("0", None), ("0", "bytes=60000-"),
        ("1", "bytes=60000-"), ("1", "bytes=110000-"),
        ("2", "bytes=110000-"), ("2", "bytes=110000-"),
    ]  # fmt: skip


def test_a_fresh_link_that_is_refused_too(fetch: Fetching, site: Any) -> None:
    site.faults = [cut(60_000), *[answers(403)] * 9]
    remote = Remote("mdc:x", lambda: Link(f"{site.url}/x"), SUFFIXES, NAME, presigned=True)
    with pytest.raises(DownloadError, match="a link that was made a moment ago"):
        fetch.fetch(remote)
    assert len(site.requests) == 3
    assert fetch.files == UNFINISHED


def test_a_fresh_link_to_another_version(fetch: Fetching, site: Any) -> None:
    promises = iter([site.sha256, "0" * 64])
    site.faults = [cut(60_000), answers(403)]
    remote = Remote(
        "mdc:x", lambda: Link(f"{site.url}/x", sha256=next(promises)), SUFFIXES, NAME,
        presigned=True,
    )  # fmt: skip
    with pytest.raises(DownloadError, match="has changed a moment ago"):
        fetch.fetch(remote)


def test_no_login_is_sent_with_a_presigned_link(
    fetch: Fetching, site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    remote = Remote("x", lambda: Link(f"{site.url}/x"), SUFFIXES, NAME)
    fetch.fetch(replace(remote, presigned=True)).unlink()
    fetch.fetch(remote)
    assert ["authorization" in request.headers for request in site.requests] == [False, True]


# What is in the folder already.


def test_a_file_of_the_users_own_is_not_written_over(fetch: Fetching, site: Any) -> None:
    (fetch.folder / NAME).write_bytes(b"mine")
    for remote in ({}, {"sha256": site.sha256}, {"name": None}):
        with pytest.raises(UsageError, match="is here already, and not known to be"):
            fetch(site, **remote)
    assert fetch.files == [NAME]
    assert (fetch.folder / NAME).read_bytes() == b"mine"


def test_the_same_file_fetched_by_hand_is_taken(fetch: Fetching, site: Any) -> None:
    (fetch.folder / NAME).write_bytes(site.content)
    assert fetch(site, sha256=site.sha256) == fetch.folder / NAME
    assert site.requests == []
    assert finished(fetch.folder, f"{site.url}/{NAME}") == fetch.folder / NAME


def test_another_link_to_what_is_finished(fetch: Fetching, site: Any) -> None:
    fetch(site, source="the link of yesterday")
    before = (fetch.folder / NAME).stat()
    assert fetch(site, source="the link of today") == fetch.folder / NAME
    assert (fetch.folder / NAME).stat() == before
    site.content, site.etag = site.content[:-1], '"v2"'
    with pytest.raises(UsageError, match="is here already"):
        fetch(site, source="the link of tomorrow")


def test_a_refusal_of_the_check_leaves_nothing(fetch: Fetching, site: Any) -> None:
    def refuse(start: Start) -> None:
        raise StorageError("too large")

    remote = Remote("x", lambda: Link(f"{site.url}/{NAME}"), SUFFIXES, NAME)
    for known in (remote, replace(remote, size=200_000)):
        with pytest.raises(StorageError, match="too large"):
            download(known, fetch.folder, refuse)
        assert fetch.files == []
    assert len(site.requests) == 1  # where the size was known before, nobody was asked


def test_a_disk_that_fills_up_and_then_more_space(
    new_site: Callable[..., Any], small_disk: Path
) -> None:
    site = new_site(random.Random(4).randbytes(3_000_000))
    fetch = Fetching(small_disk)
    with pytest.raises(OSError) as caught:
        fetch(site)
    assert caught.value.errno == errno.ENOSPC
    kept = fetch.part.stat().st_size
    assert 1_000_000 < kept < 2**21
    assert fetch.part.read_bytes() == site.content[:kept]
    subprocess.run(["mount", "-o", "remount,size=10m", small_disk], check=True)
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == [None, f"bytes={kept}-"]


def test_notes_hold_no_secret(fetch: Fetching, site: Any) -> None:
    site.faults = [cut(10), answers(400)]
    link = Link(f"{site.url}/{NAME}?signature=secret")
    remote = Remote("mdc:x", lambda: link, SUFFIXES, NAME)
    with pytest.raises(DownloadError) as caught:
        fetch.fetch(remote)
    notes = json.loads((fetch.folder / f"{NAME}.part.json").read_text())
    assert notes == {
        "source": "mdc:x",
        "version": {"size": 200_000, "etag": '"v1"', "last_modified": None, "sha256": None},
        "refuted": None,
    }
    assert "secret" not in str(caught.value)
    fetch.fetch(remote)
    assert "secret" not in (fetch.folder / f".{NAME}.source.json").read_text()

"""Downloads from a server that cuts, lies, refuses and changes its mind."""

import errno
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from importers.download import download
from importers.errors import DownloadError, StorageError, UsageError
from importers.http_attempts import Patience
from importers.part_file import finished, record_of, unfinished
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


@pytest.fixture
def fetch(tmp_path: Path) -> Fetching:
    """Fetches into an empty folder."""
    folder = tmp_path / "target"
    folder.mkdir()
    return Fetching(folder)


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


# Going on in another run.


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


# Servers that lie.


def lies_about_the_start(answer: Any) -> Any:
    """206, but of another part than was asked for."""
    total = len(answer.whole)
    other = answer.whole[1000:]
    return replace(answer, body=other).of(
        Content_Range=f"bytes 1000-{total - 1}/{total}", Content_Length=str(len(other))
    )


def sends_all_as_a_part(answer: Any) -> Any:
    """206 with the range that was asked for, and the whole body."""
    return replace(answer, body=answer.whole).of(Content_Length=str(len(answer.whole)))


def has_another_size(answer: Any) -> Any:
    """206, of a file that is larger than before."""
    start = answer.headers["Content-Range"].removeprefix("bytes ").partition("-")[0]
    return answer.of(Content_Range=f"bytes {start}-{len(answer.whole) - 1}/999999")


def has_another_etag(answer: Any) -> Any:
    """206 in spite of If-Range: the server pays no heed to it."""
    return answer.of(ETag='"v2"')


def has_no_range(answer: Any) -> Any:
    return answer.of(Content_Range="")


@pytest.mark.parametrize(
    "lie",
    [
        lies_about_the_start,
        sends_all_as_a_part,
        has_another_size,
        has_another_etag,
        has_no_range,
        answers(416, Content_Range="bytes */70000"),
        answers(416, Content_Range="bytes */5"),
        answers(416),
    ],
)
def test_a_server_that_lies_about_the_part(
    fetch: Fetching, site: Any, lie: Callable[[Any], Any]
) -> None:
    """What it gives is not appended: all is asked for, and comes."""
    interrupted(fetch, site)
    site.faults = [lie]
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=70000-", None]


def test_after_a_lie_no_more_parts_are_asked_for(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site)
    site.faults = [lies_about_the_start, cut(100_000)]
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=70000-", None, None]  # it is not asked for parts again


def test_a_server_that_knows_no_ranges(fetch: Fetching, site: Any) -> None:
    site.ranges = False
    interrupted(fetch, site)
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == ["bytes=70000-"]
    assert fetch.said[-1] == "cv.tar.gz: the server starts over, so do we"


def test_a_server_that_knows_no_ranges_and_always_cuts(fetch: Fetching, site: Any) -> None:
    site.ranges = False
    site.faults = [cut(100_000)] * 20
    with pytest.raises(DownloadError, match="given up after 8 tries"):
        fetch(site)
    assert len(site.requests) == 8


def test_a_file_that_changes_on_the_server(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site)
    site.content, site.etag = random.Random(2).randbytes(150_000), '"v2"'
    assert fetch(site).read_bytes() == site.content
    record = record_of(fetch.folder / NAME)
    assert record is not None
    assert record.etag == '"v2"'


def test_all_where_only_a_part_was_meant(fetch: Fetching, site: Any) -> None:
    """206 to a request for the whole file."""

    def part(answer: Any) -> Any:
        total = len(answer.whole)
        return replace(answer, status=206, body=answer.whole[10:]).of(
            Content_Range=f"bytes 10-{total - 1}/{total}", Content_Length=str(total - 10)
        )

    site.faults = [part]
    assert fetch(site).read_bytes() == site.content
    assert len(site.requests) == 2


def test_a_content_length_that_is_too_large(fetch: Fetching, site: Any) -> None:
    """The end comes too early; asked for the rest, the server says that there is none."""
    site.faults = [lambda answer: answer.of(Content_Length="250000")]
    site.faults[0] = lambda answer: replace(answer.of(Content_Length="250000"), cut=200_000)
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.ranges_asked == [None, "bytes=200000-", None]


def test_a_content_length_that_is_too_small_is_found_by_the_checksum(
    fetch: Fetching, site: Any
) -> None:
    site.faults = [lambda answer: answer.of(Content_Length="150000")]
    with pytest.raises(DownloadError, match="was promised"):
        fetch(site, sha256=site.sha256)
    assert fetch.files == UNFINISHED


def test_a_size_that_was_not_promised(fetch: Fetching, site: Any) -> None:
    with pytest.raises(DownloadError, match="a file of 200,000 bytes, and 123,456 were promised"):
        fetch(site, size=123_456)
    assert fetch.files == []


@pytest.mark.parametrize("size", [None, 200_000])
def test_a_server_that_tells_no_length(fetch: Fetching, site: Any, size: int | None) -> None:
    site.lengths = False
    assert fetch(site, size=size).read_bytes() == site.content
    assert fetch.starts == [Start(NAME, size, 0)]


def test_a_cut_that_only_the_promised_size_tells(fetch: Fetching, site: Any) -> None:
    site.lengths = False
    site.faults = [cut(120_000)]
    assert fetch(site, size=200_000).read_bytes() == site.content
    assert site.ranges_asked == [None, "bytes=120000-"]


def test_a_chunked_answer_that_is_cut(fetch: Fetching, site: Any) -> None:
    site.faults = [lambda answer: replace(chunked(answer), cut=90_000), chunked]
    assert fetch(site).read_bytes() == site.content
    assert len(site.requests) == 2
    assert site.ranges_asked[1] is not None


def test_a_wrong_checksum_gets_no_name(fetch: Fetching, site: Any) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(site, sha256="0" * 64)
    assert f"has the SHA-256 {site.sha256}, and {'0' * 64} was promised" in str(caught.value)
    assert fetch.files == UNFINISHED
    # The right checksum needs no second download ...
    site.requests.clear()
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content
    assert site.requests == []


def test_after_a_wrong_checksum_the_same_command_fetches_anew(fetch: Fetching, site: Any) -> None:
    promised = site.sha256
    right, site.content = site.content, site.content[::-1]
    with pytest.raises(DownloadError, match="was promised"):
        fetch(site, sha256=promised)
    site.content = right
    site.requests.clear()
    assert fetch(site, sha256=promised).read_bytes() == right
    assert site.ranges_asked == [None]


def test_what_failed_a_checksum_is_not_taken_for_another_file(
    fetch: Fetching, site: Any, new_site: Callable[..., Any]
) -> None:
    with pytest.raises(DownloadError, match="was promised"):
        fetch(site, sha256="0" * 64)
    # Of the same name and size, and no checksum to tell it by.
    other = new_site(site.content[::-1], etag="")
    assert fetch(other).read_bytes() == other.content
    assert other.ranges_asked == [None]


def test_what_is_whole_of_one_source_is_not_taken_for_anothers(
    fetch: Fetching, site: Any, new_site: Callable[..., Any]
) -> None:
    site.etag = ""
    interrupted(fetch, site)
    fetch.part.write_bytes(site.content)  # killed between the last byte and the name
    other = new_site(site.content[::-1], etag="")
    assert fetch(other).read_bytes() == other.content


def test_a_part_that_will_not_be_continued_makes_room(fetch: Fetching, site: Any) -> None:
    site.etag = ""
    interrupted(fetch, site)
    assert fetch(site, size=200_000).read_bytes() == site.content
    assert fetch.starts == [Start(NAME, 200_000, 0, freed=70_000)]


def test_a_part_that_was_damaged_on_the_disk(fetch: Fetching, site: Any) -> None:
    interrupted(fetch, site, sha256=site.sha256)
    fetch.part.write_bytes(bytes(70_000))
    with pytest.raises(DownloadError, match="was promised"):
        fetch(site, sha256=site.sha256)
    assert fetch(site, sha256=site.sha256).read_bytes() == site.content


def archive() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        info = tarfile.TarInfo("a")
        info.size = 5000
        tar.addfile(info, io.BytesIO(random.Random(3).randbytes(5000)))
    return stream.getvalue()


def test_an_archive_that_is_called_encoded_stays_as_it_is(
    fetch: Fetching, new_site: Callable[..., Any]
) -> None:
    """Many servers say Content-Encoding: gzip of a .tar.gz: a client that obeys unpacks it."""
    site = new_site(archive())
    site.faults = [
        lambda answer: replace(answer.of(Content_Encoding="gzip"), cut=2000),
        lambda answer: answer.of(Content_Encoding="x-gzip"),
    ]
    assert fetch(site).read_bytes() == site.content
    assert site.ranges_asked == [None, "bytes=2000-"]


def test_an_archive_that_was_compressed_on_the_way_is_refused(
    fetch: Fetching, new_site: Callable[..., Any]
) -> None:
    site = new_site(archive())

    def compress(answer: Any) -> Any:
        body = gzip.compress(answer.body)
        return replace(answer, body=body).of(
            Content_Encoding="gzip", Content_Length=str(len(body)), ETag=""
        )

    site.faults = [compress]
    with pytest.raises(DownloadError, match="compresses the archive once more"):
        fetch(site)
    assert not (fetch.folder / NAME).exists()
    assert fetch(site).read_bytes() == site.content


def test_a_web_page_is_no_archive(fetch: Fetching, site: Any) -> None:
    site.faults = [lambda answer: answer.of(Content_Type="text/html; charset=utf-8")]
    with pytest.raises(DownloadError, match="is a web page, not a file"):
        fetch(site)
    assert fetch.files == []


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

"""Downloads from a server that lies about parts, lengths, content and versions."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from importers.errors import DownloadError
from importers.part_file import record_of
from importers.remote import Start
from tests.importers.fetching import (
    NAME,
    UNFINISHED,
    Fetching,
    answers,
    chunked,
    cut,
    interrupted,
)  # fmt: skip


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


def test_an_archive_that_was_compressed_on_the_way_in_two_runs_is_refused(
    fetch: Fetching, new_site: Callable[..., Any]
) -> None:
    site = new_site(gzip.compress(archive()))

    def encoded(answer: Any) -> Any:
        return answer.of(Content_Encoding="gzip")

    site.faults = [lambda answer: replace(encoded(answer), cut=2000), answers(400), encoded]
    with pytest.raises(DownloadError, match="400"):
        fetch(site)
    with pytest.raises(DownloadError, match="compresses the archive once more"):
        fetch(site)
    assert site.ranges_asked == [None, "bytes=2000-", "bytes=2000-"]
    assert not (fetch.folder / NAME).exists()


def test_a_web_page_is_no_archive(fetch: Fetching, site: Any) -> None:
    site.faults = [lambda answer: answer.of(Content_Type="text/html; charset=utf-8")]
    with pytest.raises(DownloadError, match="is a web page, not a file"):
        fetch(site)
    assert fetch.files == []

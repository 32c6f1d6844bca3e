"""What servers say of their files, believed only as far as it goes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.http_headers import (
    MAX_NAME_BYTES,
    ContentRange,
    Version,
    content_length,
    content_range,
    named_in_disposition,
    named_in_url,
    retry_after,
    safe_name,
    unsatisfied_total,
    version_of,
)

SUFFIXES = (".tar.gz", ".tar")
NOW = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes 100-199/1000", ContentRange(100, 199, 1000)),
        ("bytes 0-0/*", ContentRange(0, 0, None)),
        ("bytes 100-1000/1000", None),
        ("bytes 5-4/1000", None),
        ("bytes */1000", None),
        ("items 0-1/2", None),
        ("bytes 0-1/2, 4-5/6", None),
        ("bytes ١-٢/٣", None),
        ("", None),
    ],
)
def test_content_range(text: str, found: ContentRange | None) -> None:
    assert content_range(text) == found


@given(st.text())
def test_content_range_of_anything(text: str) -> None:
    found = content_range(text)
    assert found is None or 0 <= found.start <= found.end


def test_sizes() -> None:
    assert unsatisfied_total("bytes */1000") == 1000
    assert unsatisfied_total("bytes 0-1/1000") is None
    assert content_length({"Content-Length": "12"}) == 12
    assert content_length({"Content-Length": "12, 12"}) is None
    assert content_length({"Content-Length": "-1"}) is None
    assert content_length({}) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sat, 14 Mar 2026 12:00:30 GMT", 30.0),
        ("Sat, 14 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(st.text())
def test_retry_after_of_anything(text: str) -> None:
    found = retry_after(text, NOW)
    assert found is None or found >= 0


def test_only_strong_validators_count() -> None:
    modified, sent = "Sat, 14 Mar 2026 11:00:00 GMT", "Sat, 14 Mar 2026 12:00:00 GMT"
    assert version_of({"ETag": '"a-1"', "Last-Modified": modified, "Date": sent}, 5) == Version(
        5, '"a-1"', modified
    )
    assert version_of({"ETag": 'W/"a-1"'}, 5) == Version(5)
    assert version_of({"ETag": "a-1"}, 5) == Version(5)
    assert version_of({"Last-Modified": sent, "Date": sent}, 5) == Version(5)
    assert version_of({"Last-Modified": modified}, 5) == Version(5)
    assert version_of({"Last-Modified": "yesterday", "Date": sent}, None) == Version()
    assert version_of({"Last-Modified": modified[:-4], "Date": sent}, None).last_modified


def test_versions_differ_by_what_both_know() -> None:
    assert not Version(5, '"a"').differs(Version(None, '"a"', sha256="0"))
    assert Version(5, '"a"').differs(Version(6, '"a"'))
    assert Version(5, '"a"').differs(Version(5, '"b"'))
    assert Version(last_modified="x").differs(Version(last_modified="y"))
    assert Version(5, sha256="0").differs(Version(5, sha256="1"))


def test_versions_are_equal_by_a_checksum_or_an_etag_and_the_size() -> None:
    assert Version(sha256="0").equals(Version(5, sha256="0"))
    assert Version(5, '"a"').equals(Version(5, '"a"'))
    assert not Version(None, '"a"').equals(Version(5, '"a"'))
    assert not Version(5, '"a"', sha256="0").equals(Version(5, '"a"', sha256="1"))
    assert not Version(5).equals(Version(5))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('attachment; filename="cv en.tar.gz"', "cv en.tar.gz"),
        ("attachment; filename=cv.tar.gz", "cv.tar.gz"),
        ("attachment; filename*=UTF-8''cv-%C3%A9.tar.gz", "cv-é.tar.gz"),
        ('attachment; filename="cv-Ã©.tar.gz"', "cv-é.tar.gz"),
        ("inline", ""),
        ("", ""),
    ],
)
def test_names_in_content_disposition(text: str, name: str) -> None:
    assert named_in_disposition(text) == name


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255)))
def test_a_name_in_any_header(text: str) -> None:
    assert safe_name(named_in_disposition(f"attachment; filename={text}"), SUFFIXES)


def test_names_in_urls() -> None:
    assert named_in_url("https://x.org/a/cv%20en.tar.gz?sig=1/2#top") == "cv en.tar.gz"
    assert named_in_url("https://x.org/a/..%2F..%2Fetc.tar") == "../../etc.tar"
    assert named_in_url("https://x.org") == ""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cv-corpus-21.0-en.tar.gz", "cv-corpus-21.0-en.tar.gz"),
        ("../../etc/passwd", "passwd.tar.gz"),
        ("..\\..\\boot.tar", "boot.tar"),
        ("/etc/cron.d/x.tar", "x.tar"),
        (".import", "import.tar.gz"),
        ("-rf.tar", "rf.tar"),
        ("..", "download.tar.gz"),
        (".tar.gz", "download.tar.gz"),
        ("", "download.tar.gz"),
        ("a\0b\nc\u202egz.tar", "a_b_c_gz.tar"),
        ("cv-valid-train.csv", "cv-valid-train.csv.tar.gz"),
        (f"{'x' * 300}.tar.gz", f"{'x' * (MAX_NAME_BYTES - 7)}.tar.gz"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name, SUFFIXES) == safe


@given(st.text())
def test_any_name_becomes_safe(name: str) -> None:
    safe = safe_name(name, SUFFIXES)
    assert safe.endswith(SUFFIXES)
    assert safe not in SUFFIXES
    assert not set(safe) & set("/\\\0\n\r")
    assert safe[0] not in ".-"
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert safe_name(safe, SUFFIXES) == safe

"""The archives of free corpora: chosen by name, fetched whole and verified, refused in words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importers.corpora.common_voice import INFO as COMMON_VOICE
from importers.corpora.librispeech import INFO as LIBRISPEECH
from importers.corpora.mls import INFO as MLS
from importers.corpus import Access, CorpusInfo, PublishedArchive, ReadOptions
from importers.errors import DownloadError, StorageError, UsageError
from importers.http_attempts import Patience
from importers.published import archives_of, fetch, file_names, how_to_get, parse_sets
from tests.importers.fetching import answers, cut

Fetch = Callable[..., Path | None]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def get(tmp_path: Path, said: list[str]) -> Fetch:
    """Fetches into a folder that is not made yet."""

    def run(info: CorpusInfo, *sets: str) -> Path | None:
        patience = Patience(sleep=lambda seconds: None)
        return fetch(info, tmp_path / "new", frozenset(sets), patience=patience, say=said.append)

    return run


def published_at(site: Any, *names: str, **known: Any) -> CorpusInfo:
    """LibriSpeech, if these archives of the site were all of it; the size and SHA-256 are right."""
    right = {"bytes": len(site.content), "sha256": site.sha256, **known}
    archives = [PublishedArchive(name, f"{site.url}/{name}.tar.gz", **right) for name in names]
    return replace(LIBRISPEECH, archives=tuple(archives))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_sets_are_kept_in_the_order_of_the_corpus() -> None:
    assert parse_sets(LIBRISPEECH, " test-clean, dev-clean,test-clean,") == "dev-clean,test-clean"
    assert ReadOptions(values={"sets": "dev-clean,test-clean"}).sets == {"dev-clean", "test-clean"}
    assert ReadOptions().sets == frozenset()
    with pytest.raises(UsageError, match=r"no set 'dev'; there are: dev-clean, dev-other, "):
        parse_sets(LIBRISPEECH, "test-clean,dev")
    with pytest.raises(UsageError, match=r"--sets: names no set; there are: "):
        parse_sets(LIBRISPEECH, " , ")


def test_files_of_one_name_are_no_sets() -> None:
    pair = (
        PublishedArchive("all", "https://x.org/a.wav"),
        PublishedArchive("all", "https://x.org/a.txt"),
    )
    info = replace(LIBRISPEECH, archives=pair, in_parts=False)
    assert info.published_sets == ()
    assert archives_of(info, frozenset()) == pair
    assert file_names(info, ("all",)) == {"a.wav", "a.txt"}


def test_what_cannot_be_fetched() -> None:
    with pytest.raises(UsageError, match=r"Common Voice cannot be fetched so\. Download a lang"):
        archives_of(COMMON_VOICE, frozenset())
    with pytest.raises(UsageError, match="name one release of Multilingual LibriSpeech with --set"):
        archives_of(MLS, frozenset())
    with pytest.raises(UsageError, match="name one release of"):
        archives_of(MLS, frozenset({"mls_german", "mls_german_opus"}))
    (german,) = archives_of(MLS, frozenset({"mls_german"}))
    assert german.url == "https://dl.fbaipublicfiles.com/mls/mls_german.tar.gz"


def test_a_licensed_corpus_says_what_to_order() -> None:
    info = replace(
        COMMON_VOICE,
        title="Calls",
        access=Access.LICENSED,
        orders=("LDC2004S13", "LDC2004T19"),
        how_to_get="https://catalog.ldc.upenn.edu",
    )
    words = "It is licensed: order LDC2004S13, LDC2004T19. https://catalog.ldc.upenn.edu"
    assert how_to_get(info) == words
    with pytest.raises(UsageError) as caught:
        archives_of(info, frozenset())
    assert str(caught.value) == f"--download: Calls cannot be fetched so. {words}"


def test_all_archives_come_into_the_target(
    get: Fetch, site: Any, tmp_path: Path, said: list[str]
) -> None:
    info = published_at(site, "dev-clean", "test-clean")
    assert get(info) is None  # for all that lies in TARGET is one import
    assert files(tmp_path / "new") == ["dev-clean.tar.gz", "test-clean.tar.gz"]
    assert (tmp_path / "new" / "dev-clean.tar.gz").read_bytes() == site.content
    assert [line.partition(", ")[0] for line in said] == [
        "dev-clean.tar.gz: 200 kB to download",
        "test-clean.tar.gz: 200 kB to download",
    ]
    assert "MP3" not in "".join(said)
    site.requests.clear()
    get(info)
    assert site.requests == []


def test_only_the_sets_that_are_named(get: Fetch, site: Any, tmp_path: Path) -> None:
    get(published_at(site, "dev-clean", "test-clean"), "test-clean")
    assert files(tmp_path / "new") == ["test-clean.tar.gz"]


def test_the_one_archive_of_a_corpus_in_one_piece_is_its_source(
    get: Fetch, site: Any, tmp_path: Path
) -> None:
    info = replace(published_at(site, "all"), in_parts=False)
    assert get(info) == tmp_path / "new" / "all.tar.gz"


def test_files_that_are_no_archives(get: Fetch, new_site: Any, tmp_path: Path) -> None:
    site = new_site(b"She had your dark suit in greasy wash water all year.\n")
    pair = tuple(PublishedArchive("x", f"{site.url}/x.{end}") for end in ("wav", "txt"))
    assert get(replace(LIBRISPEECH, archives=pair, in_parts=False)) is None
    assert files(tmp_path / "new") == ["x.txt", "x.wav"]


def test_an_interrupted_download_goes_on(get: Fetch, site: Any, tmp_path: Path) -> None:
    info = published_at(site, "dev-clean", "test-clean")
    site.faults = [lambda answer: answer, cut(70_000), answers(400)]
    with pytest.raises(DownloadError, match="400"):
        get(info)
    assert files(tmp_path / "new") == [
        "dev-clean.tar.gz",
        "test-clean.tar.gz.part",
        "test-clean.tar.gz.part.json",
    ]
    site.requests.clear()
    get(info)
    assert site.ranges_asked == ["bytes=70000-"]
    assert files(tmp_path / "new") == ["dev-clean.tar.gz", "test-clean.tar.gz"]


def test_another_file_than_was_published(get: Fetch, site: Any, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"has the SHA-256 .*, and 00* was promised"):
        get(published_at(site, "dev-clean", sha256="0" * 64))
    with pytest.raises(DownloadError, match="has a file of 200,000 bytes, and 199,999 were"):
        get(published_at(site, "test-clean", bytes=199_999))
    assert not any(name.endswith(".tar.gz") for name in files(tmp_path / "new"))


def test_an_archive_that_lies_there_is_compared_and_kept(
    get: Fetch, site: Any, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "dev-clean.tar.gz").write_bytes(site.content)
    (tmp_path / "new" / "test-clean.tar.gz").write_bytes(b"other")
    info = published_at(site, "dev-clean", "test-clean")
    get(info, "dev-clean")
    assert site.requests == []
    with pytest.raises(UsageError, match=r"test-clean\.tar\.gz: is here already, and not known"):
        get(info, "test-clean")


def test_all_of_them_must_fit_before_the_first_is_fetched(
    site: Any, small_disk: Path, said: list[str]
) -> None:
    info = published_at(site, "dev-clean", "test-clean", bytes=1_200_000)
    (small_disk / "dev-clean.tar.gz.part").write_bytes(bytes(50_000))
    with pytest.raises(StorageError, match=r"2\.35 MB are to be downloaded: dev-clean \(1\.2 MB\)"):
        fetch(info, small_disk, frozenset(), say=said.append)
    assert site.requests == []

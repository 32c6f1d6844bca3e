"""Finding what to import: none, one, several, and folders that only look like a release."""

from pathlib import Path

import pytest

from importers.corpora.common_voice import INFO
from importers.errors import UsageError
from importers.releases import Release, find_releases, find_roots


def touch(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_the_one_archive_in_the_target(tmp_path: Path) -> None:
    archive = touch(tmp_path / "cv-corpus-21.0-2025-03-14-en.tar.gz")
    assert find_releases(INFO, tmp_path, None) == [Release(archive, is_archive=True)]


def test_the_one_unpacked_release_in_the_target(tmp_path: Path) -> None:
    table = touch(tmp_path / "cv-corpus-21.0-2025-03-14" / "en" / "validated.tsv")
    assert find_releases(INFO, tmp_path, None) == [Release(table.parent, is_archive=False)]


def test_several_are_listed(tmp_path: Path) -> None:
    touch(tmp_path / "a.tar.gz")
    touch(tmp_path / "cv" / "de" / "other.tsv")
    touch(tmp_path / "cv" / "en" / "validated.tsv")
    with pytest.raises(UsageError, match="several") as caught:
        find_releases(INFO, tmp_path, None)
    for name in ("a.tar.gz", "cv/de", "cv/en"):
        assert f"{tmp_path}/{name}" in str(caught.value)
    with pytest.raises(UsageError, match="several"):
        find_releases(INFO, tmp_path, tmp_path / "cv")


def test_none_says_where_to_get_one_and_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_releases(INFO, tmp_path, None)
    assert "https://mozilladatacollective.com" in str(caught.value)
    assert f"put it into {tmp_path}" in str(caught.value)
    with pytest.raises(UsageError, match="not made yet: there is no such folder"):
        find_releases(INFO, tmp_path / "not made yet", None)
    touch(tmp_path / "cv.tar.gz")
    with pytest.raises(UsageError, match=r"cv\.tar\.gz: is a file. Name the folder to import into"):
        find_releases(INFO, tmp_path / "cv.tar.gz", None)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such archive or folder"):
        find_releases(INFO, tmp_path, tmp_path / "cv.tar.gz")


def test_a_source_is_believed_whatever_it_is_called(tmp_path: Path) -> None:
    source = touch(tmp_path / "download")
    assert find_releases(INFO, tmp_path, source) == [Release(source, is_archive=True)]


def test_our_own_manifests_are_no_release(tmp_path: Path) -> None:
    touch(tmp_path / "cv-valid-train.csv", "wav_filename,wav_filesize,transcript\n")
    touch(tmp_path / ".import" / "tables" / "en" / "validated.tsv")
    assert list(find_roots(INFO, tmp_path)) == []
    touch(tmp_path / "cv_corpus_v1" / "cv-valid-train.csv", "filename,text\n")
    assert list(find_roots(INFO, tmp_path)) == [tmp_path / "cv_corpus_v1"]

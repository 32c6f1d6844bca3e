"""Finding what to import: none, one, several, and folders that only look like a release."""

from dataclasses import replace
from pathlib import Path

import pytest

from importers.corpora.common_voice import INFO
from importers.corpora.ljspeech import INFO as LJSPEECH
from importers.corpora.mls import INFO as MLS
from importers.corpus import Access, CorpusInfo
from importers.errors import UsageError
from importers.releases import Choice, Release, find_releases, find_roots


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


@pytest.mark.parametrize(
    ("info", "folders", "helps"),
    [
        (INFO, ("cv/de", "cv/sr-Latn"), True),
        (INFO, ("cv-21/de", "cv-22/de"), False),
        (INFO, ("de", "a copy"), False),
        (LJSPEECH, ("one", "two"), False),
    ],
)
def test_a_language_is_asked_for_where_it_tells_them_apart(
    info: CorpusInfo, folders: tuple[str, ...], helps: bool, tmp_path: Path
) -> None:
    for folder in folders:
        touch(tmp_path / folder / info.markers[0])
    with pytest.raises(UsageError, match="several releases are here; name one of them") as caught:
        find_releases(info, tmp_path, None)
    assert ("or its language with --locale" in str(caught.value)) is helps


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


def test_of_a_licensed_corpus_it_says_what_to_order(tmp_path: Path) -> None:
    licensed = replace(
        INFO,
        name="calls",
        title="Calls",
        access=Access.LICENSED,
        orders=("LDC2004S13", "LDC2004T19"),
        how_to_get="See https://catalog.ldc.upenn.edu",
        markers=("**/fe_03_*.txt",),
    )
    with pytest.raises(UsageError) as caught:
        find_releases(licensed, tmp_path, None)
    assert str(caught.value) == (
        f"{tmp_path}: no Calls release is here: neither an archive (.tar, .tar.gz) nor a folder "
        "with **/fe_03_*.txt. It is licensed: order LDC2004S13, LDC2004T19. See "
        f"https://catalog.ldc.upenn.edu; then put it into {tmp_path}, or name it: import-calls "
        "TARGET SOURCE"
    )


def test_sets_choose_archives_and_folders_by_their_published_names(tmp_path: Path) -> None:
    for language in ("german", "polish"):
        touch(tmp_path / f"mls_{language}" / "dev" / "transcripts.txt")
        touch(tmp_path / f"mls_{language}_opus.tar.gz")
    with pytest.raises(UsageError, match=r"several releases are here; .* or choose by --sets:"):
        find_releases(MLS, tmp_path, None)
    for name, path in (("mls_polish", "mls_polish"), ("mls_german_opus", "mls_german_opus.tar.gz")):
        chosen = find_releases(MLS, tmp_path, None, Choice(sets=frozenset({name})))
        assert chosen == [Release(tmp_path / path, path.endswith(".gz"))]


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


def test_the_clips_of_an_import_are_not_looked_through(tmp_path: Path) -> None:
    table = touch(tmp_path / "clips" / "en" / "validated.tsv")
    assert list(find_roots(INFO, tmp_path)) == [table.parent]
    touch(tmp_path / "cv-valid-train.csv", "wav_filename,wav_filesize,transcript\n")
    assert list(find_roots(INFO, tmp_path)) == []

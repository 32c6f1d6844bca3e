from pathlib import Path

import pytest

from tools.fetch_kenlm import ARCHIVE, FOLDER, FetchError, ensure_kenlm


def test_an_altered_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / ARCHIVE).write_bytes(b"not what was pinned")
    with pytest.raises(FetchError, match=r"is not KenLM .*Delete it and try again"):
        ensure_kenlm(tmp_path)
    assert not (tmp_path / FOLDER).exists()


def test_without_an_index_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(FetchError, match=r"could not download KenLM .*put .* into build/ by hand"):
        ensure_kenlm(tmp_path)
    assert list((tmp_path / "build").iterdir()) == []


def test_sources_that_are_there_are_taken(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    assert ensure_kenlm(tmp_path) == tmp_path / FOLDER

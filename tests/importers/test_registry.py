"""The registry: a file that is dropped in is a corpus."""

from pathlib import Path

import pytest

from importers import corpora
from importers.errors import UsageError
from importers.registry import all_corpora, load


def test_common_voice_is_called_cv() -> None:
    assert load("cv").INFO.title == "Common Voice"


def test_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no corpus is called 'vox'; there are: .*cv"):
        load("vox")


def test_a_file_without_the_seam_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_done.py").write_text('"""No INFO."""\n')
    monkeypatch.setattr(corpora, "__path__", [*corpora.__path__, str(tmp_path)])
    with pytest.raises(UsageError, match=r"half_done\.py: a corpus needs INFO and read"):
        all_corpora()


def test_two_corpora_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(str(load("cv").read.__code__.co_filename)).read_text()
    (tmp_path / "second.py").write_text(source)
    monkeypatch.setattr(corpora, "__path__", [*corpora.__path__, str(tmp_path)])
    with pytest.raises(UsageError, match=r"second\.py: .*common_voice\.py is called 'cv' already"):
        all_corpora()

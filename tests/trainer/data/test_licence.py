"""The licence of training data: known of what imports of ours have made, and of nothing else."""

import json
from pathlib import Path

import pytest

from trainer.data.licence import data_licence


def manifest(folder: Path, corpus: object) -> Path:
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"corpus": corpus}))
    return folder / "train.csv"


def test_of_corpora_that_we_know(tmp_path: Path) -> None:
    cv = manifest(tmp_path / "cv", "Common Voice")
    ls = manifest(tmp_path / "ls", "LibriSpeech")
    assert data_licence([cv]) == "CC0-1.0 (Common Voice)"
    assert data_licence([cv, ls, cv]) == "CC0-1.0 (Common Voice); CC-BY-4.0 (LibriSpeech)"


@pytest.mark.parametrize("corpus", ["Own recordings", "Nobody's", None, 3])
def test_of_others(tmp_path: Path, corpus: object) -> None:
    mine = manifest(tmp_path / "mine", corpus)
    assert data_licence([mine]) is None
    # Of a mixture, one licence alone would be a wrong answer.
    assert data_licence([manifest(tmp_path / "cv", "Common Voice"), mine]) is None


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_where_no_report_tells(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    assert data_licence([tmp_path / "train.csv"]) is None

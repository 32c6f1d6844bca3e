"""The whole road on the sample corpus: every stage once, and not again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = ["--width", "16", "--epochs", "1", "--batch-size", "32"]


def produce(checkout: Path, target: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(checkout / "pipelines" / "produce_command.py"), str(target)]
        + [str(one) for one in arguments],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )


def stages(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said of the stages, in order."""
    names = ("import", "language model", "training", "test")
    return [
        line for line in done.stderr.splitlines() if line.partition(":")[0].strip(" .") in names
    ]


@pytest.mark.slow
def test_every_stage_once_and_only_what_changed_again(checkout: Path, tmp_path: Path) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    text = checkout / "sample" / "text" / "commands.txt"
    first = produce(checkout, tmp_path, archive, "--text", text, *SETTINGS)
    assert first.returncode == 0, first.stderr
    assert stages(first) == ["import ...", "language model ...", "training ...", "test ..."]
    for line in (
        "clips read       592",
        "imported         582 (0.35 h)",
        "WER without LM",
        "WER with LM",
    ):
        assert line in first.stdout
    result = json.loads((tmp_path / "produce-model.json").read_text())
    assert result["test_clips"] == 78
    assert result["example"]["said"]

    second = produce(checkout, tmp_path, archive, "--text", text, *SETTINGS)
    assert second.returncode == 0, second.stderr
    assert stages(second) == [
        f"{name}: unchanged" for name in ("import", "language model", "training", "test")
    ]
    assert second.stdout == first.stdout

    third = produce(checkout, tmp_path, archive, *SETTINGS)
    assert stages(third) == [
        "import: unchanged",
        "language model ...",
        "training: unchanged",
        "test ...",
    ]


@pytest.mark.slow
def test_an_import_of_its_own_stays_and_another_training_is_refused(
    checkout: Path, tmp_path: Path
) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    command = [sys.executable, str(checkout / "pipelines" / "import_command.py"), "cv"]
    subprocess.run(
        [*command, str(tmp_path), str(archive), "--split", "speaker"],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    before = (tmp_path / "cv-valid-train.csv").read_bytes()
    assert produce(checkout, tmp_path, *SETTINGS).returncode == 0
    assert (tmp_path / "cv-valid-train.csv").read_bytes() == before
    other = produce(checkout, tmp_path, *SETTINGS, "--width", "24")
    assert other.returncode == 1
    assert f"{tmp_path}/model: is a model of other clips or settings." in other.stderr


def test_mistakes_are_one_line(checkout: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ([tmp_path / "none.tar.gz"], "there is no such archive or folder"),
        (["--preset", "nosuch"], "no preset 'nosuch'; there are deepspeech, deepspeech-streaming"),
        (["--width", "0"], "--width: "),
    ):
        done = produce(checkout, tmp_path, *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("produce-model: ")
        assert done.stderr.count("\n") == 1
        assert words in done.stderr


def test_a_release_without_dev_and_test_says_what_to_do(
    checkout: Path, tmp_path: Path, test_data: Path
) -> None:
    root = tmp_path / "en"
    root.mkdir()
    real = test_data / "cv-corpus-21.0-delta-2025-03-14" / "en"
    (root / "clips").symlink_to(real / "clips")
    lines = (real / "train.tsv").read_text(encoding="utf-8").splitlines()[:3]
    (root / "train.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = produce(checkout, tmp_path / "out", root)
    assert done.returncode == 1
    assert "cv-valid-dev.csv: holds no clip, so no model can be made and measured" in done.stderr
    assert done.stderr.count("\n") == 1

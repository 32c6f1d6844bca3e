"""The whole road on the sample corpus: every stage once, and not again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from importers.manifest import read_manifest
from lm.package import LanguageModelPackage
from trainer.model_folder import ModelFolder

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
def test_any_corpus_and_its_own_flags(checkout: Path, test_data: Path, tmp_path: Path) -> None:
    """Whose sets are called otherwise than those of Common Voice."""
    readers = {"dev-clean": "1688", "test-clean": "2414", "train-clean-5": "3331"}
    for name, reader in {**readers, "test-other": "367"}.items():
        folder = test_data / "LibriSpeech" / "test-other" / reader
        shutil.copytree(folder, tmp_path / "LibriSpeech" / name / reader)
    said = ("--corpus", "librispeech", *SETTINGS)
    first = produce(checkout, tmp_path, *said, "--sets", ",".join(readers))
    assert first.returncode == 0, first.stderr
    assert json.loads((tmp_path / "produce-model.json").read_text())["test_clips"] == 10
    again = produce(checkout, tmp_path, *said)
    assert stages(again) == [
        f"{name}: unchanged" for name in ("import", "language model", "training", "test")
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
    facts = ModelFolder.read(tmp_path / "model").training
    rates = ("wer", "cer", "wer_with_language_model", "cer_with_language_model")
    assert {name: facts[name] for name in rates} == {name: result[name] for name in rates}
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    assert f"| word error rate | {result['wer']:.6g} |" in card

    second = produce(checkout, tmp_path, archive, "--text", text, *SETTINGS)
    assert second.returncode == 0, second.stderr
    assert stages(second) == [
        f"{name}: unchanged" for name in ("import", "language model", "training", "test")
    ]
    assert second.stdout == first.stdout

    (tmp_path / "model" / "model.json").unlink()
    mended = produce(checkout, tmp_path, archive, "--text", text, *SETTINGS)
    assert stages(mended)[2:] == ["training ...", "test ..."]  # whose results were in there
    assert ModelFolder.read(tmp_path / "model").training == facts

    repeating = tmp_path / "repeating.txt"
    held_out = [
        entry.transcript.upper()
        for split in ("dev", "test")
        for entry in read_manifest(tmp_path / f"cv-valid-{split}.csv")
    ]
    repeating.write_text("\n".join(["open it", *held_out]))
    third = produce(checkout, tmp_path, archive, "--text", repeating, *SETTINGS)
    assert stages(third) == [
        "import: unchanged",
        "language model ...",
        "training: unchanged",
        "test ...",
    ]
    package = LanguageModelPackage.read(tmp_path / "lm")
    assert package.counts["excluded"] == len(held_out) == 129
    assert package.sources[1]["sentences"] == 1

    manifest = tmp_path / "cv-valid-train.csv"
    rows = manifest.read_bytes()
    manifest.unlink()
    shutil.rmtree(tmp_path / "clips")
    fourth = produce(checkout, tmp_path, archive, "--text", repeating, *SETTINGS)
    assert stages(fourth)[0] == "import ..."
    assert [line.partition(": ")[2] for line in stages(fourth)[1:]] == 3 * ["unchanged"]
    assert manifest.read_bytes() == rows

    fifth = produce(checkout, tmp_path, archive, *SETTINGS, "--split", "speaker")
    assert (fifth.returncode, stages(fifth)) == (1, [])
    assert manifest.read_bytes() == rows
    assert f"{tmp_path}/model: stands there, made with other import settings." in fifth.stderr
    shutil.rmtree(tmp_path / "model")
    sixth = produce(checkout, tmp_path, archive, *SETTINGS, "--split", "speaker")
    assert stages(sixth) == [
        "import ...",
        "language model ...",
        "training ...",
        "test ...",
    ]
    assert manifest.read_bytes() != rows
    (tmp_path / ".produce" / "model-of.json").unlink()
    seventh = produce(checkout, tmp_path, archive, *SETTINGS, "--split", "speaker")
    assert seventh.returncode == 1
    assert f"{tmp_path}/model: is a model that this command has not made." in seventh.stderr


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
    longer = (*SETTINGS, "--epochs", "3", "--patience", "9", "--feature-cache", tmp_path / "kept")
    for licence in ("CC0-1.0", "CC-BY-4.0"):  # it may be told, or told otherwise, later
        done = produce(checkout, tmp_path, *longer, "--licence", licence)
        assert done.returncode == 0, done.stderr
        model = ModelFolder.read(tmp_path / "model")
        assert (model.training["epochs"], model.licence) == (3, licence)
    assert list((tmp_path / "kept").iterdir())
    other = produce(checkout, tmp_path, *SETTINGS, "--width", "24")
    assert other.returncode == 1
    assert f"{tmp_path}/model: stands there, made with other training settings." in other.stderr


def test_mistakes_are_one_line(checkout: Path, tmp_path: Path) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    story, text = checkout / "sample" / "text" / "story.txt", tmp_path / "text.bz2"
    text.write_bytes(b"BZh91AY")
    nowhere = "http://127.0.0.1:9/cv.tar.gz"  # is asked for last
    for code, arguments, words in (
        (2, [tmp_path / "none.tar.gz"], "there is no such archive or folder"),
        (2, ["--preset", "no"], "no preset 'no'; there are conformer-ctc, deepspeech, "),
        (2, ["--width", "0"], "--width: "),
        (2, [nowhere, "--min-seconds", "3", "--max-seconds", "2"], "--min-seconds is more than"),
        (2, [nowhere, "--alphabet", "bytes"], "--alphabet bytes: language models over bytes"),
        (1, [nowhere, "--alphabet", tmp_path / "none.txt"], "none.txt: there is no such alphabet"),
        (2, [nowhere, "--text", tmp_path / "none.txt"], "/none.txt: there is no such file"),
        (2, [archive, "--text", checkout], f"--text {checkout}: is a folder. Name a file"),
        (
            2,
            ["--text", story, archive],
            "Unpack it, and name the text files in it. If it is SOURCE",
        ),
        (2, ["--text", story, nowhere], "If it is SOURCE, name it before --text, which takes all"),
        (2, [archive, "--text", "-"], "-: cannot be read twice"),
        (1, [archive, "--text", text], "text.bz2: damaged bzip2: Compressed file ended before"),
    ):
        done = produce(checkout, tmp_path / "cv", *arguments)
        assert done.returncode == code
        assert done.stderr.startswith("produce-model: ")
        assert done.stderr.count("\n") == 1
        assert words in done.stderr
        assert not (tmp_path / "cv").exists()


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
    assert done.stderr == (
        f"import ...\nproduce-model: {tmp_path}/out/cv-valid-dev.csv: holds no clip, so no model "
        "can be made and measured. Run the same command with --split speaker\n"
    )

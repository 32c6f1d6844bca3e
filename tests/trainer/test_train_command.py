"""train-model as users run it: from manifests to a model that is measured."""

import hashlib
import json
import operator
import re
from pathlib import Path

import numpy as np
import pytest

from lm.build import BuildRequest, build_language_model
from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands, spoken_commands
from tests.trainer.tiny_training import TINY
from trainer import evaluate_command, train_command
from trainer.model_folder import ModelFolder


@pytest.fixture(scope="module")
def package(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model of the training transcripts."""
    out = tmp_path_factory.mktemp("package") / "lm"
    request = BuildRequest(out=out, manifests=(commands.train,))
    return build_language_model(request, lambda line: None).folder


def test_from_manifests_to_a_model_that_is_measured(
    run: Run, commands: Commands, package: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    arguments = ["--train", commands.train, "--dev", commands.dev, "--test", commands.test]
    arguments += ["--lm", package, "--out", out, "--epochs", 2, "--report", 1, *TINY]
    code, said, talk = run(train_command.main, *arguments)
    assert code == 0, talk
    lines = said.splitlines()
    rates = r"6 clips, \d+ words: WER [\d.]+% \(.*\), CER [\d.]+%, WER of the median clip [\d.]+%"
    assert re.fullmatch(f"test without language model: {rates}", lines[0])
    assert re.fullmatch(f"test with language model:    {rates}", lines[1])
    assert [lines[2], lines[6], lines[10], lines[14]] == [
        "best",
        "median",
        "worst",
        f"model: {out}",
    ]
    assert re.match(
        r"24 clips \(0\.01 h\) to train, 6 clips \(0\.00 h\) for dev\nepoch 1 of 2: ", talk
    )
    assert talk.count("  true       ") == 6
    assert "\r" not in talk and "oneDNN" not in talk
    names = {"model.json", "alphabet.txt", "model.onnx", "model.onnx.data", "model.keras"}
    names.add("MODEL_CARD.md")
    assert names <= {path.name for path in out.iterdir()}
    facts = ModelFolder.read(out).training
    assert (facts["preset"], facts["train_clips"], facts["epochs"]) == (
        "deepspeech-streaming",
        24,
        2,
    )
    assert f"WER {facts['wer']:.2%}" in lines[0]
    assert f"WER {facts['wer_with_language_model']:.2%}" in lines[1]

    logits = tmp_path / "logits.npz"
    arguments = ["--model", out, "--csv", commands.test, "--lm", package, "--report", 1]
    code, again, talk = run(evaluate_command.main, *arguments, "--save-logits", logits)
    assert (code, talk) == (0, "")
    assert again.replace("with", "test with", 2).splitlines() == lines[:-1]
    with np.load(logits, allow_pickle=False) as saved:
        about = json.loads(saved["about"].tobytes())
        assert about["alphabet"] == list(ModelFolder.read(out).alphabet.labels)
        assert len(about["clips"]) == 6
        for number in range(6):
            log_probs = saved[f"log_probs/{number}"]
            assert log_probs.shape[1] == len(about["alphabet"]) + 1
            assert np.exp(log_probs).sum(1) == pytest.approx(1, abs=1e-4)

    (out / "checkpoints" / "last.npz").unlink()
    code, _, talk = run(train_command.main, "--train", commands.train, "--dev", commands.dev,
                        "--out", out, *TINY)  # fmt: skip
    assert code == 1
    assert talk == (
        f"train-model: {out} holds a model, but no checkpoints to go on from. "
        "Name another folder with --out\n"
    )


def test_a_finished_model_is_trained_further_on_what_is_asked_for(
    run: Run, commands: Commands, tmp_path: Path
) -> None:
    """Unchanged nothing is trained; other clips and another rate are a new training each."""
    out = tmp_path / "model"
    rows = commands.train.read_text().splitlines(keepends=True)
    fewer = commands.train.with_name("fewer.csv")
    fewer.write_text("".join(rows[:-8]))

    def trained(csv: Path, *more: object) -> tuple[str, dict[str, object]]:
        arguments = ["--train", csv, "--dev", commands.dev, "--out", out, *TINY, *more]
        code, _, talk = run(train_command.main, *arguments)
        assert code == 0, talk
        return talk, dict(ModelFolder.read(out).training)

    def bytes_of_weights() -> list[bytes]:
        names = ("checkpoints/last.npz", "checkpoints/best.npz", "model.onnx.data")
        return [(out / name).read_bytes() for name in names]

    def sha256(csv: Path) -> str:
        return hashlib.sha256(csv.read_bytes()).hexdigest()

    _, first = trained(commands.train, "--epochs", 3)
    weights = bytes_of_weights()
    talk, again = trained(commands.train, "--epochs", 3)
    assert talk.splitlines()[1:] == ["3 epochs are done already (--epochs 3)"]
    assert again == first
    assert bytes_of_weights() == weights

    talk, other = trained(fewer, "--epochs", 2)
    assert talk.splitlines()[1].startswith("training clips are others, or in another order: a new ")
    assert talk.splitlines()[2].startswith("epoch 1 of 2: ")
    assert (other["epochs"], other["epochs_before"]) == (2, 3)
    assert (other["train_clips"], other["data_sha256"]) == (16, sha256(fewer))
    assert all(map(operator.ne, weights, bytes_of_weights()))

    talk, slower = trained(fewer, "--epochs", 1, "--learning-rate", 0.003)
    assert talk.splitlines()[1].startswith("learning rate was 0.01, now 0.003: a new training ")
    assert (slower["epochs"], slower["best_epoch"]) == (1, 1)
    assert slower["epochs_before"] == 3 + 2


def test_flacs_are_learnt_and_evaluated_as_wavs_are(
    run: Run, commands: Commands, checkout: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "flacs"
    flacs = spoken_commands(checkout, folder, "flac")
    assert {path.suffix for path in folder.iterdir() if path.is_file()} == {".csv", ".flac"}
    said = []
    for name, one in (("a", commands), ("b", flacs)):
        arguments = ["--train", one.train, "--dev", one.dev, "--test", one.test, "--epochs", 1]
        code, lines, talk = run(train_command.main, *arguments, "--out", tmp_path / name, *TINY)
        assert code == 0, talk
        said.append(lines.splitlines()[0])
        evaluating = ["--model", tmp_path / "a", "--csv", one.test]
        code, lines, talk = run(evaluate_command.main, *evaluating)
        assert code == 0, talk
        said.append(lines.splitlines()[0])
    assert said[0].startswith("test without language model: 6 clips, ")
    assert said[:2] == said[2:]

"""train-model and evaluate-model as users run them: what comes out, what is said of mistakes."""

import hashlib
import json
import operator
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lm.build import BuildRequest, build_language_model
from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands, spoken_commands
from trainer import evaluate_command, train_command
from trainer.data import feature_store
from trainer.data.batches import Batch
from trainer.data.clip_file import read_samples
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.model_folder import ModelFolder

TINY = ["--preset", "deepspeech-streaming", "--width", 12, "--learning-rate", 0.01]
TINY += ["--batch-size", 8, "--threads", 1]


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


def test_a_limit_a_budget_and_lists_with_commas(
    run: Run, commands: Commands, tmp_path: Path
) -> None:
    """Half of two lists of 24 clips; what is left out of them is listed."""
    out = tmp_path / "model"
    twice = f"{commands.train},{commands.train}"
    arguments = ["--train", twice, "--dev", commands.dev, "--out", out, "--epochs", 2, *TINY]
    arguments += ["--limit-train", "50%", "--batch-frames"]
    code, _, talk = run(train_command.main, *arguments, 600)
    assert code == 0, talk
    lines = talk.splitlines()
    told = re.fullmatch(
        r"(\d+) clips are left out: more than is asked for \(--limit-train\); listed in .*",
        lines[0],
    )
    assert told
    left = int(told[1])
    rows = (out / "left-out.csv").read_text().splitlines()[1:]
    assert len(rows) == left and all(",limit," in row for row in rows)
    assert ModelFolder.read(out).training["train_clips"] == 48 - left
    assert 20 <= left <= 26
    settings = read_checkpoint(CheckpointFolder(out).last).terms.settings
    assert settings["batch_frames"] == 600
    assert re.search(r" audio hours per hour, \d+% waited for data", lines[2])

    code, _, talk = run(train_command.main, *arguments, 500, "--epochs", 1)
    assert code == 0 and "batch frames was 600, now 500: a new training begins" in talk


@pytest.mark.parametrize("limit", ["5", "0%", "half"])
def test_a_limit_that_makes_no_sense(run: Run, limit: str) -> None:
    code, _, talk = run(train_command.main, "--limit-train", limit)
    assert code == 2
    what = (
        f"argument --limit-train: '{limit}' is neither a share (0.1, 10%) nor hours of audio (5h)"
    )
    assert talk.splitlines()[-1] == f"train-model: error: {what}"


def test_a_feature_cache_changes_nothing_but_what_is_read(
    run: Run, commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[Path]()

    def noted(path: Path, rate: int) -> NDArray[np.int16]:
        read.append(path)
        return read_samples(path, rate)

    monkeypatch.setattr(feature_store, "read_samples", noted)

    def trained(name: str, *more: object) -> dict[str, np.ndarray]:
        out = tmp_path / name
        arguments = ["--train", commands.train, "--dev", commands.dev, "--out", out, *TINY, *more]
        code, _, talk = run(train_command.main, *arguments, "--epochs", 2)
        assert code == 0, talk
        with np.load(CheckpointFolder(out).last) as arrays:
            return {name: arrays[name] for name in arrays if name != "about"}

    cache = ["--feature-cache", tmp_path / "deep" / "cache"]
    plain, first = trained("plain"), trained("first", *cache)
    read.clear()
    second = trained("second", *cache)
    assert read == []  # by the training
    for name, array in plain.items():
        assert np.array_equal(array, first[name]) and np.array_equal(array, second[name])


def test_a_feature_cache_that_cannot_be_made(run: Run, commands: Commands, tmp_path: Path) -> None:
    arguments = ["--train", commands.train, "--dev", commands.dev, "--out", tmp_path / "out", *TINY]
    code, _, talk = run(train_command.main, *arguments, "--feature-cache", commands.train)
    assert code == 1
    assert talk.startswith(f"train-model: {commands.train}")
    assert talk.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_one_training_at_a_time_in_a_folder(run: Run, commands: Commands, tmp_path: Path) -> None:
    out = tmp_path / "model"
    with CheckpointFolder(out).held():
        before = sorted(out.rglob("*"))
        code, said, talk = run(
            train_command.main, "--train", commands.train, "--dev", commands.dev, "--out", out
        )
        assert (code, said) == (1, "")
        assert talk == (
            f"train-model: {out}: another training is at work here (process {os.getpid()} on "
            f"{os.uname().nodename}). Wait for it, or choose another target\n"
        )
        assert sorted(out.rglob("*")) == before


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


def test_a_clip_that_cannot_be_learnt_from_is_listed_with_its_row(
    run: Run, commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the manifest goes meanwhile, and by a run that finds it in the checkpoint only."""
    mine = commands.train.with_name("mine.csv")
    mine.write_bytes(commands.train.read_bytes())
    rows = commands.train.read_text().splitlines()
    bad = commands.train.parent / rows[5].split(",")[0]
    real = Learner.step

    def step(learner: Learner, batch: Batch) -> tuple[NDArray[np.float32], bool]:
        mine.unlink(missing_ok=True)
        at_fault = [clip.path == bad for clip in batch.clips]
        if not any(at_fault):
            return real(learner, batch)
        return np.where(at_fault, np.inf, 1).astype(np.float32), False

    out = tmp_path / "model"
    arguments = ["--dev", commands.dev, "--out", out, *TINY]
    arguments += ["--epochs", 1, "--keep-checkpoints", 1, "--train"]
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", step)
        code, _, talk = run(train_command.main, *arguments, mine)
    assert code == 0, talk
    assert not mine.exists()
    assert f"{bad} is left out: the loss was not finite\n" in talk
    listed = f"{mine}:6,infinite_loss,{bad}"
    assert (out / "left-out.csv").read_text().splitlines()[1:] == [listed]
    assert (out / "checkpoints" / "epoch-1.npz").samefile(out / "checkpoints" / "last.npz")

    (out / "left-out.csv").unlink()
    moved = tmp_path / "moved"
    shutil.copytree(commands.train.parent, moved)
    code, _, talk = run(train_command.main, *arguments, moved / "train.csv")
    assert code == 0, talk
    listed = f"{moved}/train.csv:6,infinite_loss,{moved / bad.name}"
    assert (out / "left-out.csv").read_text().splitlines()[1:] == [listed]


def test_evaluating_loads_no_tensorflow(checkout: Path) -> None:
    program = (
        "import sys, trainer.evaluation_run, trainer.recognizer\n"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'apache_beam'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=checkout
    )
    assert done.stdout == "[]\n"


def mistake(name: str, commands: Commands, folder: Path) -> tuple[list[object], str]:
    """Arguments with one mistake, and what must be said of it."""
    bad = folder / "bad.csv"
    rows = commands.train.read_text().splitlines()
    wavs = commands.train.parent
    header = rows[0]
    given: dict[str, object] = {"--train": bad, "--dev": commands.dev, "--out": folder / "out"}
    if name == "no CSV":
        return [*given.items()], f"{bad}: no such CSV. import-cv makes one from a corpus"
    if name == "empty CSV":
        bad.write_text(header + "\n")
        return [*given.items()], f"{bad}: no clips in it, only the names of the columns"
    if name == "missing WAV":
        bad.write_text(f"{header}\n{wavs}/{rows[1]}\n{wavs}/gone.wav,44,abc,,,,\n")
        what = "no such clip. Paths count from the CSV's own folder"
        return [*given.items()], f"{bad}:3: {wavs}/gone.wav: {what}"
    if name == "missing WAV of the test set":
        bad.write_text(f"{header}\n{wavs}/gone.wav,44,abc,,,,\n")
        what = "no such clip. Paths count from the CSV's own folder"
        given |= {"--train": commands.train, "--test": bad}
        return [*given.items()], f"{bad}:2: {wavs}/gone.wav: {what}"
    alphabet = folder / "alphabet.txt"
    alphabet.write_text(" \na\nb\n")
    given |= {"--train": commands.train, "--alphabet": alphabet}
    if name == "character outside the alphabet":
        text = rows[1].split(",")[2]
        place = next(n for n, character in enumerate(text) if character not in " ab")
        what = f"no label for {text[place]!r} (U+{ord(text[place]):04X}) at position {place} of "
        what += f"{text!r}. Add it to the alphabet (--alphabet), or take the row out"
        return [*given.items()], f"{commands.train}:2: {what}"
    package = build_language_model(
        BuildRequest(out=folder / "lm", manifests=(commands.train,)), lambda line: None
    ).folder
    given |= {"--lm": package}
    return [*given.items()], f"{package}: this language model was built for another alphabet"


@pytest.mark.parametrize(
    "name",
    [
        "no CSV",
        "empty CSV",
        "missing WAV",
        "missing WAV of the test set",
        "character outside the alphabet",
        "language model of another alphabet",
    ],
)
def test_a_mistake_is_one_line_before_anything_is_made(
    run: Run, commands: Commands, tmp_path: Path, name: str
) -> None:
    pairs, message = mistake(name, commands, tmp_path)
    flat = [str(word) for pair in pairs for word in pair]  # type: ignore[attr-defined]
    code, said, talk = run(train_command.main, *flat)
    assert (code, said) == (1, "")
    assert talk.startswith(f"train-model: {message}")
    assert talk.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_wrong_setting_is_a_wrong_usage(run: Run, commands: Commands, tmp_path: Path) -> None:
    arguments = ["--train", commands.train, "--dev", commands.dev, "--out", tmp_path / "out"]
    code, _, talk = run(train_command.main, *arguments, "--dropout", 1.5)
    assert code == 2
    assert talk == "train-model: --dropout: input should be less than 1, not 1.5\n"


def test_evaluating_a_folder_without_a_model(run: Run, commands: Commands, tmp_path: Path) -> None:
    code, _, talk = run(evaluate_command.main, "--model", tmp_path, "--csv", commands.test)
    assert code == 1
    assert talk.startswith(f"evaluate-model: {tmp_path}: no model is in this folder")


@pytest.mark.slow
def test_killed_it_goes_on_from_its_last_checkpoint(
    commands: Commands, tmp_path: Path, checkout: Path
) -> None:
    """kill -9 in the middle of an epoch; the same command comes to what one run comes to."""

    def command(out: Path) -> list[str]:
        words = ["--train", commands.train, "--dev", commands.dev, "--out", out, "--epochs", 40]
        words += ["--patience", 40, "--checkpoint-minutes", 0]
        program = str(checkout / "trainer" / "train_command.py")
        return [sys.executable, program, *map(str, [*words, *TINY])]

    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(
        command(killed), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    last = CheckpointFolder(killed).last
    deadline = time.monotonic() + 120
    while not last.exists() or read_checkpoint(last).progress.epochs < 3:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = read_checkpoint(last).progress
    assert 3 <= before.epochs < 40
    assert not (killed / "model.json").exists()

    for out in (killed, whole):
        done = subprocess.run(command(out), env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        if out == killed:
            going_on = f"going on after epoch {before.epochs}, batch {before.batches}"
            assert done.stderr.splitlines()[1] == going_on
    for name in ("model.onnx", "model.onnx.data"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    assert json.loads((killed / "model.json").read_text())["training"]["epochs"] == 40


@pytest.mark.parametrize("flag", ["--threads", "--report"])
@pytest.mark.parametrize("main", [train_command.main, evaluate_command.main])
def test_counts_below_their_least_are_wrong_usage(
    run: Run, main: Callable[[], int], flag: str
) -> None:
    code, _, talk = run(main, flag, -1)
    assert code == 2
    assert f"argument {flag}: must be at least " in talk

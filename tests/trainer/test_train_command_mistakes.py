"""Mistakes of a user of train-model: what is said of them, before anything is made."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lm.build import BuildRequest, build_language_model
from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands
from trainer import evaluate_command, train_command
from trainer.loop.checkpoints import CheckpointFolder


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


@pytest.mark.parametrize("flag", ["--threads", "--report"])
@pytest.mark.parametrize("main", [train_command.main, evaluate_command.main])
def test_counts_below_their_least_are_wrong_usage(
    run: Run, main: Callable[[], int], flag: str
) -> None:
    code, _, talk = run(main, flag, -1)
    assert code == 2
    assert f"argument {flag}: must be at least " in talk

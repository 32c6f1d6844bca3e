"""What train-model makes of manifests: parts of them, features on disk, clips left out."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands
from tests.trainer.tiny_training import TINY
from trainer import train_command
from trainer.data import feature_store
from trainer.data.batches import Batch
from trainer.data.clip_file import read_samples
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.model_folder import ModelFolder


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

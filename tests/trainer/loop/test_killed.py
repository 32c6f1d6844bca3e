"""Each preset in small, by its commands: trained, killed, gone on with, exported, transcribing.

What is killed comes to the same figures, epoch by epoch, and to the same model, bit by bit, as what
ran in one go.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.trainer.spoken_commands import Commands
from tests.trainer.training_history import timeless
from trainer.config import FOLDER, preset_names
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.progress import EpochResult, Progress
from trainer.model_folder import ModelFolder

EPOCHS = 5
SETTINGS = ["--width", "16", "--epochs", str(EPOCHS), "--batch-size", "4", "--threads", "1"]
SETTINGS += ["--learning-rate", "0.003", "--checkpoint-minutes", "0", "--samples", "1"]


@pytest.fixture
def preset(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A preset's name; of one with many blocks that are alike, a file with a few of them."""
    name = str(request.param)
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    layers = content["architecture"]["layers"]
    if len(layers) < 12:
        return name
    content["architecture"]["layers"] = layers[:5]
    few = tmp_path / f"{name}.yaml"
    few.write_text(yaml.safe_dump(content))
    return str(few)


def training(preset: str, commands: Commands, out: Path) -> list[str]:
    """The command that trains on twelve clips, in three batches."""
    rows = commands.train.read_text().splitlines(keepends=True)
    few = commands.train.with_name("twelve.csv")
    few.write_text("".join(rows[:13]))
    program = Path(__file__).parents[3] / "trainer" / "train_command.py"
    words = ["--preset", preset, "--train", few, "--dev", commands.dev, "--out", out]
    return [sys.executable, *map(str, [program, *words]), *SETTINGS]


def kill_within_an_epoch(command: list[str], environment: dict[str, str], out: Path) -> Progress:
    """Start it and kill it in its second epoch or later; how far its checkpoint is then."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    last = CheckpointFolder(out).last
    deadline = time.monotonic() + 600
    while not last.exists() or not is_within(read_checkpoint(last).progress):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (out / "model.json").exists()
    return read_checkpoint(last).progress


def is_within(progress: Progress) -> bool:
    return progress.epochs >= 1 and progress.batches >= 1


def figures(out: Path) -> tuple[EpochResult, ...]:
    """Of all epochs, but for the time that they took."""
    return timeless(read_checkpoint(CheckpointFolder(out).last).progress.history)


def said_by(
    arguments: list[object], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(one) for one in arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
@pytest.mark.parametrize("preset", preset_names(), indirect=True)
def test_killed_it_comes_to_the_same_model(
    preset: str, commands: Commands, tmp_path: Path, checkout: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = training(preset, commands, killed)
    before = kill_within_an_epoch(command, environment, killed)
    talk = said_by([*command], environment).stderr
    assert f"going on after epoch {before.epochs}, batch {before.batches}\n" in talk
    said_by([*training(preset, commands, whole)], environment)

    assert len(figures(killed)) == EPOCHS
    assert figures(killed) == figures(whole)
    assert all(np.isfinite(result.train_loss) for result in figures(killed))
    assert figures(killed)[-1].train_loss < figures(killed)[0].train_loss
    models = [ModelFolder.read(out) for out in (killed, whole)]
    assert models[0].onnx.read_bytes() == models[1].onnx.read_bytes()

    clip = commands.dev.parent / commands.dev.read_text().splitlines()[1].split(",")[0]
    program = checkout / "trainer" / "transcribe_command.py"
    heard = [
        json.loads(
            said_by(
                [sys.executable, program, "--model", out, "--json", "--beam-size", 8, clip],
                environment,
            ).stdout
        )
        for out in (killed, whole)
    ]
    assert heard[0] == heard[1]
    assert heard[0]["clip"] == str(clip) and set(heard[0]["text"]) <= set(models[0].alphabet.labels)
    assert heard[0]["acoustic"] < 0

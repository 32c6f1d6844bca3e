"""A training under one backend after the other, by the commands, where no other is installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.spoken_commands import Commands, spoken_commands
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint

BIN = Path(sys.executable).parent
INSTALLED = [
    name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) is not None
]
SETTINGS = ["--preset", "tiny", "--width", "24", "--batch-size", "6", "--threads", "1"]


@pytest.fixture(scope="module")
def commands(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    return spoken_commands(checkout, tmp_path_factory.mktemp("commands"))


def run(backend: str, command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / command, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )


def succeed(backend: str, command: str, *arguments: object) -> tuple[str, str]:
    done = run(backend, command, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("order", [INSTALLED, INSTALLED[::-1]][: len(INSTALLED)], ids=" ".join)
def test_a_model_goes_from_one_backend_to_the_next(
    order: list[str], commands: Commands, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    sets = ["--train", commands.train, "--dev", commands.dev, "--test", commands.test]
    losses, last = list[float](), None
    for backend in order:
        _, talk = succeed(backend, "train-model", *sets, "--out", out, "--epochs", 2, *SETTINGS)
        if last is not None:
            begins = f"Keras ran under {last}, now under {backend}: a new training begins"
            assert begins in talk
        last = backend
        checkpoint = read_checkpoint(CheckpointFolder(out).last)
        assert checkpoint.progress.epochs_before == len(losses)
        losses += [one.train_loss for one in checkpoint.progress.history]
        said, _ = succeed(backend, "transcribe", "--model", out, "--json", first_clip(commands))
        assert isinstance(json.loads(said)["text"], str)
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def first_clip(commands: Commands) -> Path:
    return sorted(commands.train.parent.glob("*.wav"))[0]


def test_a_backend_that_is_not_there_is_named(commands: Commands, tmp_path: Path) -> None:
    arguments = ["--train", commands.train, "--dev", commands.dev, "--out", tmp_path / "model"]
    absent = {"tensorflow", "jax", "torch"} - set(INSTALLED)
    for backend in sorted(absent):
        done = run(backend, "train-model", *arguments, *SETTINGS)
        assert done.returncode == 2
        assert f"Keras is to run on {backend}, which is not installed here" in done.stderr
        assert "Traceback" not in done.stderr
    done = run("openvino", "train-model", *arguments, *SETTINGS)
    assert done.returncode == 2
    said = "KERAS_BACKEND=openvino: models are trained with tensorflow, jax or torch"
    assert said in done.stderr
    assert "Traceback" not in done.stderr

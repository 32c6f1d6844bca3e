"""Killed at any point, also while a checkpoint is written, a training comes to the same.

The program below is train-model, which kills itself (SIGKILL) when it has come to a given point.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.spoken_commands import Commands
from tests.trainer.training_history import timeless
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder, read_checkpoint

PROGRAM = """
import os, signal, sys
from pathlib import Path
from trainer.learning import learner
from trainer import train_command

where, times = sys.argv.pop(1), int(sys.argv.pop(1))
kind, method = (learner.Learner, "step") if where == "step" else (Path, "replace")
real = getattr(kind, method)

def counted(self, given):
    global times
    done = real(self, given) if where == "step" else None
    if where in ("step", Path(str(given)).name):
        times -= 1
        if times == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return done if where == "step" else real(self, given)

setattr(kind, method, counted)
sys.exit(train_command.main())
"""
# 24 clips are six batches, which are no whole number of updates.
SETTINGS = ["--width", 12, "--epochs", 3, "--batch-size", 4, "--accumulate", 4, "--warmup", 3]
SETTINGS += ["--learning-rate", 0.01, "--weight-decay", 0.01, "--noise", 0.1, "--threads", 2]
SETTINGS += ["--checkpoint-minutes", 0, "--keep-checkpoints", 2]


@dataclass(frozen=True)
class Kill:
    """After a step, or instead of giving a file its name; `times` counts within the run."""

    where: str
    times: int
    stands: tuple[int, int]
    """Epochs and batches of the last checkpoint then."""


# Each run goes on where the one before was killed.
KILLS = (
    Kill("last.npz", 1, (-1, -1)),  # the first checkpoint of all
    Kill("last.npz", 3, (0, 2)),
    Kill("step", 4, (0, 5)),  # the last of the epoch, three after an update
    Kill("epoch-1.npz", 1, (0, 6)),
    Kill("best.npz", 1, (0, 6)),
    Kill("last.npz", 1, (0, 6)),  # the best is newer by then
    Kill("step", 2, (1, 1)),
    Kill("last.npz", 12, (2, 5)),
)


class Training:
    """A command, run in a process of its own."""

    def __init__(self, commands: Commands, checkout: Path, out: Path, preset: str) -> None:
        self._words = ["--train", commands.train, "--dev", commands.dev, "--out", out]
        self._words += ["--preset", preset, *SETTINGS]
        self._environment = {**os.environ, "PYTHONPATH": str(checkout)}
        self.folder = CheckpointFolder(out)

    def run(self, where: str = "nowhere", times: int = 0) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", PROGRAM, where, times, *self._words]
        return subprocess.run(
            [str(word) for word in words], env=self._environment, capture_output=True, text=True
        )

    def stands(self) -> tuple[int, int]:
        if not self.folder.last.exists():
            return -1, -1
        progress = read_checkpoint(self.folder.last).progress
        return progress.epochs, progress.batches

    def checkpoints(self) -> dict[str, Checkpoint]:
        folder = self.folder.last.parent
        return {path.name: without_times(read_checkpoint(path)) for path in folder.glob("*.npz")}


def without_times(found: Checkpoint) -> Checkpoint:
    progress = found.progress
    timed = replace(progress, seconds=0.0, data_wait=0.0, history=timeless(progress.history))
    return replace(found, progress=timed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "kills"),
    [
        ("tiny", KILLS),
        ("deepspeech-streaming", (Kill("step", 4, (0, 3)), Kill("last.npz", 12, (2, 0)))),
    ],
)
def test_killed_at_any_point_it_comes_to_the_same_bit_for_bit(
    commands: Commands, checkout: Path, tmp_path: Path, preset: str, kills: tuple[Kill, ...]
) -> None:
    whole = Training(commands, checkout, tmp_path / "whole", preset)
    killed = Training(commands, checkout, tmp_path / "killed", preset)
    for kill in kills:
        done = killed.run(kill.where, kill.times)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert killed.stands() == kill.stands
    for training in (whole, killed):
        done = training.run()
        assert done.returncode == 0, done.stderr
    found, wanted = killed.checkpoints(), whole.checkpoints()
    assert set(found) == set(wanted) == {"last.npz", "best.npz", "epoch-2.npz", "epoch-3.npz"}
    assert found["last.npz"].progress.history[-1].train_loss > 0
    for name, checkpoint in wanted.items():
        assert replace(found[name], arrays={}) == replace(checkpoint, arrays={}), name
        assert found[name].arrays.keys() == checkpoint.arrays.keys()
        for array, value in checkpoint.arrays.items():
            assert np.array_equal(found[name].arrays[array], value), (name, array)
    # What killed runs left under temporary names is gone.
    assert not [path for path in killed.folder.last.parent.iterdir() if ".tmp-" in path.name]

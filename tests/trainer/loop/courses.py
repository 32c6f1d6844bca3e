"""Trainings of few clips, tiny: made, interrupted, and held against each other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.spoken_commands import ALPHABET
from tests.trainer.training_history import timeless
from trainer.config import read_preset
from trainer.data.clips import ClipSet
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.progress import Progress
from trainer.loop.train import Course

MakeCourse = Callable[..., Course]


# Small and with an LSTM in one direction: most of the time goes into building TensorFlow's graphs.
SMALL = {"width": 12, "epochs": 3, "batch_size": 8, "learning_rate": 0.01, "noise": 0.1}


def make_course(sets: tuple[ClipSet, ClipSet], out: Path, preset: str, **changes: object) -> Course:
    return Course(read_preset(preset).changed(SMALL | changes), ALPHABET, *sets, out, threads=1)


def silent(line: str) -> None:
    pass


def without_times(progress: Progress) -> Progress:
    return replace(progress, history=timeless(progress.history))


def stands(course: Course) -> tuple[Progress, dict[str, Any]]:
    """Where a training stands, but for the time it took."""
    found = read_checkpoint(CheckpointFolder(course.out).last)
    return without_times(found.progress), dict(found.arrays)


def assert_same(one: Course, other: Course) -> None:
    (progress, arrays), (other_progress, other_arrays) = stands(one), stands(other)
    assert progress == other_progress
    assert arrays.keys() == other_arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(array, other_arrays[name]), name


def interrupt_the_sixth_step(patch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = Learner.step

    def counted(learner: Learner, batch: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 6:
            raise KeyboardInterrupt
        return step(learner, batch)

    patch.setattr(Learner, "step", counted)

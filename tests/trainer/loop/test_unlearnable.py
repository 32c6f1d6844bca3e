"""Clips that cannot be learnt from: named, left out and listed, while the others are learnt."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from importers.errors import MynaError
from tests.trainer.loop.courses import MakeCourse, silent, stands
from trainer.data.clips import ClipSet, Reason
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.train import train


def test_an_infinite_loss_names_its_clip_and_the_others_are_learnt_from(
    course: MakeCourse, sets: tuple[ClipSet, ClipSet]
) -> None:
    """A clip whose labels do not fit into its frames, as if its WAV had been cut since."""
    clips = list(sets[0].clips)
    bad = replace(clips[3], labels=np.tile(clips[3].labels, 20))
    said: list[str] = []
    listed: list[dict[int, Reason]] = []
    made = replace(
        course(epochs=2),
        train=ClipSet([*clips[:3], bad, *clips[4:]]),
        list_faults=lambda at_fault: listed.append(dict(at_fault)),
    )
    progress = train(made, said.append)
    at_fault = {3: Reason.INFINITE_LOSS}
    assert [result.left_out for result in progress.history] == [1, 1]
    assert read_checkpoint(CheckpointFolder(made.out).last).at_fault == at_fault
    assert listed == [at_fault, at_fault]
    assert all(np.isfinite(result.train_loss) for result in progress.history)
    assert all(np.isfinite(array).all() for array in stands(made)[1].values())
    assert int(stands(made)[1]["rate/batches"]) == 2 * 3
    assert said[0] == f"{bad.path} is left out: the loss was not finite"
    assert sum(str(bad.path) in line for line in said) == 1
    assert said.count("  1 clips could not be learnt from and were left out") == 2
    # Another run lists it too, though nothing is left to train.
    train(made, silent)
    assert listed == [at_fault] * 3


def test_where_no_clip_can_be_learnt_from_it_ends(
    course: MakeCourse, sets: tuple[ClipSet, ClipSet]
) -> None:
    bad = [replace(clip, labels=np.tile(clip.labels, 20)) for clip in sets[0].clips]
    said: list[str] = []
    listed: list[dict[int, Reason]] = []
    made = replace(
        course(epochs=1),
        train=ClipSet(bad),
        list_faults=lambda at_fault: listed.append(dict(at_fault)),
    )
    with pytest.raises(MynaError) as caught:
        train(made, said.append)
    assert str(caught.value) == (
        "no clip of the epoch had a finite loss and gradient; try a lower --learning-rate"
    )
    assert len(said) == 10 + 1
    assert said[10] == "more clips are left out; they are listed when the epoch is over"
    assert [set(one) for one in listed] == [set(range(24))]


def test_a_model_that_diverged_ends_a_training_after_ten_batches(
    course: MakeCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when one batch of them was learnt from."""
    steps = list[int]()

    def step(learner: Learner, batch: Any) -> tuple[np.ndarray, bool]:
        steps.append(1)
        learnt = len(steps) in (1, 10)
        return np.full(len(batch.clips), 1 if learnt else np.nan, np.float32), learnt

    monkeypatch.setattr(Learner, "step", step)
    listed: list[dict[int, Reason]] = []
    made = replace(
        course(batch_size=1),
        list_faults=lambda at_fault: listed.append(dict(at_fault)),
    )
    with pytest.raises(MynaError) as caught:
        train(made, silent)
    assert str(caught.value) == (
        "no clip of 10 batches in a row had a finite loss and gradient; try a lower --learning-rate"
    )
    assert len(steps) == 20
    assert [len(one) for one in listed] == [18]

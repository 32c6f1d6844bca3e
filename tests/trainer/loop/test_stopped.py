"""A training that is stopped, wherever: gone on with, it comes to the same."""

import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from tests.trainer.loop.courses import (
    MakeCourse,
    assert_same,
    interrupt_the_sixth_step,
    silent,
    stands,
)
from trainer.data.batch_order import epoch_order
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.train import Course, train
from trainer.loop.training_report import TrainingReport


def test_stopped_between_epochs_it_comes_to_the_same(begun: MakeCourse, whole: Course) -> None:
    assert stands(begun())[0].epochs == 1
    said: list[str] = []
    train(begun(), said.append)
    assert said[0] == "going on after epoch 1, batch 0"
    assert_same(begun(), whole)


def test_stopped_within_an_epoch_it_comes_to_the_same(
    course: MakeCourse, whole: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = replace(course(), checkpoint_seconds=0)
    interrupt_the_sixth_step(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(interrupted, silent)
    progress, _ = stands(interrupted)
    assert (progress.epochs, progress.batches) == (1, 2)  # of three batches an epoch
    said: list[str] = []
    train(interrupted, said.append)
    assert said[0] == "going on after epoch 1, batch 2"
    assert_same(interrupted, whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_between_steps_it_loses_nothing(
    course: MakeCourse, whole: Course, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Long before a checkpoint would have been due."""
    real_step, steps = Learner.step, list[int]()

    def step(learner: Learner, batch: Any) -> Any:
        steps.append(1)
        if len(steps) == 2:
            os.kill(os.getpid(), number)
        return real_step(learner, batch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Learner, "step", step)
        train(course(), silent)
    assert len(steps) == 2
    said: list[str] = []
    train(course(), said.append)
    assert said[0] == "going on after epoch 0, batch 2"
    assert_same(course(), whole)


def test_stopped_within_dev_it_keeps_the_epoch(
    course: MakeCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one of six batches of dev clips."""
    real_assess, assessed = Learner.assess, list[int]()
    small = course(batch_size=1, accumulate=8, epochs=1)

    def assess(learner: Learner, batch: Any) -> Any:
        assessed.append(len(batch.clips))
        if len(assessed) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return real_assess(learner, batch)

    monkeypatch.setattr(Learner, "assess", assess)
    with pytest.raises(KeyboardInterrupt):
        train(small, silent)
    assert assessed == [1]
    stopped, _ = stands(small)
    assert (stopped.epochs, stopped.batches, stopped.clips) == (0, 24, 24)
    said: list[str] = []
    [result] = train(small, said.append).history
    assert said[0] == "going on after epoch 0, batch 24"
    assert assessed == [1] * 7
    assert result.train_loss == stopped.loss / 24


def test_stopped_at_the_end_of_the_last_epoch_nothing_comes_after_it(
    course: MakeCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TrainingReport.ended

    def ended(report: TrainingReport, *told: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        real(report, *told)

    monkeypatch.setattr(TrainingReport, "ended", ended)
    with pytest.raises(KeyboardInterrupt):
        train(course(epochs=1), silent)
    assert (stands(course())[0].epochs, stands(course())[0].batches) == (1, 0)


def test_the_order_of_an_epoch_in_hand_is_that_of_its_checkpoint(
    course: MakeCourse, whole: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where another version would have made another one."""
    interrupted = replace(course(), checkpoint_seconds=0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt_the_sixth_step(patch)
        train(interrupted, silent)
    order = read_checkpoint(CheckpointFolder(interrupted.out).last).order
    assert sorted(number for batch in order for number in batch) == list(range(24))

    real = epoch_order

    def other_order(*given: Any, epoch: int, **options: Any) -> list[list[int]]:
        made = real(*given, epoch=epoch, **options)
        return made[::-1] if epoch == 1 else made

    monkeypatch.setattr("trainer.loop.train.epoch_order", other_order)
    train(interrupted, silent)
    assert_same(interrupted, whole)

"""Which epoch is the best one."""

import math

import pytest

from trainer.loop.progress import EpochResult, Progress


def epoch(number: int, cer: float, loss: float) -> EpochResult:
    return EpochResult(number, 0.0, loss, 1.0, cer, 0.001, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        ((0.10, 30.0), (0.11, 20.0), True),  # the loss rises while the error falls
        ((0.10, 30.0), (0.10, 20.0), False),
        ((0.10, 20.0), (0.10, 20.0), False),
        ((1.00, 200.0), (0.917, 650.0), True),  # nothing written, after random letters
        ((0.996, 650.0), (1.0, 465.0), False),
        ((0.79, 700.0), (0.85, 100.0), True),
        ((0.90, 100.0), (0.90, math.nan), True),
        ((0.90, math.nan), (0.90, 100.0), False),
        ((0.90, math.nan), (0.90, math.nan), False),
        ((0.70, math.nan), (0.90, 100.0), True),
    ],
)
def test_better(one: tuple[float, float], other: tuple[float, float], better: bool) -> None:
    assert epoch(2, *one).better_than(epoch(1, *other)) == better


def test_a_batch_adds_up() -> None:
    progress = Progress().with_batch(20.0, 2, 1.5, left_out=1)
    progress = progress.with_batch(5.0, 1, 0.5, data_wait=0.25)
    progress = progress.with_batch(0.0, 0, 0.5, left_out=2)
    assert (progress.batches, progress.loss, progress.clips) == (3, 25.0, 3)
    assert (progress.left_out, progress.seconds) == (3, 2.5)
    assert (progress.data_wait, progress.data_wait_share) == (0.25, 0.1)
    assert Progress().data_wait_share == 0
    ended = progress.with_epoch(epoch(1, 0.5, 1.0))
    assert (ended.batches, ended.left_out) == (0, 0)
    assert Progress.from_json(ended.to_json()) == ended


def test_random_letters_of_a_new_model_do_not_end_a_training() -> None:
    progress = Progress()
    for number, (cer, loss) in enumerate([(0.92, 650.0), (1.0, 465.0), (1.0, 300.0)], start=1):
        progress = progress.with_epoch(epoch(number, cer, loss))
    assert progress.best is not None
    assert (progress.best.epoch, progress.waited, progress.since_fall) == (3, 0, 0)

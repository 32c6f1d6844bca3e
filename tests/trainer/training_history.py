"""Epochs as a training leaves them behind, for tests of what is made of them."""

from collections.abc import Iterable
from dataclasses import replace

from trainer.loop.progress import EpochResult, Progress

# The third is better than all, the fourth is not.
CERS = (0.75, 0.5, 0.25, 0.5, 0.125)


def result(epoch: int) -> EpochResult:
    return EpochResult(
        epoch=epoch,
        train_loss=100.0 / epoch,
        dev_loss=110.0 / epoch,
        dev_wer=min(1.0, CERS[epoch - 1] * 1.5),
        dev_cer=CERS[epoch - 1],
        learning_rate=0.001,
        seconds=2.5,
        left_out=7,
        speed=240.0,
        data_wait=0.0625,
    )


def after(epochs: int, *, before: int = 0) -> Progress:
    """So many epochs done, and as many of earlier trainings."""
    progress = Progress(epochs_before=before)
    for epoch in range(1, epochs + 1):
        progress = progress.with_epoch(result(epoch))
    return progress


def timeless(history: Iterable[EpochResult]) -> tuple[EpochResult, ...]:
    """The same epochs, as if they had taken no time: that alone may differ from run to run."""
    return tuple(replace(one, seconds=0.0, speed=0.0, data_wait=0.0) for one in history)

"""The curves of a training for TensorBoard, each point once however often it is interrupted.

    OUT/tensorboard/from-epoch-1/events.out.tfevents.…

    tensorboard --logdir OUT/tensorboard

What is measured on epochs has their numbers for its steps; the loss of batches, of which a hundred
an epoch are kept, the number of clips heard. Points that a killed run wrote after its last
checkpoint are taken back when the training goes on, and those that it did not come to write are
made up for.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from importers.storage import put_atomic_bytes
from trainer.loop.event_file import Scalar, beginning, record_of, scalars_of
from trainer.loop.progress import EpochResult, Progress

BATCH_LOSS = "batch/loss"
POINTS = 100
"""Of the loss of batches, an epoch."""


class TensorBoardLog:
    """The event file of one training: terms that change begin another run of TensorBoard's."""

    def __init__(self, folder: Path, progress: Progress, *, clips: int) -> None:
        """``progress`` is the checkpoint's, ``clips`` those of the training set. Raises OSError."""
        self._clips = clips
        self._folder = folder / f"from-epoch-{progress.epochs_before + 1}"
        self._folder.mkdir(parents=True, exist_ok=True)
        before = sorted(self._folder.glob("events.out.tfevents.*"))
        kept = [one for one in _last_scalars(before) if self._stands(one, progress)]
        there = {one.step for one in kept if one.tag != BATCH_LOSS}
        absent = [result for result in progress.history if result.epoch not in there]
        # A new file: TensorBoard does not look again at what it has read of another.
        path = self._folder / f"events.out.tfevents.{time.time_ns()}"
        with put_atomic_bytes(path) as stream:
            stream.write(beginning(time.time()))
            stream.writelines(map(record_of, [*kept, *_points(absent)]))
        for old in before:
            old.unlink()
        self._stream: BinaryIO = path.open("ab")

    def batch(self, progress: Progress, loss: float, *, batches: int) -> None:
        """A batch was learnt from, of so many in the epoch; ``loss`` is the mean of its clips."""
        if progress.batches * POINTS // batches > (progress.batches - 1) * POINTS // batches:
            self._write([Scalar(BATCH_LOSS, self._heard(progress), loss, time.time())])

    def epoch(self, result: EpochResult) -> None:
        """An epoch has ended."""
        self._write(_points([result]))

    def close(self) -> None:
        """Nothing is written any more."""
        self._stream.close()

    def _write(self, scalars: Iterable[Scalar]) -> None:
        self._stream.writelines(map(record_of, scalars))
        self._stream.flush()

    def _heard(self, progress: Progress) -> int:
        return progress.epochs * self._clips + progress.clips

    def _stands(self, scalar: Scalar, progress: Progress) -> bool:
        """Whether the checkpoint knows of what a scalar tells."""
        known = self._heard(progress) if scalar.tag == BATCH_LOSS else progress.epochs
        return scalar.step <= known


def _last_scalars(files: list[Path]) -> Iterator[Scalar]:
    """Of the last file: one that was there before it was to be removed."""
    return scalars_of(files[-1].read_bytes()) if files else iter(())


def _points(results: Iterable[EpochResult]) -> Iterator[Scalar]:
    for result in results:
        for tag, value in (
            ("loss/train", result.train_loss),
            ("loss/dev", result.dev_loss),
            ("error rate/WER", result.dev_wer),
            ("error rate/CER", result.dev_cer),
            ("training/learning rate", result.learning_rate),
            ("training/audio hours per hour", result.speed),
        ):
            yield Scalar(tag, result.epoch, value, time.time())

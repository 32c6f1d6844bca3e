"""What is shown and kept of a training while it runs: bar, lines, table, curves, TensorBoard.

One object, told of batches and epochs. All files follow from the checkpoint, which is written
first: what a killed run left is brought in line with it.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from importers import console
from importers.storage import storage_error, sweep
from trainer.data.clips import Clip
from trainer.loop import curves, training_log
from trainer.loop.progress import EpochResult, Progress
from trainer.loop.tensorboard_log import TensorBoardLog

TENSORBOARD = "tensorboard"
_BAR = "{desc} {percentage:3.0f}% |{bar}| {remaining} left{postfix}"

Say = Callable[[str], None]
Told = Callable[[Progress, float, int], None]


class TrainingReport:
    """Of one training in this process; a context that closes its files and draws a last time."""

    def __init__(
        self,
        out: Path,
        clips: Sequence[Clip],
        *,
        seconds_a_frame: float,
        epochs: int,
        samples: int,
        say: Say,
    ) -> None:
        """``epochs``: at most; ``samples``: transcriptions of dev that are shown after each."""
        self._out, self._clips = out, clips
        self._seconds_a_frame = seconds_a_frame
        self._epochs, self._samples, self._say = epochs, samples, say
        self._curves = curves.Curves(out / curves.NAME)
        self._tensorboard: TensorBoardLog | None = None
        self._progress = Progress()

    def begin(self, progress: Progress) -> None:
        """Bring the files in line with the checkpoint that is gone on from, or with none.

        Raises StorageError when they cannot be written, FormatError for a table of others.
        """
        with self._writing():
            self._out.mkdir(parents=True, exist_ok=True)
            sweep(self._out)
            training_log.write_log(self._out / training_log.NAME, progress)
            self._tensorboard = TensorBoardLog(
                self._out / TENSORBOARD, progress, clips=len(self._clips)
            )
            self._curves.draw(progress)
        self._progress = progress

    @contextlib.contextmanager
    def epoch(self, order: Sequence[Sequence[int]], progress: Progress) -> Iterator[Told]:
        """Around the batches of an epoch, of which ``progress`` says how many are done.

        What it gives is told after each batch: how far the training is now, the sum of the losses,
        and of how many clips (0: nothing was learnt).
        """
        hours = [self._hours(batch) for batch in order]
        done = sum(hours[: progress.batches])
        title = f"epoch {progress.epochs + 1} of {self._epochs}"
        with console.Progress(
            title, sum(hours), "h", done=done, bar_format=_BAR, leave=False
        ) as bar:
            started, heard = time.monotonic(), done

            def told(now: Progress, loss: float, learnt: int) -> None:
                nonlocal heard
                heard += hours[now.batches - 1]
                speed = 3600 * (heard - done) / (time.monotonic() - started)
                mean = now.loss / max(now.clips, 1)
                wait = f"{now.data_wait_share:.0%} waited for data"
                bar.show(heard, note=f"loss {mean:.2f}, {speed:.0f} audio hours per hour, {wait}")
                if learnt:
                    self._keep_batch(now, loss / learnt, len(order))

            yield told

    def ended(self, progress: Progress, pairs: Sequence[tuple[str, str]]) -> None:
        """An epoch has ended, and a checkpoint has it; ``pairs`` are dev's, true and predicted.

        Raises StorageError when files cannot be written.
        """
        self._progress = progress
        result = progress.history[-1]
        self._tell(result, pairs)
        with self._writing():
            training_log.write_log(self._out / training_log.NAME, progress)
            if self._tensorboard is not None:
                self._tensorboard.epoch(result)
            self._curves.renew(progress)

    def speed(self, seconds: float) -> float:
        """Audio hours per hour, when the batches of an epoch take so many seconds."""
        return 3600 * self._hours(range(len(self._clips))) / seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._tensorboard is not None:
            self._tensorboard.close()
        if kind is None:
            with self._writing():
                self._curves.draw(self._progress)

    def _keep_batch(self, progress: Progress, loss: float, batches: int) -> None:
        if self._tensorboard is not None:
            with self._writing():
                self._tensorboard.batch(progress, loss, batches=batches)

    def _tell(self, result: EpochResult, pairs: Sequence[tuple[str, str]]) -> None:
        best = self._progress.best
        left = self._epochs - result.epoch
        parts = [
            f"epoch {result.epoch} of {self._epochs}: train loss {result.train_loss:.2f}",
            f"dev loss {result.dev_loss:.2f}",
            f"WER {result.dev_wer:.1%}",
            f"CER {result.dev_cer:.1%}",
            f"{result.seconds:.1f} s",
            f"{result.speed:.0f} audio hours per hour",
            f"{result.data_wait:.0%} waited for data",
        ]
        parts += [f"at most {console.clock(left * self._mean_seconds)} to go"] if left else []
        parts += ["the best so far"] if result is best else []
        self._say(", ".join(parts))
        if result.left_out:
            self._say(f"  {result.left_out:,} clips could not be learnt from and were left out")
        for number in range(min(self._samples, len(pairs))):
            place = (result.epoch * self._samples + number) % len(pairs)
            reference, hypothesis = pairs[place]
            self._say(f"  true       {reference}\n  predicted  {hypothesis}")

    @property
    def _mean_seconds(self) -> float:
        """Of an epoch, with dev."""
        history = self._progress.history
        return sum(one.seconds for one in history) / len(history)

    def _hours(self, numbers: Iterable[int]) -> float:
        frames = sum(self._clips[number].frames for number in numbers)
        return frames * self._seconds_a_frame / 3600

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise storage_error(error, self._out) from None

"""The time of a training is that of its epochs."""

from pathlib import Path

from benchmarks.material.training_time import training_seconds
from trainer.loop.progress import EpochResult, Progress
from trainer.loop.training_log import NAME, write_log


def test_epochs_are_summed_up(tmp_path: Path) -> None:
    progress = Progress()
    for epoch, seconds in enumerate((1.5, 2.25, 4.0), start=1):
        result = EpochResult(epoch, 1.0 / epoch, 1.0, 1.0, 0.5, 0.001, seconds)
        progress = progress.with_epoch(result)
    write_log(tmp_path / NAME, progress)
    assert training_seconds(tmp_path) == 7.75

"""TensorBoard's points: each once, however a training was interrupted."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.training_history import after, result
from trainer.loop.event_file import Scalar, record_of, scalars_of
from trainer.loop.progress import Progress
from trainer.loop.tensorboard_log import BATCH_LOSS, TensorBoardLog

CLIPS, BATCHES = 32, 4
TAGS = [
    "loss/train",
    "loss/dev",
    "error rate/WER",
    "error rate/CER",
    "training/learning rate",
    "training/audio hours per hour",
]


def points(folder: Path) -> list[tuple[str, int, float]]:
    [path] = folder.iterdir()
    return [(one.tag, one.step, one.value) for one in scalars_of(path.read_bytes())]


def epoch_points(epoch: int) -> list[tuple[str, int]]:
    return [(tag, epoch) for tag in TAGS]


def within(epochs: int, batches: int) -> Progress:
    """In the midst of an epoch."""
    return replace(after(epochs), batches=batches, clips=batches * CLIPS // BATCHES)


def run(folder: Path, start: Progress, *, epochs: int, batches: int = 0) -> None:
    """A training from a checkpoint on, killed after so many epochs and batches."""
    log = TensorBoardLog(folder, start, clips=CLIPS)
    for epoch in range(start.epochs, epochs + 1):
        first = start.batches if epoch == start.epochs else 0
        for batch in range(first, BATCHES if epoch < epochs else batches):
            log.batch(within(epoch, batch + 1), 8.0 * epoch + batch, batches=BATCHES)
        if epoch < epochs:
            log.epoch(result(epoch + 1))
    log.close()


EXPECTED = [
    point
    for epoch in range(3)
    for point in (
        *((BATCH_LOSS, epoch * CLIPS + 8 * n) for n in range(1, 5)),
        *epoch_points(epoch + 1),
    )
]


def test_batches_and_epochs_are_kept(tmp_path: Path) -> None:
    run(tmp_path, Progress(), epochs=3)
    made = points(tmp_path / "from-epoch-1")
    assert [point[:2] for point in made] == EXPECTED
    values = {point[:2]: point[2] for point in made}
    assert values[BATCH_LOSS, 48] == 9.0
    assert values["error rate/CER", 3] == 0.25
    assert values["training/audio hours per hour", 3] == 240.0


@pytest.mark.parametrize("checkpoint", [(0, 0), (0, 3), (1, 0), (1, 2), (2, 1)])
@pytest.mark.parametrize("killed", [(2, 1), (2, 3)])
def test_killed_behind_a_checkpoint_it_comes_to_the_same(
    tmp_path: Path, checkpoint: tuple[int, int], killed: tuple[int, int]
) -> None:
    run(tmp_path, Progress(), epochs=killed[0], batches=killed[1])
    [before] = (tmp_path / "from-epoch-1").iterdir()
    # Of the last record only a part had reached the file.
    before.write_bytes(before.read_bytes() + record_of(Scalar("loss/dev", 1, 2.0))[:-3])
    run(tmp_path, within(*checkpoint), epochs=3)
    assert sorted(point[:2] for point in points(tmp_path / "from-epoch-1")) == sorted(EXPECTED)
    assert not before.exists()


def test_epochs_that_only_the_checkpoint_knows_are_made_up_for(tmp_path: Path) -> None:
    """Killed between the checkpoint and its points; or the folder was removed."""
    run(tmp_path, Progress(), epochs=1)
    run(tmp_path, after(3), epochs=3)
    made = [point[:2] for point in points(tmp_path / "from-epoch-1")]
    epochs = [point for point in made if point[0] != BATCH_LOSS]
    assert epochs == epoch_points(1) + epoch_points(2) + epoch_points(3)


def test_a_training_under_other_terms_is_another_run(tmp_path: Path) -> None:
    run(tmp_path, Progress(), epochs=1)
    TensorBoardLog(tmp_path, Progress(epochs_before=1), clips=CLIPS).close()
    assert len(points(tmp_path / "from-epoch-1")) == 10
    assert points(tmp_path / "from-epoch-2") == []


def test_a_long_epoch_has_a_hundred_points(tmp_path: Path) -> None:
    log = TensorBoardLog(tmp_path, Progress(), clips=10_000)
    for batch in range(1, 1001):
        log.batch(Progress(batches=batch, clips=10 * batch), 1.0, batches=1000)
    log.close()
    assert [point[1] for point in points(tmp_path / "from-epoch-1")] == [
        100 * n for n in range(1, 101)
    ]

"""Checkpoints as files: what they hold, which of them are kept, and what a kill leaves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from importers.errors import MynaError
from tests.trainer.weights import FORWARD
from trainer.config import read_preset
from trainer.data.clips import Reason
from trainer.loop import checkpoints
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder, Identity, read_checkpoint
from trainer.loop.progress import EpochResult, Progress
from trainer.loop.terms import Terms
from trainer.normalisation import Normalisation

IDENTITY = Identity(FORWARD, list("abcdefghijklmnopqrstuvwxyz '"), "deepspeech")
TERMS = Terms.of([], [], read_preset("tiny").training, backend="tensorflow")


def checkpoint(epochs: int, *, before: int = 0) -> Checkpoint:
    """Of a training whose every epoch is better than the one before."""
    history = tuple(EpochResult(n, 1.0, 1.0, 1.0, 1 / n, 0.1, 1.0) for n in range(1, epochs + 1))
    progress = Progress(epochs=epochs, history=history, epochs_before=before)
    arrays = {"weights/a": np.full((2, 3), epochs, np.float32), "scale/value": np.array(8.0)}
    return Checkpoint(IDENTITY, TERMS, progress, Normalisation("utterance"), arrays)


def names(folder: CheckpointFolder) -> list[str]:
    return sorted(path.name for path in folder.last.parent.iterdir())


def assert_equal(one: Checkpoint, other: Checkpoint) -> None:
    assert replace(one, arrays={}) == replace(other, arrays={})
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert np.array_equal(array, other.arrays[name])


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    progress = Progress(batches=2, loss=0.1, clips=9, left_out=2)
    at_fault = {12: Reason.INFINITE_LOSS, 3: Reason.INFINITE_GRADIENT}
    order = [[4, 0], [2], [1, 3, 5]]
    saved = replace(checkpoint(0), progress=progress, order=order, at_fault=at_fault)
    folder.save(saved)
    found = folder.resume(IDENTITY)
    assert found is not None
    assert_equal(found, saved)
    assert found.order == order
    assert found.at_fault == at_fault


def test_what_a_killed_run_left_is_removed_even_if_it_left_no_checkpoint(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    assert folder.resume(IDENTITY) is None
    folder.last.parent.mkdir()
    (folder.last.parent / ".last.npz.tmp-123").write_bytes(b"half")
    assert folder.resume(IDENTITY) is None
    assert names(folder) == []


def test_between_epochs_there_is_no_order(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(1))
    assert read_checkpoint(folder.last).order == ()


def test_so_many_epochs_are_kept_beside_the_last_and_the_best(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for epoch in range(1, 6):
        folder.save(checkpoint(epoch), best=epoch == 1, keep=3)
        folder.save(replace(checkpoint(epoch), order=[[0]]))  # within the next
    assert names(folder) == ["best.npz", "epoch-3.npz", "epoch-4.npz", "epoch-5.npz", "last.npz"]
    for epoch in (3, 4, 5):
        assert_equal(
            read_checkpoint(folder.last.with_name(f"epoch-{epoch}.npz")), checkpoint(epoch)
        )
    assert_equal(read_checkpoint(folder.best), checkpoint(1))


def test_epochs_of_earlier_trainings_count_on(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for epoch in (1, 2):
        folder.save(checkpoint(epoch), keep=2)
    folder.save(checkpoint(1, before=2), keep=2)
    assert names(folder) == ["epoch-2.npz", "epoch-3.npz", "last.npz"]


def test_without_keeping_none_is_removed(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(1), keep=1)
    for epoch in range(2, 5):
        folder.save(checkpoint(epoch))
    assert names(folder) == ["epoch-1.npz", "last.npz"]


@pytest.mark.parametrize("failing", ["epoch-2.npz", "best.npz", "last.npz"])
def test_a_save_that_fails_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Files that are new by then are of the epoch that is trained once more."""
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(1), best=True, keep=2)
    real = Path.replace

    def replaced(path: Path, target: Path) -> Path:
        if target.name == failing:
            raise OSError(28, "No space left on device", str(target))
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replaced)
        with pytest.raises(MynaError, match="no space is left on the disk"):
            folder.save(checkpoint(2), best=True, keep=2)
    assert_equal(read_checkpoint(folder.last), checkpoint(1))
    best = folder.read_best(read_checkpoint(folder.last))
    assert best is not None and best.progress.epochs in (1, 2)
    folder.save(checkpoint(2), best=True, keep=2)
    assert_equal(read_checkpoint(folder.last), checkpoint(2))
    assert names(folder) == ["best.npz", "epoch-1.npz", "epoch-2.npz", "last.npz"]


@pytest.mark.parametrize("batches", [0, 2])
def test_a_best_epoch_that_is_newer_than_the_last_is_gone_on_from(
    tmp_path: Path, batches: int
) -> None:
    """As a run leaves it that was killed between the two."""
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(2), best=True)
    one = checkpoint(1)
    folder.save(replace(one, progress=replace(one.progress, batches=batches)))
    for _ in range(2):
        found = folder.resume(IDENTITY)
        assert found is not None
        assert_equal(found, checkpoint(2))
        assert folder.last.samefile(folder.best)
    assert names(folder) == ["best.npz", "last.npz"]


@pytest.mark.parametrize(
    "last",
    [
        checkpoint(2),  # of the same epoch
        checkpoint(3),
        checkpoint(1, before=2),  # a new training, whose first epochs are not over
        replace(checkpoint(1), terms=replace(TERMS, backend="jax")),
    ],
)
def test_another_best_epoch_is_not_gone_on_from(tmp_path: Path, last: Checkpoint) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(2), best=True)
    folder.save(last)
    found = folder.resume(IDENTITY)
    assert found is not None
    assert_equal(found, last)
    assert_equal(read_checkpoint(folder.best), checkpoint(2))


def test_a_damaged_best_epoch_keeps_no_training_from_going_on(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(checkpoint(1))
    folder.best.write_bytes(folder.last.read_bytes()[:1000])
    found = folder.resume(IDENTITY)
    assert found is not None
    assert_equal(found, checkpoint(1))
    with pytest.raises(MynaError, match="damaged"):
        folder.read_best(found)


def test_a_checkpoint_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CheckpointFolder(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "VERSION", 4)
        folder.save(checkpoint(1))
    with pytest.raises(MynaError) as caught:
        read_checkpoint(folder.last)
    assert str(caught.value) == (
        f"{folder.last}: a checkpoint of version 4, not 5. Go on with the version of Myna that "
        "wrote it, or name another folder with --out"
    )

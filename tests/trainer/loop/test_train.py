"""Training on real clips, tiny: it learns, tells so, and ends when it should."""

from dataclasses import replace
from typing import Any

import pytest

from importers.errors import MynaError
from tests.trainer.loop.courses import MakeCourse, silent
from trainer.data import feature_store
from trainer.data.prefetch import Prefetch
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.train import train


def test_it_learns_and_says_so(course: MakeCourse) -> None:
    said: list[str] = []
    made = course(preset="deepspeech", epochs=6)
    progress = train(made, said.append)
    losses = [result.train_loss for result in progress.history]
    assert len(losses) == 6
    assert losses[-1] < losses[0] / 1.3
    assert progress.best is not None
    epochs = [line for line in said if line.startswith("epoch ")]
    assert len(epochs) == 6
    assert epochs[0].startswith(f"epoch 1 of 6: train loss {losses[0]:.2f}, dev loss ")
    samples = [line for line in said if line.startswith("  true")]
    assert len(samples) == 6 * 3
    texts = {clip.text for clip in made.dev.clips}
    for sample in samples:
        true, predicted = sample.split("\n")
        assert true.removeprefix("  true       ") in texts
        assert predicted.startswith("  predicted  ")


def test_it_tells_how_long_it_waited_for_data(
    course: MakeCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock on which a minute of the epoch passes, and half of it in waiting."""
    said: list[str] = []
    now = 0.0

    class Waiting(Prefetch[Any, Any]):
        def __next__(self) -> Any:
            nonlocal now
            made = super().__next__()
            now += 10
            self.waited += 10
            return made

    step = Learner.step

    def slow(learner: Learner, batch: Any) -> Any:
        nonlocal now
        now += 10
        return step(learner, batch)

    monkeypatch.setattr(feature_store, "Prefetch", Waiting)
    monkeypatch.setattr(Learner, "step", slow)
    monkeypatch.setattr("trainer.loop.train.time.monotonic", lambda: now)
    monkeypatch.setattr("trainer.data.prefetch.time.perf_counter", lambda: now)
    [result] = train(course(epochs=1), said.append).history
    assert result.data_wait == 0.5
    assert ", 50% waited for data, the best so far" in said[0]


def test_a_finished_training_is_not_trained_further(begun: MakeCourse) -> None:
    before = CheckpointFolder(begun().out).last.read_bytes()
    said: list[str] = []
    train(begun(epochs=1), said.append)
    assert said == ["1 epochs are done already (--epochs 1)"]
    assert CheckpointFolder(begun().out).last.read_bytes() == before


def test_the_rate_of_an_epoch_is_the_one_in_force_at_its_end(course: MakeCourse) -> None:
    """Of twelve updates that warm up, three an epoch, the next is the fourth, then the seventh."""
    history = train(course(epochs=2, warmup=12), silent).history
    assert [result.learning_rate for result in history] == [0.01 * 4 / 12, 0.01 * 7 / 12]


def test_more_batches_an_update_than_an_epoch_has_are_refused(course: MakeCourse) -> None:
    with pytest.raises(MynaError) as caught:
        train(course(accumulate=4), silent)
    assert str(caught.value) == (
        "--accumulate 4: an epoch has 3 batches only, so hardly any update would come of them. "
        "Take smaller batches, or fewer to accumulate"
    )


def test_checkpoints_of_epochs_are_kept(course: MakeCourse) -> None:
    made = replace(course(), keep=2)
    train(made, silent)
    folder = CheckpointFolder(made.out).last.parent
    kept = {path.name: path for path in folder.glob("epoch-*.npz")}
    assert sorted(kept) == ["epoch-2.npz", "epoch-3.npz"]
    assert read_checkpoint(kept["epoch-2.npz"]).progress.epochs == 2
    assert kept["epoch-3.npz"].samefile(folder / "last.npz")


def test_it_ends_early_and_lowers_the_rate(course: MakeCourse) -> None:
    """With a rate of next to nothing no epoch is better than the one before for long."""
    said: list[str] = []
    still = {"learning_rate": 1e-12, "plateau": 2, "dropout": 0, "noise": 0}
    progress = train(course(epochs=30, patience=3, **still), said.append)
    assert said[-1] == "no better epoch in 3: training ends early (--patience)"
    assert progress.epochs < 30 and progress.waited == 3
    assert progress.history[-1].learning_rate == 5e-13

    # More epochs change nothing now, but a higher patience does.
    assert train(course(epochs=40, patience=3, **still), silent) == progress
    further = train(course(epochs=30, patience=4, **still), silent)
    assert further.history[: progress.epochs] == progress.history
    assert further.epochs > progress.epochs and further.epochs_before == 0

"""Training on real clips, tiny: it learns, and interrupted it comes to the same."""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from tests.trainer.spoken_commands import Commands
from tests.trainer.training_history import timeless
from trainer.config import read_preset
from trainer.data import feature_store
from trainer.data.batch_order import epoch_order
from trainer.data.clips import ClipSet, Reason, read_clips
from trainer.data.prefetch import Prefetch
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.progress import Progress
from trainer.loop.train import Course, train
from trainer.loop.training_report import TrainingReport

ALPHABET = Alphabet((" ", *"abcdefghijklmnopqrstuvwxyz"))
MakeCourse = Callable[..., Course]
# Small and with an LSTM in one direction: most of the time goes into building TensorFlow's graphs.
SMALL = {"width": 12, "epochs": 3, "batch_size": 8, "learning_rate": 0.01, "noise": 0.1}


@pytest.fixture(scope="module")
def sets(commands: Commands) -> tuple[ClipSet, ClipSet]:
    spec = read_preset("deepspeech").feature_spec
    return read_clips([commands.train], ALPHABET, spec), read_clips([commands.dev], ALPHABET, spec)


def make_course(sets: tuple[ClipSet, ClipSet], out: Path, preset: str, **changes: object) -> Course:
    return Course(read_preset(preset).changed(SMALL | changes), ALPHABET, *sets, out, threads=1)


@pytest.fixture
def course(sets: tuple[ClipSet, ClipSet], tmp_path: Path) -> MakeCourse:
    """A training in a folder of the test."""

    def make(preset: str = "deepspeech-streaming", **changes: object) -> Course:
        return make_course(sets, tmp_path / "out", preset, **changes)

    return make


@pytest.fixture(scope="module")
def whole(sets: tuple[ClipSet, ClipSet], tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Three epochs in one go."""
    made = make_course(sets, tmp_path_factory.mktemp("whole"), "deepspeech-streaming")
    train(made, silent)
    return made


@pytest.fixture(scope="module")
def first_epoch(sets: tuple[ClipSet, ClipSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was given one epoch."""
    out = tmp_path_factory.mktemp("first")
    train(make_course(sets, out, "deepspeech-streaming", epochs=1), silent)
    return out


@pytest.fixture
def begun(first_epoch: Path, course: MakeCourse) -> MakeCourse:
    """Makes trainings whose first epoch is done."""
    shutil.copytree(first_epoch, course().out)
    return course


def silent(line: str) -> None:
    pass


def without_times(progress: Progress) -> Progress:
    return replace(progress, history=timeless(progress.history))


def stands(course: Course) -> tuple[Progress, dict[str, Any]]:
    """Where a training stands, but for the time it took."""
    found = read_checkpoint(CheckpointFolder(course.out).last)
    return without_times(found.progress), dict(found.arrays)


def assert_same(one: Course, other: Course) -> None:
    (progress, arrays), (other_progress, other_arrays) = stands(one), stands(other)
    assert progress == other_progress
    assert arrays.keys() == other_arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(array, other_arrays[name]), name


def interrupt_the_sixth_step(patch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = Learner.step

    def counted(learner: Learner, batch: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 6:
            raise KeyboardInterrupt
        return step(learner, batch)

    patch.setattr(Learner, "step", counted)


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


WIDER = "; ".join(
    f"{name} units 12, not 9" for name in ("dense_1", "dense_2", "dense_3", "lstm", "dense_after")
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 9}, WIDER),
        ({"preset": "deepspeech"}, "dense_3 units 12, not 24; lstm bidirectional no, not yes"),
    ],
)
def test_another_geometry_is_refused(
    begun: MakeCourse, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(MynaError) as caught:
        train(begun(**changes), silent)
    assert str(caught.value) == (
        f"{begun().out} holds the training of another model: {words}. "
        "Name another folder with --out, or take its settings"
    )


def test_another_alphabet_is_refused(begun: MakeCourse) -> None:
    other = Alphabet((*ALPHABET.labels[:-1], "ß"))
    with pytest.raises(MynaError, match="its alphabet is without 'ß' and with 'z'"):
        train(replace(begun(), alphabet=other), silent)
    turned = Alphabet(ALPHABET.labels[::-1])
    with pytest.raises(MynaError, match="its alphabet has the same labels in another order"):
        train(replace(begun(), alphabet=turned), silent)


def test_a_damaged_checkpoint_is_named(begun: MakeCourse) -> None:
    last = CheckpointFolder(begun().out).last
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(MynaError, match="no checkpoint, or a damaged one") as caught:
        train(begun(), silent)
    assert str(caught.value).startswith(f"{last}: ")


def test_another_training_begins_with_the_weights_and_goes_on_when_interrupted(
    begun: MakeCourse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def another(out: Path) -> Course:
        changed = begun(epochs=2, learning_rate=0.005, seed=7)
        return replace(changed, train=ClipSet(changed.train.clips[:-1]), out=out)

    interrupted, whole = another(begun().out), another(tmp_path / "whole")
    shutil.copytree(interrupted.out, whole.out)
    _, before = stands(interrupted)
    folder = CheckpointFolder(interrupted.out)
    old_best = folder.best.read_bytes()

    def stop(learner: Learner, batch: Any) -> Any:
        raise KeyboardInterrupt

    said: list[str] = []
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Learner, "step", stop)
        train(interrupted, said.append)
    assert said == [
        "training clips are others, or in another order; learning rate was 0.01, now 0.005; "
        "seed was 1, now 7: a new training begins, with the weights that are here (epochs: "
        "1). If they have learnt clips that are in dev or test now, the error rates on those are "
        "too good: to begin without them, name another folder with --out"
    ]
    progress, arrays = stands(interrupted)
    assert progress == Progress(epochs_before=1)
    different = {name for name, one in arrays.items() if not np.array_equal(one, before[name])}
    assert float(arrays["rate/peak"]) == 0.005
    of_settings = {"rate/peak", "rate/batches", "scale/since"}
    assert {name for name in different if not name.startswith("random")} == of_settings
    assert any(name.startswith("random") for name in different)  # of another seed
    assert folder.best.read_bytes() == old_best
    assert folder.read_best(read_checkpoint(folder.last)) is None

    said.clear()
    trained = train(interrupted, said.append)
    assert said[0] == "going on after epoch 0, batch 0"
    assert (trained.epochs, trained.epochs_before, len(trained.history)) == (2, 1, 2)
    assert trained.history[0].learning_rate == 0.005
    train(whole, silent)
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


def test_other_dev_clips_begin_another_training(begun: MakeCourse) -> None:
    """Its best epoch is one of its own, however good the old one was on the old clips."""
    changed = begun(epochs=1)
    fewer = replace(changed, dev=ClipSet(changed.dev.clips[:2]))
    said: list[str] = []
    progress = train(fewer, said.append)
    assert said[0].startswith("dev clips are others, or in another order: a new training begins")
    assert (progress.epochs, progress.epochs_before, progress.waited) == (1, 1, 0)
    folder = CheckpointFolder(changed.out)
    best = folder.read_best(read_checkpoint(folder.last))
    assert best is not None and best.terms == fewer.terms
    assert without_times(best.progress) == without_times(progress)


def test_a_best_epoch_of_another_training_is_refused(begun: MakeCourse) -> None:
    folder = CheckpointFolder(begun().out)
    last = read_checkpoint(folder.last)
    other = replace(last, terms=begun(seed=7).terms)
    for _ in ("of another training", "missing"):
        with pytest.raises(MynaError) as caught:
            folder.read_best(other)
        assert str(caught.value) == (
            f"{folder.best}: not the best epoch of the training in last.npz. Put the right file "
            f"there, or remove {folder.best.parent} to begin anew"
        )
        folder.best.unlink(missing_ok=True)


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

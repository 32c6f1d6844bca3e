"""A folder that holds another training: refused, or the start of a new one."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from tests.trainer.loop.courses import MakeCourse, assert_same, silent, stands, without_times
from tests.trainer.spoken_commands import ALPHABET
from trainer.data.clips import ClipSet
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.progress import Progress
from trainer.loop.train import Course, train

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


def test_what_cannot_be_trained_leaves_the_training_that_is_there(begun: MakeCourse) -> None:
    folder = CheckpointFolder(begun().out).last.parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    said: list[str] = []
    with pytest.raises(MynaError, match=r"^--accumulate 4: an epoch has 3 batches only"):
        train(begun(accumulate=4), said.append)
    assert said == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


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

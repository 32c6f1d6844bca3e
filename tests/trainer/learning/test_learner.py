"""Steps of a model with batch normalisation, whose running figures are learnt too."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.config import read_preset
from trainer.data.batches import Batch
from trainer.data.clips import Clip
from trainer.learning.learner import Learner

SETTINGS = {"width": 6, "learning_rate": 0.01, "dropout": 0.2, "noise": 0.1}


def new_learner(**changes: object) -> Learner:
    preset = read_preset("tiny").changed(SETTINGS | changes)
    return Learner(preset.geometry(labels=5), preset.training)


def batch(seed: int, labels: int = 3) -> Batch:
    """Two clips of 12 and 9 frames."""
    draw = np.random.default_rng(seed)
    frames = np.array([12, 9], np.int32)
    features = draw.normal(size=(2, 12, 26)).astype(np.float32)
    features[1, 9:] = 0
    said = draw.integers(0, 4, (2, labels)).astype(np.int32)
    clips = tuple(Clip(Path("x"), "", one, int(n)) for one, n in zip(said, frames, strict=True))
    return Batch(clips, features, frames, said, np.array([labels, labels], np.int32))


def test_a_batch_that_cannot_be_learnt_changes_no_weight_and_no_running_figure() -> None:
    learner = new_learner()
    before = learner.arrays()
    losses, learnt = learner.step(batch(1, labels=11))
    assert not learnt and np.isinf(losses).any()
    after = learner.arrays()
    changed = {name for name, one in after.items() if not np.array_equal(one, before[name])}
    assert changed and all(name.startswith("random/") for name in changed)
    _, learnt = learner.step(batch(1))
    assert learnt
    weights, moved = learner.weights(), new_learner().weights()
    names = {name for name in weights if not np.array_equal(weights[name], moved[name])}
    assert {"conv1d_1/mean", "gru_1_forward/variance", "gru_1_forward/gamma"} <= names


HALF = {"precision": "float16", "accumulate": 3, "warmup": 2, "weight_decay": 0.1}


@pytest.mark.parametrize(
    "changes",
    [{}, HALF, pytest.param({**HALF, "precision": "bfloat16"}, marks=pytest.mark.slow)],
)
def test_what_is_restored_goes_on_to_the_same_losses(changes: dict[str, object]) -> None:
    first, second = new_learner(**changes), new_learner(**changes)
    for seed in (1, 2):
        first.step(batch(seed))
    second.restore(first.arrays())
    for seed in (3, 4):
        ours, theirs = first.step(batch(seed))[0], second.step(batch(seed))[0]
        assert np.array_equal(ours, theirs)
    assert all(np.array_equal(one, second.arrays()[name]) for name, one in first.arrays().items())
    heard = batch(5)
    assert np.array_equal(first.assess(heard)[1], second.assess(heard)[1])


def test_the_largest_seed_is_one() -> None:
    losses, learnt = new_learner(seed=2**32 - 1).step(batch(1))
    assert learnt and np.isfinite(losses).all()


def test_padding_changes_neither_what_is_learnt_nor_what_is_heard() -> None:
    def widened(given: Batch) -> Batch:
        features = np.pad(given.features, ((0, 0), (0, 7), (0, 0)))
        return Batch(given.clips, features, given.frames, given.labels, given.label_counts)

    preset = read_preset("tiny").changed({**SETTINGS, "dropout": 0.0, "noise": 0.0})
    one, other = (Learner(preset.geometry(labels=5), preset.training) for _ in range(2))
    for seed in (1, 2, 3):
        ours, theirs = one.step(batch(seed))[0], other.step(widened(batch(seed)))[0]
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_every_weight_has_a_name_and_adams_moments_have_it_too() -> None:
    learner = new_learner(accumulate=2)
    weights, arrays = learner.weights(), learner.arrays()
    running = {name for name in weights if name.endswith(("/mean", "/variance"))}
    assert {name for name in arrays if name.startswith("weights/")} == {
        f"weights/{name}" for name in weights
    }
    for group in ("momentum", "velocity", "accumulated"):
        assert {name for name in arrays if name.startswith(group)} == {
            f"{group}/{name}" for name in weights.keys() - running
        }


def test_gradients_of_two_batches_make_one_update_of_their_mean() -> None:
    """Against Adam's first moment, which is a tenth of the gradient."""
    still = {"dropout": 0.0, "noise": 0.0, "gradient_norm": 1e6}
    together = new_learner(accumulate=2, **still)
    before = together.weights()
    together.step(batch(1))
    kernel = "dense_1/kernel"
    assert np.array_equal(together.weights()[kernel], before[kernel])
    together.step(batch(2))
    assert not np.array_equal(together.weights()[kernel], before[kernel])
    moments = []
    for seed in (1, 2):
        alone = new_learner(**still)
        alone.step(batch(seed))
        moments.append(alone.arrays()[f"momentum/{kernel}"])
    found = together.arrays()
    np.testing.assert_allclose(found[f"momentum/{kernel}"], sum(moments) / 2, rtol=1e-4, atol=1e-7)
    assert not found[f"accumulated/{kernel}"].any()
    assert int(found["optimizer/updates"]) == 1


def test_a_batch_that_is_not_learnt_from_counts_for_no_update() -> None:
    learner = new_learner(accumulate=2, warmup=4)
    learner.step(batch(1))
    waiting = learner.arrays()["accumulated/dense_1/kernel"]
    learner.step(batch(2, labels=11))
    arrays = learner.arrays()
    assert np.array_equal(arrays["accumulated/dense_1/kernel"], waiting)
    assert (int(arrays["rate/batches"]), int(arrays["optimizer/updates"])) == (1, 0)


def test_a_new_training_takes_weights_and_moments_and_nothing_else() -> None:
    """From one whose updates were of other batches: Adam goes on counting updates."""
    old = new_learner(accumulate=2, warmup=10)
    for seed in range(5):
        old.step(batch(seed))
    new = new_learner(accumulate=3, learning_rate=0.02, precision="float16")
    begun = new.arrays()
    new.start_from(old.arrays())
    found, given = new.arrays(), old.arrays()
    for name in found:
        carried = name.startswith(("weights/", "momentum/", "velocity/"))
        wanted = given[name] if carried else begun[name]
        if not name.startswith("optimizer/"):
            assert np.array_equal(found[name], wanted), name
    assert (int(found["optimizer/updates"]), int(found["optimizer/iterations"])) == (2, 6)
    assert new.learning_rate == 0.02


@pytest.mark.parametrize(
    ("preset", "layers"),
    [
        ("tiny", 9),
        pytest.param("conformer-ctc", 4, marks=pytest.mark.slow),
        pytest.param("deepspeech", 9, marks=pytest.mark.slow),
        pytest.param("deepspeech2", 9, marks=pytest.mark.slow),
    ],
)
def test_half_precision_gives_nearly_the_same_gradient(preset: str, layers: int) -> None:
    def gradient(precision: str) -> NDArray[np.float64]:
        """As Adam's first moment, which is a tenth of it."""
        made = read_preset(preset).changed({"width": 8, "dropout": 0.0, "precision": precision})
        geometry = made.geometry(labels=5)
        learner = Learner(replace(geometry, layers=geometry.layers[:layers]), made.training)
        given, draw = batch(1), np.random.default_rng(2)
        heard = draw.normal(size=(2, 24, geometry.inputs)).astype(np.float32)
        frames = np.array([24, 20], np.int32)
        _, learnt = learner.step(replace(given, features=heard, frames=frames))
        assert learnt
        arrays = learner.arrays().items()
        moments = [one.ravel() for name, one in arrays if name.startswith("momentum/")]
        return np.concatenate(moments).astype(np.float64)

    exact = gradient("float32")
    for precision in ("bfloat16", "float16"):
        rough = gradient(precision)
        assert not np.array_equal(exact, rough)
        cosine = exact @ rough / np.linalg.norm(exact) / np.linalg.norm(rough)
        assert cosine > 0.99, precision


def test_a_gradient_that_its_scale_made_infinite_lowers_the_scale_and_is_learnt_from() -> None:
    learner = new_learner(precision="float16", dropout=0.0, noise=0.0)
    arrays = learner.arrays()
    learner.restore(arrays | {"scale/value": np.array(2.0**40)})
    losses, learnt = learner.step(batch(1))
    assert learnt and np.isfinite(losses).all()
    assert 1 <= float(learner.arrays()["scale/value"]) < 2.0**40


def test_a_clip_at_fault_does_not_lower_the_scale() -> None:
    learner = new_learner(precision="float16")
    learner.restore(learner.arrays() | {"scale/since": np.array(7)})
    learner.step(batch(1, labels=11))
    arrays = learner.arrays()
    assert (float(arrays["scale/value"]), int(arrays["scale/since"])) == (2.0**15, 7)


def test_a_gradient_that_is_infinite_at_every_scale_leaves_the_scale_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learner = new_learner(precision="float16")
    learner.restore(learner.arrays() | {"scale/since": np.array(7)})
    scales = list[float]()

    def step(_batch: Batch, scale: float) -> tuple[NDArray[np.float32], bool]:
        scales.append(scale)
        return np.ones(2, np.float32), False

    monkeypatch.setattr(learner._engine, "step", step)
    assert learner.step(batch(1))[1] is False
    assert scales == [2.0**exponent for exponent in range(15, -1, -1)]
    arrays = learner.arrays()
    assert (float(arrays["scale/value"]), int(arrays["scale/since"])) == (2.0**15, 7)

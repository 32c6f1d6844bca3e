"""Whatever Keras runs on, a model, its loss and its gradients are those of TensorFlow."""

import json

import keras
import numpy as np
import pytest

from tests.backends.numbers import (
    EXPECTED,
    HEARD,
    LABELS,
    LEARNER,
    batch_of,
    kept_learner,
    learner_of,
    numbers,
    small_preset,
)
from trainer.architecture.geometry import output_frames
from trainer.config import preset_names


@pytest.mark.parametrize("name", preset_names())
def test_losses_and_gradients_are_those_of_tensorflow(name: str) -> None:
    expected, found = json.loads(EXPECTED.read_text())[name], numbers(name)
    for part in ("assessed", "losses", "course"):
        np.testing.assert_allclose(found[part], expected[part], rtol=2e-5, err_msg=part)
    assert found["gradients"].keys() == expected["gradients"].keys()
    largest = max(norm for norm, *_ in expected["gradients"].values())
    for weight, (norm, *along) in expected["gradients"].items():
        # What is 0 but for rounding (a bias in front of a normalisation) is so everywhere.
        allowed = 1e-4 * norm + 1e-6 * largest
        ours, *ours_along = found["gradients"][weight]
        assert abs(ours - norm) < allowed, weight
        assert np.abs(np.subtract(ours_along, along)).max() < 5 * allowed, weight
    assert expected["course"][-1] < expected["course"][0]


@pytest.mark.parametrize("stride", [1, 2, 3, 6])
def test_frames_that_come_out_are_counted_alike(stride: int) -> None:
    frames = np.arange(50, dtype=np.int32)
    found = keras.ops.convert_to_numpy(output_frames(keras.ops.convert_to_tensor(frames), stride))
    assert found.dtype == np.int32
    assert found.tolist() == [len(range(0, count, stride)) for count in range(50)]


def test_a_learner_begins_with_what_tensorflow_has_learnt() -> None:
    preset = small_preset("tiny", accumulate=2, dropout=0.2)
    batch = batch_of(preset.geometry(labels=LABELS), HEARD)
    with np.load(LEARNER) as file:
        arrays = dict(file)
    expected = arrays.pop("assessed")
    learner = learner_of(preset)
    assert learner.arrays().keys() == arrays.keys()
    assert not np.allclose(learner.assess(batch)[0], expected, rtol=1e-2)
    learner.start_from(arrays)
    for name, array in learner.arrays().items():
        if name.startswith(("weights/", "momentum/", "velocity/")):
            assert np.array_equal(array, arrays[name]), name
    np.testing.assert_allclose(learner.assess(batch)[0], expected, rtol=1e-5)
    assert learner.step(batch)[1]


def test_the_same_steps_come_to_the_same_bits() -> None:
    one, other = kept_learner().arrays(), kept_learner().arrays()
    assert one.keys() == other.keys()
    assert all(np.array_equal(array, other[name]) for name, array in one.items())

"""The geometries of DeepSpeech, weights by name, context windows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trainer.architecture.geometry import Geometry, deep_speech
from trainer.architecture.layers import Dense, Window
from trainer.config import read_preset
from trainer.learning.model import build_model, load_weights, named_weights
from trainer.recurrent.layers import FAST

SIZES: dict[str, Any] = {"context": 2, "dense": (5, 6), "recurrent": 4, "dense_after": 5}
SMALL = deep_speech(inputs=3, labels=4, bidirectional=True, **SIZES)
FORWARD = deep_speech(inputs=3, labels=4, bidirectional=False, **SIZES)
LENGTHS = np.array([12, 7], dtype=np.int32)
as_numpy = keras.ops.convert_to_numpy


def features(geometry: Geometry) -> np.ndarray:
    made = np.random.default_rng(1).normal(size=(2, 12, geometry.inputs)).astype(np.float32)
    made[1, LENGTHS[1] :] = 0
    return made


def heard(output: object) -> np.ndarray:
    """The output without padding."""
    array = as_numpy(output)
    return np.concatenate([array[0], array[1, : LENGTHS[1]]])


def parameters(preset: str, labels: int) -> int:
    """Counted in Keras, at the preset's own width."""
    geometry = read_preset(preset).geometry(labels=labels)
    assert geometry.inputs == 26 and geometry.layers[0].reach == (9, 9)
    shapes = geometry.weight_shapes()
    small = read_preset(preset).changed({"width": 4}).geometry(labels=labels)
    assert named_weights(build_model(small), small).keys() == shapes.keys()
    return sum(int(np.prod(shape)) for shape in shapes.values())


def test_the_streaming_preset_has_the_parameters_of_the_published_models() -> None:
    assert parameters("deepspeech-streaming", 29) == 47_224_861


def test_the_bidirectional_preset_has_over_120_million_parameters() -> None:
    layers = read_preset("deepspeech").geometry(labels=29).layers
    dense = [layer.units for layer in layers if isinstance(layer, Dense)]
    assert dense == [2048, 2048, 4096, 2048]
    assert parameters("deepspeech", 29) == 122_732_573


@pytest.mark.slow
def test_keras_counts_the_same_at_full_width() -> None:
    geometry = read_preset("deepspeech-streaming").geometry(labels=29)
    assert build_model(geometry).count_params() == 47_224_861
    keras.backend.clear_session()


@pytest.mark.parametrize("geometry", [SMALL, FORWARD])
def test_weights_have_the_names_and_shapes_of_the_geometry(geometry: Geometry) -> None:
    weights = named_weights(build_model(geometry), geometry)
    assert {name: weight.shape for name, weight in weights.items()} == geometry.weight_shapes()
    assert {weight.dtype for weight in weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("geometry", [SMALL, FORWARD])
def test_weights_make_another_model_the_same(geometry: Geometry) -> None:
    one, other = build_model(geometry), build_model(geometry, recurrent=FAST)
    given = [features(geometry), LENGTHS]
    assert np.abs(heard(one(given)) - heard(other(given))).max() > 1e-2
    load_weights(other, geometry, named_weights(one, geometry))
    assert np.abs(heard(one(given)) - heard(other(given))).max() < 1e-6


def test_weights_of_another_geometry_are_refused() -> None:
    model = build_model(SMALL)
    with pytest.raises(ValueError, match="lstm_backward"):
        load_weights(model, SMALL, named_weights(build_model(FORWARD), FORWARD))
    wider = replace(SMALL, labels=9)
    with pytest.raises(ValueError, match=r"output/kernel is float32 \(5, 9\), not float32 \(5, 4"):
        load_weights(model, SMALL, named_weights(build_model(wider), wider))


def test_a_context_window_is_the_neighbours_oldest_first_and_zeros_beyond() -> None:
    """A dense layer that picks one input of the window shows which frame stands there."""
    layers = (Window(before=2, after=2), Dense(units=10, clip=1000))
    geometry = Geometry(inputs=2, labels=3, layers=layers)
    model = build_model(geometry)
    model.get_layer("dense_1").set_weights([np.eye(10, dtype=np.float32), np.zeros(10)])
    windows = keras.Model(model.inputs[0], model.get_layer("dense_1").output)
    given = np.arange(1, 9, dtype=np.float32).reshape(1, 4, 2)
    expected = [
        [0, 0, 0, 0, 1, 2, 3, 4, 5, 6],
        [0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        [1, 2, 3, 4, 5, 6, 7, 8, 0, 0],
        [3, 4, 5, 6, 7, 8, 0, 0, 0, 0],
    ]
    assert as_numpy(windows(given))[0].tolist() == expected


def test_padding_does_not_change_what_is_heard() -> None:
    model = build_model(SMALL)
    both = features(SMALL)
    alone = as_numpy(model([both[1:, : LENGTHS[1]], LENGTHS[1:]]))[0]
    together = as_numpy(model([both, LENGTHS]))[1, : LENGTHS[1]]
    assert np.abs(alone - together).max() < 1e-6


def test_relu_is_clipped() -> None:
    model = build_model(SMALL)
    layer = model.get_layer("dense_1_relu")
    assert as_numpy(layer(np.array([-5.0, 7.0, 21.0]))).tolist() == [0, 7, 20]


def test_a_saved_model_needs_none_of_our_code(tmp_path: Path) -> None:
    model = build_model(SMALL)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    given = [features(SMALL), LENGTHS]
    assert np.array_equal(as_numpy(model(given)), as_numpy(again(given)))
    with pytest.raises(StopIteration):
        next(layer for layer in again.layers if type(layer).__module__.startswith("trainer"))

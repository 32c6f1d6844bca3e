"""Every kind of layer: Keras while it trains, plain Keras and ONNX compute the same."""

from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from tests.trainer.architecture.layer_lists import (
    LISTS,
    STREAMING,
    Floats,
    by_keras,
    geometry_of,
    heard,
    random_weights,
)
from trainer.architecture.geometry import Geometry
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import onnx_model
from trainer.learning.model import build_model, load_weights, named_weights, plain_model
from trainer.recurrent.layers import FAST


def in_onnx(folder: Path, geometry: Geometry, weights: dict[str, Floats]) -> AcousticModel:
    onnx.save(onnx_model(geometry, weights), folder / "model.onnx")
    return AcousticModel(folder / "model.onnx", geometry)


@pytest.mark.parametrize("name", LISTS)
def test_keras_and_onnx_agree(name: str, tmp_path: Path) -> None:
    geometry, clips = geometry_of(name), heard()
    weights = random_weights(geometry)
    trained = build_model(geometry, dropout=0.3, noise=0.2, recurrent=FAST)
    load_weights(trained, geometry, weights)
    expected = by_keras(trained, geometry, clips)
    assert np.std(np.concatenate(expected), axis=0).min() > 1e-3
    found = in_onnx(tmp_path, geometry, weights).log_probs_batch(clips)
    plain = by_keras(plain_model(geometry, weights), geometry, clips)
    for ours, keras_own, theirs in zip(found, plain, expected, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
        np.testing.assert_allclose(keras_own, theirs, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", LISTS)
def test_a_batch_is_its_clips(name: str, tmp_path: Path) -> None:
    geometry, clips = geometry_of(name), heard()
    weights = random_weights(geometry)
    model, in_keras = in_onnx(tmp_path, geometry, weights), plain_model(geometry, weights)
    together = model.log_probs_batch(clips)
    keras_together = by_keras(in_keras, geometry, clips)
    for one, ours, theirs in zip(clips, together, keras_together, strict=True):
        np.testing.assert_allclose(model.log_probs(one), ours, rtol=0, atol=1e-5)
        (alone,) = by_keras(in_keras, geometry, [one])
        np.testing.assert_allclose(alone, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("name", STREAMING)
def test_pieces_give_what_the_whole_gives(name: str, piece: int, tmp_path: Path) -> None:
    geometry = geometry_of(name)
    model = in_onnx(tmp_path, geometry, random_weights(geometry))
    for features in heard():
        whole, pieces = model.log_probs(features), model.log_probs(features, piece_frames=piece)
        assert whole.shape == pieces.shape
        np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-5)


def test_most_of_the_lists_stream() -> None:
    assert set(LISTS) - set(STREAMING) == {"both ways", "conformer"}


@pytest.mark.parametrize("name", LISTS)
def test_weights_come_out_as_they_went_in(name: str) -> None:
    geometry = geometry_of(name)
    weights = random_weights(geometry)
    model = build_model(geometry, recurrent=FAST)
    load_weights(model, geometry, weights)
    found = named_weights(model, geometry)
    assert found.keys() == weights.keys()
    assert all(np.array_equal(found[one], weights[one]) for one in weights)
    assert sum(one.size for one in weights.values()) == model.count_params()


@pytest.mark.parametrize("name", LISTS)
def test_a_saved_model_needs_none_of_our_code(name: str, tmp_path: Path) -> None:
    geometry = geometry_of(name)
    model = plain_model(geometry, random_weights(geometry))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert not [one for one in again.layers if type(one).__module__.startswith("trainer")]
    clips = heard()
    for one, other in zip(
        by_keras(model, geometry, clips), by_keras(again, geometry, clips), strict=True
    ):
        assert np.array_equal(one, other)


def test_keras_own_layers_do_not_normalise_products() -> None:
    with pytest.raises(ValueError, match=r"^gru_2: Keras's own layers cannot normalise products$"):
        build_model(geometry_of("gru"))

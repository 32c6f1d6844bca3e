"""Every kind of layer: Keras while it trains, plain Keras and ONNX compute the same."""

from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import (
    AnyLayer,
    BatchNorm,
    Conv1d,
    Conv2d,
    Dense,
    Lookahead,
    Window,
)
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm, Rnn
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import onnx_model
from trainer.learning.model import build_model, load_weights, named_weights, plain_model
from trainer.recurrent.layers import FAST

Floats = NDArray[np.float32]
INPUTS = 10
LISTS: dict[str, tuple[AnyLayer, ...]] = {
    "dense": (Dense(units=7, clip=0.5), Dense(units=6, clip=0, batch_norm=True)),
    "linear": (Dense(units=7, activation="linear"),),
    "window": (Window(before=3, after=1), Dense(units=6), Window(before=0, after=2)),
    "conv1d": (
        Conv1d(filters=7, kernel=5, step=2, batch_norm=True),
        Conv1d(filters=6, kernel=3, step=3),
        Conv1d(filters=6, kernel=4, causal=True),
        Conv1d(filters=6, kernel=1),
    ),
    "conv2d": (
        Conv2d(filters=3, kernel=(5, 4), step=(2, 3), batch_norm=True),
        Conv2d(filters=2, kernel=(3, 3), step=(1, 2)),
        Conv2d(filters=2, kernel=(2, 1), causal=True),
    ),
    "batch norm": (BatchNorm(), Window(before=1, after=1), Dense(units=6), BatchNorm()),
    "rnn": (Rnn(units=6, clip=0.4), Rnn(units=5, batch_norm=True)),
    "gru": (Gru(units=6), Gru(units=5, batch_norm=True)),
    "lstm": (Lstm(units=6), Lstm(units=5, batch_norm=True)),
    "both ways": (
        Conv1d(filters=6, kernel=3, step=2),
        Rnn(units=6, clip=0.4, bidirectional=True, merge="sum", batch_norm=True),
        Gru(units=5, bidirectional=True, batch_norm=True),
        Lstm(units=5, bidirectional=True, batch_norm=True, merge="sum"),
    ),
    "lookahead": (Gru(units=6), Lookahead(tau=5), Dense(units=4), Lookahead(tau=1)),
    "conformer": (
        Conv1d(filters=8, kernel=3, step=2),
        Conformer(heads=2, feed_forward=12, kernel=4),
        Conformer(heads=4, feed_forward=6, kernel=3),
    ),
}
CLIPS = (41, 23, 1, 2, 30)


def geometry_of(name: str) -> Geometry:
    return Geometry(INPUTS, 5, LISTS[name])


def random_weights(geometry: Geometry) -> dict[str, Floats]:
    """No weight without effect; variances are positive."""
    draw = np.random.default_rng(4)
    weights = {}
    for name, shape in geometry.weight_shapes().items():
        limit = np.sqrt(6 / sum(shape[-2:])) if len(shape) > 1 else 0.5
        weight = draw.uniform(-limit, limit, shape)
        if name.endswith(("/gamma", "/variance")):
            weight = np.abs(weight) + 0.5
        weights[name] = weight.astype(np.float32)
    return weights


def heard() -> list[Floats]:
    draw = np.random.default_rng(2)
    return [draw.normal(size=(frames, INPUTS)).astype(np.float32) for frames in CLIPS]


def by_keras(model: keras.Model, geometry: Geometry, clips: list[Floats]) -> list[Floats]:
    """Log-probabilities of clips in one padded batch."""
    longest = max(len(one) for one in clips)
    batch = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in clips])
    lengths = np.array([len(one) for one in clips], np.int32)
    logits = model([batch, lengths], training=False)
    made = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))
    counts = [geometry.output_frames(len(one)) for one in clips]
    return [one[:count] for one, count in zip(made, counts, strict=True)]


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


STREAMING = [name for name in LISTS if geometry_of(name).streaming]


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

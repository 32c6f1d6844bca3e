"""The ONNX of a model: equal to plain Keras layers, in batches, and piece by piece."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import soundfile
from numpy.typing import NDArray

from importers.errors import MynaError
from native.features import features_batch
from tests.trainer.weights import BOTH_WAYS, FORWARD, random_weights
from trainer.architecture.geometry import Geometry, deep_speech
from trainer.architecture.layers import Dense, Window
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import Weights, onnx_model

Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def clips(test_data: Path) -> list[Floats]:
    """Features of five clips of LibriSpeech, each of another speaker and length."""
    paths = sorted((test_data / "LibriSpeech").rglob("*.flac"))[::10]
    samples = [np.asarray(soundfile.read(str(p), dtype="int16")[0], np.int16) for p in paths]
    features = features_batch(samples, threads=2)
    assert len({len(one) for one in features}) == 5
    return features


def load(folder: Path, geometry: Geometry, weights: Weights) -> AcousticModel:
    path = folder / "model.onnx"
    onnx.save(onnx_model(geometry, weights), path)
    return AcousticModel(path, geometry, threads=2)


def windows(features: Floats, context: int) -> Floats:
    """[frames, (2 context + 1) inputs] by definition, one frame after the other."""
    rows = []
    for frame in range(len(features)):
        near = range(frame - context, frame + context + 1)
        nothing = np.zeros_like(features[0])
        rows.append(
            np.concatenate([features[i] if 0 <= i < len(features) else nothing for i in near])
        )
    return np.stack(rows)


def by_keras(geometry: Geometry, weights: Weights, features: Floats) -> Floats:
    """What Keras's own layers compute for one clip."""
    from keras import layers, ops

    clips = {one.name: one.layer.clip for one in geometry.placed() if isinstance(one.layer, Dense)}

    def dense(hidden: Floats, name: str) -> Floats:
        layer = layers.Dense(weights[f"{name}/bias"].shape[0])
        layer.build(hidden.shape)
        layer.set_weights([weights[f"{name}/kernel"], weights[f"{name}/bias"]])
        values = layer(hidden)
        return np.asarray(ops.clip(values, 0, clips[name]) if clips[name] else values)

    def lstm(direction: str) -> list[Floats]:
        return [weights[f"lstm_{direction}/{part}"] for part in ("kernel", "recurrent", "bias")]

    first = geometry.layers[0]
    hidden = windows(features, first.after if isinstance(first, Window) else 0)
    for name in clips:
        if name not in ("dense_after", "output"):
            hidden = dense(hidden, name)
    units = len(weights["lstm_forward/recurrent"])
    recurrent = layers.LSTM(units, return_sequences=True)
    values = lstm("forward")
    if not geometry.streaming:
        recurrent = layers.Bidirectional(recurrent)
        values += lstm("backward")
    recurrent.build((1, *hidden.shape))
    recurrent.set_weights(values)
    hidden = dense(np.asarray(recurrent(hidden[None]))[0], "dense_after")
    return np.asarray(ops.log_softmax(dense(hidden, "output")))


@pytest.mark.parametrize("geometry", [FORWARD, BOTH_WAYS], ids=["forward", "both ways"])
def test_equal_to_keras_on_real_features(
    geometry: Geometry, clips: list[Floats], tmp_path: Path
) -> None:
    weights = random_weights(geometry)
    model = load(tmp_path, geometry, weights)
    for features in clips[:3]:
        ours = model.log_probs(features)
        assert ours.dtype == np.float32
        assert ours.shape == (len(features), geometry.labels)
        np.testing.assert_allclose(np.exp(ours).sum(axis=1), 1, rtol=1e-5)
        # The weights let the features through: no label always wins, nothing is constant.
        assert len(set(ours.argmax(axis=1))) > 1
        np.testing.assert_allclose(ours, by_keras(geometry, weights, features), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [{"context": 0}, {"dense": ()}, {"context": 1, "dense": (7,)}, {"relu_clip": 0.05}],
    ids=str,
)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_other_geometries_equal_keras(
    bidirectional: bool, change: dict[str, Any], clips: list[Floats], tmp_path: Path
) -> None:
    sizes = {"context": 9, "dense": (32, 24), "recurrent": 20, "dense_after": 28, **change}
    geometry = deep_speech(inputs=26, labels=29, bidirectional=bidirectional, **sizes)
    weights = random_weights(geometry)
    if not sizes["dense"]:
        for name in weights:
            if name.startswith("lstm") and name.endswith("/kernel"):
                weights[name] /= np.float32(30)
    ours = load(tmp_path, geometry, weights).log_probs(clips[0])
    np.testing.assert_allclose(ours, by_keras(geometry, weights, clips[0]), rtol=0, atol=1e-4)


@pytest.mark.parametrize("geometry", [FORWARD, BOTH_WAYS], ids=["forward", "both ways"])
def test_a_batch_is_its_clips(geometry: Geometry, clips: list[Floats], tmp_path: Path) -> None:
    model = load(tmp_path, geometry, random_weights(geometry))
    nothing = np.zeros((0, 26), np.float32)
    batch = model.log_probs_batch([*clips, nothing, clips[0][:1]])
    for features, together in zip([*clips, nothing, clips[0][:1]], batch, strict=True):
        alone = model.log_probs(features)
        assert alone.shape == together.shape == (len(features), geometry.labels)
        np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)
    assert model.log_probs_batch([]) == []


@pytest.mark.parametrize("piece", [1, 2, 7, 16, 100])
def test_pieces_give_what_the_whole_gives(piece: int, clips: list[Floats], tmp_path: Path) -> None:
    model = load(tmp_path, FORWARD, random_weights(FORWARD))
    features = clips[0][:300]
    whole = model.log_probs(features)
    pieces = model.log_probs(features, piece_frames=piece)
    np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-5)


def test_a_model_that_looks_ahead_is_not_cut_to_pieces(clips: list[Floats], tmp_path: Path) -> None:
    model = load(tmp_path, BOTH_WAYS, random_weights(BOTH_WAYS))
    whole = model.log_probs(clips[0])
    assert np.array_equal(model.log_probs(clips[0], piece_frames=10), whole)


def test_the_graph_says_what_it_takes_and_gives() -> None:
    graph = onnx_model(FORWARD, random_weights(FORWARD)).graph
    states = ["window_1_before", "lstm_h", "lstm_c"]
    assert [one.name for one in graph.input] == ["features", "lengths", "last", *states]
    assert [one.name for one in graph.output] == ["log_probs", *(f"next_{one}" for one in states)]
    graph = onnx_model(BOTH_WAYS, random_weights(BOTH_WAYS)).graph
    assert [one.name for one in graph.input] == ["features", "lengths"]
    assert [one.name for one in graph.output] == ["log_probs"]


def test_the_same_weights_give_the_same_bytes() -> None:
    first, second = (onnx_model(BOTH_WAYS, random_weights(BOTH_WAYS)) for _ in range(2))
    assert first.SerializeToString(deterministic=True) == second.SerializeToString(
        deterministic=True
    )


def test_wrong_weights_are_named() -> None:
    weights = random_weights(FORWARD)
    bias = weights.pop("output/bias")
    with pytest.raises(ValueError, match=r"missing, or not of the geometry: output/bias$"):
        onnx_model(FORWARD, weights)
    with pytest.raises(ValueError, match=r"missing, or not of the geometry: output/bais, output"):
        onnx_model(FORWARD, {**weights, "output/bais": bias})
    with pytest.raises(ValueError, match=r"output/bias is float32 \(28,\), not float32 \(29,\)"):
        onnx_model(FORWARD, {**weights, "output/bias": bias[1:]})
    with pytest.raises(ValueError, match=r"output/bias is float64 \(29,\), not float32 \(29,\)"):
        onnx_model(FORWARD, {**weights, "output/bias": bias.astype(np.float64)})


def test_features_of_another_width_are_refused(tmp_path: Path) -> None:
    model = load(tmp_path, FORWARD, random_weights(FORWARD))
    with pytest.raises(ValueError, match=r"shape \(9, 13\) for a model of 26 coefficients"):
        model.log_probs(np.zeros((9, 13), np.float32))


def test_a_file_of_another_geometry_is_refused(tmp_path: Path) -> None:
    load(tmp_path, FORWARD, random_weights(FORWARD))
    for other in (replace(FORWARD, labels=30), replace(FORWARD, inputs=13)):
        with pytest.raises(MynaError, match=r"made for another geometry than its model\.json has"):
            AcousticModel(tmp_path / "model.onnx", other)


def test_a_file_that_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(MynaError) as raised:
        AcousticModel(tmp_path / "model.onnx", FORWARD)
    assert str(raised.value).startswith(f"{tmp_path}/model.onnx: ONNX Runtime cannot load it: ")
    assert "\n" not in str(raised.value)

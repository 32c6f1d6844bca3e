"""The acoustic model in Keras: a functional model of plain layers, made from a Geometry.

    inputs: features [batch, frames, inputs] float32, lengths [batch] int32 (frames of each)
    output: logits [batch, frames, labels]; what stands behind a sequence's length has no meaning

A frame's context window is the frames from ``context`` before it to ``context`` behind it, oldest
first; beyond either end stand zeros, as in DeepSpeech (training/deepspeech_training/train.py,
create_overlapping_windows).
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import KerasTensor, layers, ops
from numpy.typing import NDArray

from trainer.geometry import Geometry

Weights = dict[str, NDArray[np.float32]]
_PARTS = {"kernel": "kernel", "recurrent": "recurrent_kernel", "bias": "bias"}


def build_model(
    geometry: Geometry,
    *,
    dropout: float = 0.0,
    noise: float = 0.0,
    recurrent: type[layers.LSTM] = layers.LSTM,
    scaling: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
) -> keras.Model:
    """A new model with random weights.

    While training, ``dropout`` is the rate behind each dense layer, and ``noise`` the deviation of
    Gaussian noise on the features. ``recurrent`` is the class of the LSTM: keras.layers.LSTM, or
    one with the same weights. ``scaling`` is (mean, deviation) of each coefficient: features are
    standardised by it before the first layer (after padding, before noise), and named_weights gives
    weights that take features as they are.
    """
    features = keras.Input((None, geometry.inputs), name="features", dtype="float32")
    lengths = keras.Input((), name="lengths", dtype="int32")
    padded = layers.ZeroPadding1D(geometry.context)(features)
    if scaling is not None:
        mean, deviation = scaling
        padded = layers.Rescaling(
            [float(1 / one) for one in deviation],
            [float(-m / d) for m, d in zip(mean, deviation, strict=True)],
            name="scaling",
        )(padded)
    if noise:
        padded = layers.GaussianNoise(noise, name="noise")(padded)
    hidden = _windows(padded, geometry.context)
    for number, units in enumerate(geometry.dense, start=1):
        hidden = _dense(hidden, units, f"dense_{number}", geometry.relu_clip, dropout)
    hidden = _recurrent(hidden, lengths, geometry, recurrent)
    hidden = _dense(hidden, geometry.dense_after, "dense_after", geometry.relu_clip, dropout)
    logits = layers.Dense(geometry.labels, name="output")(hidden)
    return keras.Model([features, lengths], logits, name="acoustic_model")


def named_weights(model: keras.Model) -> Weights:
    """The weights by the names of Geometry.weight_shapes, for features as they are."""
    found = {name: np.asarray(variable) for name, variable in _variables(model).items()}
    scaling = _scaling(model)
    if scaling is not None:
        kernel, bias = found["dense_1/kernel"], found["dense_1/bias"]
        scale, offset = (np.tile(one, len(kernel) // len(one)) for one in scaling)
        found["dense_1/bias"] = (bias + offset @ kernel).astype(np.float32)
        found["dense_1/kernel"] = (kernel * scale[:, None]).astype(np.float32)
    return found


def load_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Set all weights of a model without scaling, by name. Raises ValueError for other shapes."""
    if _scaling(model) is not None:
        raise ValueError("weights are loaded by name into models without scaling")
    variables = _variables(model)
    if variables.keys() != weights.keys():
        raise ValueError(f"weights {sorted(weights)} for a model of {sorted(variables)}")
    for name, variable in variables.items():
        if variable.shape != weights[name].shape:
            raise ValueError(f"{name}: {weights[name].shape} for a model of {variable.shape}")
        variable.assign(weights[name])


def _windows(padded: KerasTensor, context: int) -> KerasTensor:
    if context == 0:
        return padded
    crops = [(before, 2 * context - before) for before in range(2 * context + 1)]
    return layers.Concatenate(name="windows")([layers.Cropping1D(crop)(padded) for crop in crops])


def _dense(hidden: KerasTensor, units: int, name: str, clip: float, dropout: float) -> KerasTensor:
    hidden = layers.Dense(units, name=name)(hidden)
    hidden = layers.ReLU(max_value=clip, name=f"{name}_relu")(hidden)
    return layers.Dropout(dropout, name=f"{name}_dropout")(hidden) if dropout else hidden


def _recurrent(
    hidden: KerasTensor, lengths: KerasTensor, geometry: Geometry, lstm: type[layers.LSTM]
) -> KerasTensor:
    if not geometry.bidirectional:
        return lstm(geometry.recurrent, return_sequences=True, name="lstm_forward")(hidden)
    numbers = ops.cumsum(ops.ones_like(hidden[:, :, 0], dtype="int32"), axis=1)
    mask = numbers <= ops.expand_dims(lengths, 1)
    both = layers.Bidirectional(
        lstm(geometry.recurrent, return_sequences=True, name="lstm_forward"),
        backward_layer=lstm(
            geometry.recurrent, return_sequences=True, go_backwards=True, name="lstm_backward"
        ),
        name="lstm",
    )
    return both(hidden, mask=mask)


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """The variables by the names of Geometry.weight_shapes."""
    found: dict[str, keras.Variable] = {}
    for layer in model.layers:
        if isinstance(layer, layers.Bidirectional):
            parts = [layer.forward_layer, layer.backward_layer]
        else:
            parts = [layer]
        for name, part in zip(("lstm_forward", "lstm_backward"), parts, strict=False):
            if isinstance(part, layers.LSTM):
                found |= {f"{name}/{k}": getattr(part.cell, v) for k, v in _PARTS.items()}
            elif isinstance(part, layers.Dense):
                found |= {f"{part.name}/{k}": getattr(part, k) for k in ("kernel", "bias")}
    return found


def _scaling(model: keras.Model) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    for layer in model.layers:
        if layer.name == "scaling":
            return np.asarray(layer.scale, np.float32), np.asarray(layer.offset, np.float32)
    return None

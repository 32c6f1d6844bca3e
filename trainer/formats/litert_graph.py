"""A model that streams as a TensorFlow function of one piece (pieces.py), for LiteRT.

    features   [1, piece, inputs] float32, zeros behind the clip's end
    start      [1] int32: frames of features in the pieces before this one
    length     [1] int32: frames of the clip, or ENDLESS as long as its end has not come
    NAME       [1, frames, width] for each of Pieces.states: zeros at first, and then the output
               next_NAME of the piece before

    log_probs  [1, piece / stride, labels] float32, natural logarithm; the first Pieces.late frames
               of a clip's output are of no frame of it

Recurrent layers are loops over an array of fixed size: LiteRT has no lists of frames, and unrolled,
its weights would be laid out anew in memory for each frame. Weights go in as constants, those of
products transposed, as its FULLY_CONNECTED wants them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from trainer.architecture.folding import folded, scale_and_offset
from trainer.architecture.geometry import Geometry, output_frames
from trainer.architecture.layers import BatchNorm, Conv1d, Conv2d, Dense, Dropout, Lookahead, Window
from trainer.architecture.pieces import Pieces, Step, pieces_of
from trainer.architecture.sequence_layers import Gru, Lstm, Rnn

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]
Tensors = dict[str, tf.Tensor]


def piece_function(geometry: Geometry, weights: Weights, frames: int) -> Any:
    """A tf.function of the tensors above, for pieces of so many frames; a dictionary comes out.

    Raises ValueError for a model that does not stream, for a piece that is no multiple of its
    stride, and for weights that are not the geometry's.
    """
    plain, plain_weights = folded(geometry, weights)
    pieces = pieces_of(plain, frames)

    def run(
        features: tf.Tensor, start: tf.Tensor, length: tf.Tensor, **states: tf.Tensor
    ) -> Tensors:
        piece = _Piece(plain_weights, start, length, states)
        hidden = features[0]
        for step in pieces.steps:
            hidden = _layer(piece, step, hidden)
        return {"log_probs": tf.nn.log_softmax(hidden)[None], **piece.after}

    return tf.function(run, autograph=False).get_concrete_function(**_signature(plain, pieces))


def _signature(geometry: Geometry, pieces: Pieces) -> Tensors:
    given = {
        "features": tf.TensorSpec((1, pieces.frames, geometry.inputs), tf.float32, "features"),
        "start": tf.TensorSpec((1,), tf.int32, "start"),
        "length": tf.TensorSpec((1,), tf.int32, "length"),
    }
    for one in pieces.states:
        given[one.name] = tf.TensorSpec((1, one.frames, one.width), tf.float32, one.name)
    return given


class _Piece:
    """What all layers of a piece share."""

    def __init__(
        self, weights: Weights, start: tf.Tensor, length: tf.Tensor, states: Tensors
    ) -> None:
        self.weights, self.states = weights, states
        self.after: Tensors = {}
        self._start, self._length = start, length

    def product(self, hidden: tf.Tensor, name: str) -> tf.Tensor:
        """[frames, columns]: hidden times a kernel."""
        return product(hidden, self.weights[name])

    def inside(self, step: Step) -> tf.Tensor:
        """1 for each frame that comes in and is in the clip, else 0: [frames, 1]."""
        stride = step.placed.stride
        numbers = self._start // stride + np.arange(-step.late, step.frames - step.late, dtype="i4")
        truth = tf.logical_and(numbers >= 0, numbers < output_frames(self._length, stride))
        return tf.cast(truth, tf.float32)[:, None]

    def neighbours(self, step: Step, hidden: tf.Tensor) -> tf.Tensor:
        """What its output is made of: frames kept, and those that came; zeros beyond the clip."""
        if not any(step.placed.layer.reach):
            return hidden
        if not step.placed.first:  # features are zeros beyond the clip already
            hidden = hidden * self.inside(step)
        if not step.kept:
            return hidden[: step.used]
        (state,) = step.states
        joined = tf.concat([self.states[state.name][0], hidden], axis=0)
        self.after[f"next_{state.name}"] = joined[-step.kept :][None]
        return joined[: step.used]


def product(hidden: tf.Tensor, kernel: Floats) -> tf.Tensor:
    """hidden [rows, n] times a kernel [n, columns], which is kept transposed."""
    return tf.matmul(hidden, tf.constant(np.ascontiguousarray(kernel.T)), transpose_b=True)


def _layer(piece: _Piece, step: Step, hidden: tf.Tensor) -> tf.Tensor:
    """What comes out of a layer, [frames, width]."""
    layer, name = step.placed.layer, step.placed.name
    match layer:
        case Window():
            joined = piece.neighbours(step, hidden)
            width = layer.before + 1 + layer.after
            return tf.concat([joined[n : n + step.frames_out] for n in range(width)], axis=1)
        case Dense():
            made = piece.product(hidden, f"{name}/kernel") + piece.weights[f"{name}/bias"]
            return _bent(layer, made)
        case Conv1d():
            return _conv1d(piece, step, layer, hidden)
        case Conv2d():
            return _conv2d(piece, step, layer, hidden)
        case BatchNorm():
            scale, offset = scale_and_offset(piece.weights, name)
            return hidden * scale + (offset + piece.weights[f"{name}/beta"])
        case Dropout():
            return hidden
        case Lookahead():
            joined = piece.neighbours(step, hidden)
            kernel = piece.weights[f"{name}/kernel"][:, None, :, None]
            return tf.nn.depthwise_conv2d(joined[None, :, None], kernel, (1, 1, 1, 1), "VALID")[
                0, :, 0
            ]
        case Rnn() | Gru() | Lstm():
            return _recurrent(piece, step, layer, hidden)
        case _:
            raise ValueError(f"{name}: a model with {layer.layer} layers does not stream")


def _bent(layer: Dense | Conv1d | Conv2d, hidden: tf.Tensor) -> tf.Tensor:
    if layer.activation == "linear":
        return hidden
    positive = tf.nn.relu(hidden)
    return tf.minimum(positive, layer.clip) if layer.clip else positive


def _conv1d(piece: _Piece, step: Step, layer: Conv1d, hidden: tf.Tensor) -> tf.Tensor:
    joined = piece.neighbours(step, hidden)
    kernel = piece.weights[f"{layer.name}/kernel"]
    made = tf.nn.conv1d(joined[None], kernel, layer.step, "VALID")[0]
    return _bent(layer, made + piece.weights[f"{layer.name}/bias"])


def _conv2d(piece: _Piece, step: Step, layer: Conv2d, hidden: tf.Tensor) -> tf.Tensor:
    joined, given = piece.neighbours(step, hidden), step.placed.given
    shaped = tf.reshape(joined, (1, step.used, given.bins, given.channels))
    shaped = tf.pad(shaped, ((0, 0), (0, 0), layer.bins_reach, (0, 0)))
    kernel = piece.weights[f"{layer.name}/kernel"]
    made = tf.nn.conv2d(shaped, kernel, (1, *layer.step, 1), "VALID")
    made = _bent(layer, made + piece.weights[f"{layer.name}/bias"])
    return tf.reshape(made, (step.frames_out, layer.flow(given).width))


def _recurrent(piece: _Piece, step: Step, layer: Rnn | Gru | Lstm, hidden: tf.Tensor) -> tf.Tensor:
    """[frames, units]; frames before and behind the clip leave the state as it is."""
    name = f"{layer.name}_forward"
    bias = piece.weights[f"{name}/bias"]
    inputs = piece.product(hidden, f"{name}/kernel") + (bias[0] if isinstance(layer, Gru) else bias)
    recurrent = piece.weights[f"{name}/recurrent"]
    cell = _cell(layer, recurrent, bias)
    inside = piece.inside(step) if step.late else None
    state = [piece.states[one.name][0] for one in step.states]
    numbers = tf.range(step.frames)[:, None]

    def body(frame: tf.Tensor, made: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        new = cell(tf.gather(inputs, frame)[None], list(state))
        if inside is not None:
            share = tf.gather(inside, frame)[None]
            new = [share * one + (1 - share) * old for one, old in zip(new, state, strict=True)]
        return frame + 1, tf.where(numbers == frame, new[0], made), *new

    made = tf.zeros((step.frames, layer.units))
    _, made, *after = tf.while_loop(
        lambda frame, *_: frame < step.frames, body, (tf.constant(0), made, *state)
    )
    for one, value in zip(step.states, after, strict=True):
        piece.after[f"next_{one.name}"] = value[None]
    return made


Cell = Callable[[tf.Tensor, list[tf.Tensor]], list[tf.Tensor]]


def _cell(layer: Rnn | Gru | Lstm, recurrent: Floats, bias: Floats) -> Cell:
    """From a frame's product [1, gates units] and the states [1, units] to the states after it."""

    def rnn(inputs: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        assert isinstance(layer, Rnn)
        return [tf.minimum(tf.nn.relu(inputs + product(state[0], recurrent)), layer.clip)]

    def gru(inputs: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        before = product(state[0], recurrent) + bias[1]
        units = layer.units
        gates = tf.sigmoid(inputs[:, : 2 * units] + before[:, : 2 * units])
        update, reset = gates[:, :units], gates[:, units:]
        new = tf.tanh(inputs[:, 2 * units :] + reset * before[:, 2 * units :])
        return [update * state[0] + (1 - update) * new]

    def lstm(inputs: tf.Tensor, state: list[tf.Tensor]) -> list[tf.Tensor]:
        enter, keep, new, out = tf.split(inputs + product(state[0], recurrent), 4, axis=1)
        held = tf.sigmoid(keep) * state[1] + tf.sigmoid(enter) * tf.tanh(new)
        return [tf.sigmoid(out) * tf.tanh(held), held]

    return {"rnn": rnn, "gru": gru, "lstm": lstm}[layer.layer]

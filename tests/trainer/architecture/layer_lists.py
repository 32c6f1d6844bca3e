"""Models of every kind of layer, and what Keras makes of them."""

import keras
import numpy as np
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


STREAMING = [name for name in LISTS if geometry_of(name).streaming]


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


def heard(inputs: int = INPUTS) -> list[Floats]:
    """Features of clips of all lengths."""
    draw = np.random.default_rng(2)
    return [draw.normal(size=(frames, inputs)).astype(np.float32) for frames in CLIPS]


def by_keras(model: keras.Model, geometry: Geometry, clips: list[Floats]) -> list[Floats]:
    """Log-probabilities of clips in one padded batch."""
    longest = max(len(one) for one in clips)
    batch = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in clips])
    lengths = np.array([len(one) for one in clips], np.int32)
    logits = model([batch, lengths], training=False)
    made = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))
    counts = [geometry.output_frames(len(one)) for one in clips]
    return [one[:count] for one, count in zip(made, counts, strict=True)]

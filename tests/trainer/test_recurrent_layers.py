"""CpuLSTM equals keras.layers.LSTM, gradients included: a loss that falls would prove nothing."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from trainer.recurrent_layers import CpuLSTM

LENGTHS = np.array([23, 11, 1, 5], dtype=np.int32)
SHAPE = (4, 23, 7)
UNITS = 9
Floats = NDArray[np.float32]


def twins(*, bidirectional: bool) -> tuple[keras.Layer, keras.Layer]:
    """Keras's layer and ours, with the same random weights, biases too."""
    made = []
    for lstm in (keras.layers.LSTM, CpuLSTM):
        layer = lstm(UNITS, return_sequences=True)
        layer = keras.layers.Bidirectional(layer) if bidirectional else layer
        layer.build(SHAPE)
        made.append(layer)
    random = np.random.default_rng(3)
    weights = [random.normal(0, 0.5, weight.shape) for weight in made[0].weights]
    for layer in made:
        layer.set_weights(weights)
    return made[0], made[1]


def output_and_gradients(layer: keras.Layer, inputs: Floats, upstream: Floats, **call: Any) -> Any:
    variable = tf.Variable(inputs)
    sources = [variable, *(weight.value for weight in layer.trainable_variables)]
    with tf.GradientTape() as tape:
        output = layer(variable.value(), **call)
        loss = tf.reduce_sum(output * upstream)
    return output.numpy(), [np.asarray(one) for one in tape.gradient(loss, sources)]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_output_and_gradients_are_those_of_keras(bidirectional: bool, masked: bool) -> None:
    theirs, ours = twins(bidirectional=bidirectional)
    random = np.random.default_rng(5)
    inputs = random.normal(size=SHAPE).astype(np.float32)
    width = UNITS * (2 if bidirectional else 1)
    upstream = random.normal(size=(*SHAPE[:2], width)).astype(np.float32)
    call = {}
    heard = np.ones(SHAPE[:2], bool)
    if masked:
        heard = np.arange(SHAPE[1])[None, :] < LENGTHS[:, None]
        upstream *= heard[:, :, None]  # what stands behind the end has no meaning
        call = {"mask": tf.constant(heard)}
    output, gradients = output_and_gradients(theirs, inputs, upstream, **call)
    our_output, our_gradients = output_and_gradients(ours, inputs, upstream, **call)
    assert np.abs(our_output - output)[heard].max() < 1e-6
    assert len(gradients) == (7 if bidirectional else 4)
    for expected, found in zip(gradients, our_gradients, strict=True):
        assert np.abs(found - expected).max() < 3e-6 * np.abs(expected).max()


def test_gradients_are_slopes() -> None:
    """Against finite differences: independent of what Keras does."""
    _, ours = twins(bidirectional=False)
    random = np.random.default_rng(7)
    inputs = random.normal(size=(1, 6, 7)).astype(np.float32)
    upstream = random.normal(size=(1, 6, UNITS)).astype(np.float32)
    _, (at_inputs, *_) = output_and_gradients(ours, inputs, upstream)
    step = np.zeros_like(inputs)
    for place in [(0, 0, 0), (0, 3, 2), (0, 5, 6)]:
        step[:] = 0
        step[place] = 1e-2
        above, below = (
            float(np.sum(ours(inputs + sign * step).numpy() * upstream)) for sign in (1, -1)
        )
        assert (above - below) / 2e-2 == pytest.approx(at_inputs[place], abs=2e-3)


def test_any_number_of_frames_and_clips_in_one_graph() -> None:
    _, ours = twins(bidirectional=True)
    graph = tf.function(ours, input_signature=[tf.TensorSpec((None, None, 7), tf.float32)])
    for shape in [(1, 1, 7), (3, 40, 7)]:
        inputs = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        assert np.abs(graph(inputs).numpy() - ours(inputs).numpy()).max() < 1e-6
    assert graph.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True, "dropout": 0.1},
        {"return_sequences": True, "activation": "relu"},
        {"return_sequences": True, "use_bias": False},
        {"return_sequences": True, "return_state": True},
    ],
)
def test_what_it_cannot_do_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"use keras\.layers\.LSTM"):
        CpuLSTM(4, **options)

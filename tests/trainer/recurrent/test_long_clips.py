"""Gradients of hundreds of frames, where errors would add up, are Keras's own to 1e-5.

Both ways at once, with padding: with and without batch normalisation of the inputs' products.
"""

from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from tests.trainer.gradients import output_and_gradients
from trainer.architecture.folding import EPSILON
from trainer.recurrent.layers import FAST

BATCH, FRAMES, INPUTS, UNITS = 3, 260, 24, 32
LENGTHS = np.array([FRAMES, 143, 20])
HEARD = np.arange(FRAMES)[None, :] < LENGTHS[:, None]
PLAIN = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}


def both_ways(kind: type[keras.layers.Layer], inputs: int, **options: Any) -> Any:
    if issubclass(kind, keras.layers.SimpleRNN):
        options["activation"] = keras.layers.ReLU(max_value=0.8)
    made = keras.layers.Bidirectional(kind(UNITS, return_sequences=True, **options))
    made.build((BATCH, FRAMES, inputs))
    return made


def set_randomly(layer: Any) -> None:
    draw = np.random.default_rng(3)
    for variable in layer.variables:
        size = 1.0 if "kernel" not in variable.name else 0.8 / np.sqrt(variable.shape[0])
        values = draw.normal(0, size, variable.shape)
        variable.assign(np.abs(values) + 0.1 if "variance" in variable.name else values)


def gradients(
    call: Any, variables: list[Any], counted: list[Any]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    draw = np.random.default_rng(5)
    inputs = draw.normal(0.5, 1, (BATCH, FRAMES, INPUTS)).astype(np.float32)
    upstream = draw.normal(size=(BATCH, FRAMES, 2 * UNITS)).astype(np.float32)
    upstream *= HEARD[:, :, None]  # what stands behind the end has no meaning
    output, found = output_and_gradients(call, variables, inputs, upstream, counted)
    return output * HEARD[:, :, None], found


def assert_same(ours: Any, theirs: Any) -> None:
    assert np.abs(ours[0] - theirs[0]).max() < 1e-5
    for mine, its in zip(ours[1], theirs[1], strict=True):
        assert np.abs(its).max() > 1e-3
        assert np.abs(mine - its).max() < 1e-5 * np.abs(its).max()


@pytest.mark.parametrize("kind", sorted(PLAIN))
def test_both_ways(kind: str) -> None:
    ours, theirs = both_ways(FAST[kind], INPUTS), both_ways(PLAIN[kind], INPUTS)
    set_randomly(ours)
    theirs.set_weights(ours.get_weights())
    mask = ops.convert_to_tensor(HEARD)
    assert_same(
        *(gradients(partial(one, mask=mask), one.trainable_variables, []) for one in (ours, theirs))
    )


@pytest.mark.parametrize("kind", sorted(PLAIN))
def test_both_ways_normalised(kind: str) -> None:
    """Against Keras's layers on normalised products, whose kernels change nothing."""
    ours = both_ways(FAST[kind], INPUTS, batch_norm=True)
    set_randomly(ours)
    own = [ours.forward_layer, ours.backward_layer]
    columns = own[0].cell.kernel.shape[1]
    norms, plain = [], []
    for layer in own:
        norm = keras.layers.BatchNormalization(center=False, epsilon=EPSILON)
        norm.build((BATCH, FRAMES, columns))
        norm.set_weights([layer.gamma, layer.moving_mean, layer.moving_variance])
        norms.append(norm)
        options = {"return_sequences": True, "go_backwards": layer.go_backwards}
        if kind == "rnn":
            options["activation"] = keras.layers.ReLU(max_value=0.8)
        twin = PLAIN[kind](UNITS, **options)
        twin.build((BATCH, FRAMES, columns))
        twin.set_weights([np.eye(columns), layer.cell.recurrent_kernel, layer.cell.bias])
        plain.append(twin)
    mask = ops.convert_to_tensor(HEARD)

    def reference(inputs: Any) -> Any:
        heard = []
        for layer, norm, twin in zip(own, norms, plain, strict=True):
            products = ops.matmul(inputs, layer.cell.kernel)
            heard.append(twin(norm(products, mask=mask, training=True), mask=mask))
        return ops.concatenate([heard[0], ops.flip(heard[1], 1)], -1)

    ours_of = [
        part
        for layer in own
        for part in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias, layer.gamma)
    ]
    theirs_of = [
        part
        for layer, norm, twin in zip(own, norms, plain, strict=True)
        for part in (layer.cell.kernel, twin.cell.recurrent_kernel, twin.cell.bias, norm.gamma)
    ]

    def counted(layers: list[Any]) -> list[Any]:
        return [part for one in layers for part in (one.moving_mean, one.moving_variance)]

    assert_same(
        gradients(partial(ours, mask=mask, training=True), ours_of, counted(own)),
        gradients(reference, theirs_of, counted(norms)),
    )

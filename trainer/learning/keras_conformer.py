"""A conformer block (layers.py) in Keras, of plain layers."""

import math
from typing import TYPE_CHECKING

import keras
from keras import KerasTensor, layers, ops

from trainer.architecture.geometry import Placed
from trainer.architecture.sequence_layers import Conformer

if TYPE_CHECKING:
    from trainer.learning.keras_layers import Network

_NEVER = -3e4  # a logit that softmax makes 0, and that float16 has too
_NORM_EPSILON = 1e-3


def add_conformer(
    network: "Network", placed: Placed, layer: Conformer, hidden: KerasTensor
) -> KerasTensor:
    """What comes out of the block, [batch, frames, width]."""
    hidden = _half_feed_forward(network, layer, hidden, "first")
    hidden = hidden + network.dropped(_attention(network, placed, layer, hidden))
    hidden = hidden + network.dropped(_convolution(network, placed, layer, hidden))
    hidden = _half_feed_forward(network, layer, hidden, "second")
    return _norm(layer, hidden, "norm")


def conformer_variables(model: keras.Model, placed: Placed) -> dict[str, keras.Variable]:
    """Its variables by the names of its weights; some have one more axis of 1."""
    found = {}
    for weight in placed.layer.weights(placed.name, placed.given):
        name, _, part = weight.partition("/")
        found[weight] = getattr(model.get_layer(name), part)
    return found


def _dense(layer: Conformer, hidden: KerasTensor, part: str, units: int) -> KerasTensor:
    return layers.Dense(units, name=f"{layer.name}_{part}")(hidden)


def _norm(layer: Conformer, hidden: KerasTensor, part: str) -> KerasTensor:
    norm = layers.LayerNormalization(epsilon=_NORM_EPSILON, name=f"{layer.name}_{part}")
    return norm(hidden)


def _half_feed_forward(
    network: "Network", layer: Conformer, hidden: KerasTensor, part: str
) -> KerasTensor:
    inner = _dense(layer, _norm(layer, hidden, f"{part}_norm"), f"{part}_in", layer.feed_forward)
    inner = network.dropped(ops.silu(inner))
    outer = _dense(layer, inner, f"{part}_out", hidden.shape[-1])
    return hidden + 0.5 * network.dropped(outer)


def _attention(
    network: "Network", placed: Placed, layer: Conformer, hidden: KerasTensor
) -> KerasTensor:
    """Scaled dot products over the frames of the clip (Vaswani et al. 2017, section 3.2)."""
    width = placed.given.width
    size = width // layer.heads
    hidden = _norm(layer, hidden, "attention_norm")
    query, key, value = (
        layers.Permute((2, 1, 3))(
            layers.Reshape((-1, layer.heads, size))(_dense(layer, hidden, part, width))
        )
        for part in ("query", "key", "value")
    )
    products = ops.matmul(query, layers.Permute((1, 3, 2))(key)) * (1 / math.sqrt(size))
    inside = ops.expand_dims(network.inside(hidden, placed.stride), (1, 2))
    logits = ops.where(inside, products, _NEVER)
    # Not softmax, of which Keras warns where a clip has one frame.
    shares = ops.exp(logits - ops.logsumexp(logits, axis=-1, keepdims=True))
    found = layers.Permute((2, 1, 3))(ops.matmul(shares, value))
    return _dense(layer, layers.Reshape((-1, width))(found), "attended", width)


def _convolution(
    network: "Network", placed: Placed, layer: Conformer, hidden: KerasTensor
) -> KerasTensor:
    width = placed.given.width
    both = _dense(layer, _norm(layer, hidden, "conv_norm"), "conv_in", 2 * width)
    gated = both[:, :, :width] * ops.sigmoid(both[:, :, width:])
    padded = layers.ZeroPadding1D(layer.kernel_reach)(network.zeros_beyond(gated, placed.stride))
    made = layers.DepthwiseConv1D(layer.kernel, name=f"{layer.name}_conv")(padded)
    return _dense(layer, ops.silu(_norm(layer, made, "conv_after")), "conv_out", width)

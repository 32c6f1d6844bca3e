"""A conformer block (layers.py) as nodes of an ONNX graph."""

import math

import numpy as np

from trainer.architecture.geometry import Placed
from trainer.architecture.sequence_layers import Conformer
from trainer.formats.onnx_nodes import Nodes

NORM_EPSILON = 1e-3
"""Of layer norms: Keras's default."""
_NEVER = -1e9  # a logit that softmax makes 0


def add_conformer(nodes: Nodes, placed: Placed, layer: Conformer, hidden: str) -> str:
    """What comes out of the block, [batch, frames, width]."""
    hidden = _half_feed_forward(nodes, hidden, f"{layer.name}_first")
    attended = _attention(
        nodes, placed, layer, _norm(nodes, hidden, f"{layer.name}_attention_norm")
    )
    hidden = nodes.add("Add", [hidden, attended])
    hidden = nodes.add("Add", [hidden, _convolution(nodes, placed, layer, hidden)])
    hidden = _half_feed_forward(nodes, hidden, f"{layer.name}_second")
    return _norm(nodes, hidden, f"{layer.name}_norm")


def _norm(nodes: Nodes, hidden: str, name: str) -> str:
    weights = [nodes.weight(f"{name}/{part}") for part in ("gamma", "beta")]
    return nodes.add("LayerNormalization", [hidden, *weights], axis=-1, epsilon=NORM_EPSILON)


def _swish(nodes: Nodes, hidden: str) -> str:
    return nodes.add("Mul", [hidden, nodes.add("Sigmoid", [hidden])])


def _half_feed_forward(nodes: Nodes, hidden: str, name: str) -> str:
    inner = nodes.dense(_norm(nodes, hidden, f"{name}_norm"), f"{name}_in")
    outer = nodes.dense(_swish(nodes, inner), f"{name}_out")
    half = nodes.add("Mul", [outer, nodes.constant(np.array(0.5, np.float32))])
    return nodes.add("Add", [hidden, half])


def _attention(nodes: Nodes, placed: Placed, layer: Conformer, hidden: str) -> str:
    """Scaled dot products over the frames of the clip (Vaswani et al. 2017, section 3.2)."""
    size = placed.given.width // layer.heads

    def heads(part: str, perm: list[int]) -> str:
        values = nodes.dense(hidden, f"{layer.name}_{part}")
        split = nodes.add("Reshape", [values, nodes.whole(0, 0, layer.heads, size)])
        return nodes.add("Transpose", [split], perm=perm)

    products = nodes.add("MatMul", [heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])])
    scale = nodes.constant(np.array(1 / math.sqrt(size), np.float32))
    inside = nodes.add("Unsqueeze", [nodes.inside(hidden, placed.stride), nodes.whole(1, 2)])
    never = nodes.constant(np.array(_NEVER, np.float32))
    logits = nodes.add("Where", [inside, nodes.add("Mul", [products, scale]), never])
    shares = nodes.add("Softmax", [logits], axis=-1)
    found = nodes.add("MatMul", [shares, heads("value", [0, 2, 1, 3])])
    frames_first = nodes.add("Transpose", [found], perm=[0, 2, 1, 3])
    joined = nodes.add("Reshape", [frames_first, nodes.whole(0, 0, placed.given.width)])
    return nodes.dense(joined, f"{layer.name}_attended")


def _convolution(nodes: Nodes, placed: Placed, layer: Conformer, hidden: str) -> str:
    normed = _norm(nodes, hidden, f"{layer.name}_conv_norm")
    both = nodes.dense(normed, f"{layer.name}_conv_in")
    parts = ["value", "gate"]
    outputs = [f"{layer.name}_{part}s_of_conv" for part in parts]
    nodes.add("Split", [both], outputs=outputs, axis=-1)
    gated = nodes.add("Mul", [outputs[0], nodes.add("Sigmoid", [outputs[1]])])
    before, behind = layer.kernel_reach
    joined = nodes.add(
        "Pad",
        [nodes.zeros_beyond(gated, placed.stride), nodes.whole(0, before, 0, 0, behind, 0)],
    )
    kernel = nodes.weights[f"{layer.name}_conv/kernel"]
    made = nodes.add(
        "Conv",
        [
            nodes.add("Transpose", [joined], perm=[0, 2, 1]),
            nodes.constant(kernel.T[:, None, :]),
            nodes.weight(f"{layer.name}_conv/bias"),
        ],
        group=kernel.shape[1],
    )
    made = nodes.add("Transpose", [made], perm=[0, 2, 1])
    bent = _swish(nodes, _norm(nodes, made, f"{layer.name}_conv_after"))
    return nodes.dense(bent, f"{layer.name}_conv_out")

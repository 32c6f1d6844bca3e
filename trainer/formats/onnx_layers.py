"""Each kind of layer (layers.py) as nodes of an ONNX graph.

ONNX wants an LSTM's gates in the order i, o, f, c, where Keras has i, f, c, o; a GRU's z, r, h are
the same (https://onnx.ai/onnx/operators/onnx__LSTM.html, onnx__GRU.html, onnx__RNN.html).
"""

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from trainer.architecture.folding import scale_and_offset
from trainer.architecture.geometry import Placed
from trainer.architecture.layers import BatchNorm, Conv1d, Conv2d, Dense, Dropout, Lookahead, Window
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm, Rnn
from trainer.formats.onnx_conformer import add_conformer
from trainer.formats.onnx_nodes import Nodes

Floats = NDArray[np.float32]


def add_layer(nodes: Nodes, placed: Placed, hidden: str) -> str:
    """Adds a layer without batch normalisation of its own (folding.py); what comes out of it."""
    match placed.layer:
        case Window():
            return _window(nodes, placed, placed.layer, hidden)
        case Dense() as layer:
            return _bent(nodes, nodes.dense(hidden, layer.name), layer)
        case Conv1d():
            return _conv1d(nodes, placed, placed.layer, hidden)
        case Conv2d():
            return _conv2d(nodes, placed, placed.layer, hidden)
        case BatchNorm():
            return _batch_norm(nodes, placed.name, hidden)
        case Dropout():
            return hidden
        case Lookahead():
            return _lookahead(nodes, placed, hidden)
        case Rnn() | Gru() | Lstm():
            return _recurrent(nodes, placed, placed.layer, hidden)
        case Conformer():
            return add_conformer(nodes, placed, placed.layer, hidden)


def _window(nodes: Nodes, placed: Placed, layer: Window, hidden: str) -> str:
    """[batch, frames, window values]: frame t holds the joined frames t to t + before + after."""
    if layer.reach == (0, 0):
        return hidden
    joined = nodes.neighbours(hidden, placed, layer.reach)
    width = layer.before + 1 + layer.after
    size = nodes.add("Sub", [nodes.frames(joined), nodes.whole(width - 1)])
    zero, one = (nodes.constant(np.array(n, np.int64)) for n in (0, 1))
    numbers = nodes.add("Range", [zero, nodes.add("Squeeze", [size]), one])
    column = nodes.add("Unsqueeze", [numbers, nodes.whole(1)])
    places = nodes.add("Add", [column, nodes.constant(np.arange(width)[None, :])])
    gathered = nodes.add("Gather", [joined, places], axis=1)
    made = nodes.add("Reshape", [gathered, nodes.whole(0, 0, width * placed.given.width)])
    nodes.keep_neighbours(joined, made, placed)
    return made


def _bent(nodes: Nodes, hidden: str, layer: Dense | Conv1d | Conv2d) -> str:
    if layer.activation == "linear":
        return hidden
    if not layer.clip:
        return nodes.add("Relu", [hidden])
    limits = [nodes.constant(np.array(limit, np.float32)) for limit in (0, layer.clip)]
    return nodes.add("Clip", [hidden, *limits])


def _conv1d(nodes: Nodes, placed: Placed, layer: Conv1d, hidden: str) -> str:
    joined = nodes.neighbours(hidden, placed, layer.reach)
    # ONNX has channels before frames, and the kernel as [filters, channels, frames].
    kernel = nodes.constant(nodes.weights[f"{layer.name}/kernel"].transpose(2, 1, 0))
    made = nodes.add(
        "Conv",
        [
            nodes.add("Transpose", [joined], perm=[0, 2, 1]),
            kernel,
            nodes.weight(f"{layer.name}/bias"),
        ],
        strides=[layer.step],
    )
    made = nodes.add("Transpose", [made], perm=[0, 2, 1])
    nodes.keep_neighbours(joined, made, placed)
    return _bent(nodes, made, layer)


def _conv2d(nodes: Nodes, placed: Placed, layer: Conv2d, hidden: str) -> str:
    joined = nodes.neighbours(hidden, placed, layer.reach)
    given = placed.given
    shaped = nodes.add("Reshape", [joined, nodes.whole(0, 0, given.bins, given.channels)])
    kernel = nodes.constant(nodes.weights[f"{layer.name}/kernel"].transpose(3, 2, 0, 1))
    below, above = layer.bins_reach
    made = nodes.add(
        "Conv",
        [
            nodes.add("Transpose", [shaped], perm=[0, 3, 1, 2]),
            kernel,
            nodes.weight(f"{layer.name}/bias"),
        ],
        strides=list(layer.step),
        pads=[0, below, 0, above],
    )
    made = nodes.add("Transpose", [made], perm=[0, 2, 3, 1])
    made = nodes.add("Reshape", [made, nodes.whole(0, 0, layer.flow(given).width)])
    nodes.keep_neighbours(joined, made, placed)
    return _bent(nodes, made, layer)


def _batch_norm(nodes: Nodes, name: str, hidden: str) -> str:
    scale, offset = scale_and_offset(nodes.weights, name)
    product = nodes.add("Mul", [hidden, nodes.constant(scale)])
    return nodes.add("Add", [product, nodes.constant(offset + nodes.weights[f"{name}/beta"])])


def _lookahead(nodes: Nodes, placed: Placed, hidden: str) -> str:
    joined = nodes.neighbours(hidden, placed, placed.layer.reach)
    kernel = nodes.weights[f"{placed.name}/kernel"]
    made = nodes.add(
        "Conv",
        [
            nodes.add("Transpose", [joined], perm=[0, 2, 1]),
            nodes.constant(kernel.T[:, None, :]),
        ],
        group=kernel.shape[1],
    )
    made = nodes.add("Transpose", [made], perm=[0, 2, 1])
    nodes.keep_neighbours(joined, made, placed)
    return made


def _recurrent(nodes: Nodes, placed: Placed, layer: Rnn | Gru | Lstm, hidden: str) -> str:
    """[batch, frames, units], or of both directions, side by side or added up."""
    name, count = layer.name, len(layer.directions)
    inputs = [nodes.add("Transpose", [hidden], perm=[1, 0, 2])]
    inputs += _recurrent_weights(nodes, layer)
    outputs = [name]
    if nodes.streaming:
        # Padding stands at the end, where nothing that counts comes after it.
        inputs.append("")
        for state in layer.STATES:
            inputs.append(nodes.add("Transpose", [f"{name}_{state}"], perm=[1, 0, 2]))
            outputs.append(f"{name}_{state}_after")
    else:
        lengths = nodes.lengths(placed.stride)
        inputs.append(nodes.add("Cast", [lengths], to=TensorProto.INT32))
    nodes.add(
        layer.layer.upper(),
        inputs,
        outputs=outputs,
        hidden_size=layer.units,
        direction="bidirectional" if layer.bidirectional else "forward",
        **_recurrent_attributes(layer),
    )
    if nodes.streaming:
        for state, after in zip(layer.STATES, outputs[1:], strict=True):
            nodes.add("Transpose", [after], perm=[1, 0, 2], outputs=[f"next_{name}_{state}"])
    # From [frames, directions, batch, units].
    if layer.bidirectional and layer.merge == "sum":
        both = nodes.add("ReduceSum", [name, nodes.whole(1)], keepdims=0)
        return nodes.add("Transpose", [both], perm=[1, 0, 2])
    clips_first = nodes.add("Transpose", [name], perm=[2, 0, 1, 3])
    return nodes.add("Reshape", [clips_first, nodes.whole(0, 0, count * layer.units)])


def _recurrent_weights(nodes: Nodes, layer: Rnn | Gru | Lstm) -> list[str]:
    """W [directions, gates, inputs], R [directions, gates, units], B [directions, 2 gates]."""
    stacked: dict[str, list[Floats]] = {"kernel": [], "recurrent": [], "bias": []}
    for direction in layer.directions:
        for part, found in stacked.items():
            weight = nodes.weights[f"{layer.name}_{direction}/{part}"]
            found.append(_gates_of_onnx(weight) if isinstance(layer, Lstm) else weight)
    kernels, recurrents, biases = (np.stack(found) for found in stacked.values())
    if biases.ndim == 2:  # one bias; ONNX adds a second, to what comes from the state before
        biases = np.stack([biases, np.zeros_like(biases)], axis=1)
    # ONNX Runtime can compute an LSTM in 8 bits, and no other.
    constant = nodes.constant if isinstance(layer, Lstm) else nodes.rounded
    return [
        constant(kernels.transpose(0, 2, 1), f"{layer.name}/W"),
        constant(recurrents.transpose(0, 2, 1), f"{layer.name}/R"),
        nodes.constant(biases.reshape(len(biases), -1), f"{layer.name}/B"),
    ]


def _recurrent_attributes(layer: Rnn | Gru | Lstm) -> dict[str, object]:
    if isinstance(layer, Gru):
        return {"linear_before_reset": 1}
    if isinstance(layer, Rnn):
        # ONNX clips what goes into the function, on both sides, which Relu makes one.
        return {"activations": ["Relu"] * len(layer.directions), "clip": layer.clip}
    return {}


def _gates_of_onnx(weight: Floats) -> Floats:
    """The last axis from Keras's order of gates, i, f, c, o, to ONNX's: i, o, f, c."""
    i, f, c, o = np.split(weight, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)

"""An acoustic model as ONNX, written from its geometry and weights: no framework is traced.

    features  [batch, frames + 2 context, inputs] float32: each clip's features between two runs of
              `context` frames that are its neighbours, or zeros where it begins and ends
    lengths   [batch] int32: frames of each clip, at most `frames`
    log_probs [batch, frames, labels] float32, natural logarithm; without meaning past a clip's
              length, where its features must be zeros for the sake of its last context windows

A model that looks back only (not geometry.bidirectional) also has inputs initial_h, initial_c and
outputs final_h, final_c, [1, batch, recurrent] each: with zeros at first, and each piece's states
given to the next, pieces of a clip come out as the whole clip does.

A context window is 2 context + 1 frames, the oldest first, one behind the other. ONNX wants an
LSTM's gates in the order i, o, f, c; Keras has i, f, c, o.
(https://onnx.ai/onnx/operators/onnx__LSTM.html)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

from trainer.geometry import Geometry

Weights = Mapping[str, NDArray[np.float32]]
# Old enough for every ONNX Runtime of the last years, new enough for all that is used here.
_OPSET = 17
_IR_VERSION = 8


def onnx_model(geometry: Geometry, weights: Weights) -> onnx.ModelProto:
    """The model that computes log-probabilities with these weights, checked by onnx's checker.

    Raises ValueError when the weights are not those of geometry.weight_shapes(), in float32.
    """
    _check_weights(geometry, weights)
    graph = _Graph()
    hidden = _windows(graph, geometry)
    for number in range(1, len(geometry.dense) + 1):
        hidden = _clipped(graph, _dense(graph, hidden, f"dense_{number}", weights), geometry)
    hidden = _lstm(graph, hidden, geometry, weights=weights)
    hidden = _clipped(graph, _dense(graph, hidden, "dense_after", weights), geometry)
    logits = _dense(graph, hidden, "output", weights)
    graph.add("LogSoftmax", [logits], outputs=["log_probs"], axis=-1)
    model = helper.make_model(
        graph.finish(_inputs(geometry), _outputs(geometry)),
        producer_name="myna",
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    checker.check_model(model, full_check=True)
    return model


def _check_weights(geometry: Geometry, weights: Weights) -> None:
    shapes = geometry.weight_shapes()
    if weights.keys() != shapes.keys():
        wrong = sorted(weights.keys() ^ shapes.keys())
        raise ValueError(f"these weights are missing, or not of the geometry: {', '.join(wrong)}")
    for name, shape in shapes.items():
        weight = weights[name]
        if weight.shape != shape or weight.dtype != np.float32:
            raise ValueError(f"{name} is {weight.dtype} {weight.shape}, not float32 {shape}")


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        *,
        outputs: Sequence[str] = (),
        **attributes: Any,
    ) -> str:
        """Adds a node; its first output, which is named by the node's place unless it is given."""
        outputs = outputs or [f"{operator.lower()}_{len(self._nodes)}"]
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs[0]

    def finish(
        self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> onnx.GraphProto:
        return helper.make_graph(self._nodes, "acoustic_model", inputs, outputs, self._constants)


def _inputs(geometry: Geometry) -> list[ValueInfoProto]:
    # The axis is named as what it holds: the frames with their neighbours.
    shape: list[str | int | None] = ["batch", "frames_with_context", geometry.inputs]
    return [
        helper.make_tensor_value_info("features", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        *_states(geometry, "initial"),
    ]


def _outputs(geometry: Geometry) -> list[ValueInfoProto]:
    shape: list[str | int | None] = ["batch", "frames", geometry.labels]
    log_probs = helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, shape)
    return [log_probs, *_states(geometry, "final")]


def _states(geometry: Geometry, when: str) -> list[ValueInfoProto]:
    if geometry.bidirectional:
        return []
    shape: list[str | int | None] = [1, "batch", geometry.recurrent]
    return [
        helper.make_tensor_value_info(f"{when}_{state}", TensorProto.FLOAT, shape)
        for state in ("h", "c")
    ]


def _windows(graph: _Graph, geometry: Geometry) -> str:
    """[batch, frames, (2 context + 1) inputs]: frame t holds inputs t to t + 2 context."""
    if geometry.context == 0:
        return "features"
    width = 2 * geometry.context + 1
    size = graph.add("Shape", ["features"], start=1, end=2)
    frames = graph.add("Sub", [size, graph.constant("margins", np.array([width - 1]))])
    numbers = graph.add(
        "Range",
        [
            graph.constant("zero", np.array(0)),
            graph.add("Squeeze", [frames]),
            graph.constant("one", np.array(1)),
        ],
    )
    column = graph.add("Unsqueeze", [numbers, graph.constant("last_axis", np.array([1]))])
    places = graph.add("Add", [column, graph.constant("offsets", np.arange(width)[None, :])])
    gathered = graph.add("Gather", ["features", places], axis=1)
    shape = np.array([0, 0, width * geometry.inputs])  # 0: as it is
    return graph.add("Reshape", [gathered, graph.constant("window_shape", shape)])


def _dense(graph: _Graph, hidden: str, name: str, weights: Weights) -> str:
    kernel, bias = (
        graph.constant(f"{name}/{part}", weights[f"{name}/{part}"]) for part in ("kernel", "bias")
    )
    return graph.add("Add", [graph.add("MatMul", [hidden, kernel]), bias])


def _clipped(graph: _Graph, hidden: str, geometry: Geometry) -> str:
    """min(max(0, x), relu_clip), as in section 2 of the Deep Speech paper."""
    low = graph.constant(f"{hidden}_low", np.array(0, np.float32))
    high = graph.constant(f"{hidden}_high", np.array(geometry.relu_clip, np.float32))
    return graph.add("Clip", [hidden, low, high])


def _lstm(graph: _Graph, hidden: str, geometry: Geometry, *, weights: Weights) -> str:
    """[batch, frames, recurrent], or of both directions side by side, the forward one first."""
    directions = ["forward", "backward"] if geometry.bidirectional else ["forward"]
    kernel, recurrent, bias = (
        np.stack([_gates_of_onnx(weights[f"lstm_{d}/{part}"]) for d in directions])
        for part in ("kernel", "recurrent", "bias")
    )
    # ONNX adds a second bias, to what comes from the state before.
    bias = np.concatenate([bias, np.zeros_like(bias)], axis=1)
    frames_first = graph.add("Transpose", [hidden], perm=[1, 0, 2])
    inputs = [
        frames_first,
        graph.constant("lstm/W", kernel.transpose(0, 2, 1)),
        graph.constant("lstm/R", recurrent.transpose(0, 2, 1)),
        graph.constant("lstm/B", bias),
        "lengths",
    ]
    outputs = ["lstm"]
    if not geometry.bidirectional:
        inputs += ["initial_h", "initial_c"]
        outputs += ["final_h", "final_c"]
    graph.add(
        "LSTM",
        inputs,
        outputs=outputs,
        hidden_size=geometry.recurrent,
        direction="bidirectional" if geometry.bidirectional else "forward",
    )
    # [frames, directions, batch, units]
    clips_first = graph.add("Transpose", ["lstm"], perm=[2, 0, 1, 3])
    shape = np.array([0, 0, len(directions) * geometry.recurrent])
    return graph.add("Reshape", [clips_first, graph.constant("lstm_shape", shape)])


def _gates_of_onnx(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """The last axis from Keras's order of gates, i, f, c, o, to ONNX's: i, o, f, c."""
    i, f, c, o = np.split(weight, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)

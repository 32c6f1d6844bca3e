"""Nodes and constants of an ONNX graph in the making, and what several layers need of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from trainer.architecture.geometry import Placed
from trainer.formats.outside_data import OutsideData


class Nodes:
    """Nodes and constants in the order in which they are added.

    With ``outside`` all weights are written there. With ``eight_bits`` those of GRUs and RNNs are
    kept in 8 bits, which ONNX Runtime's own quantisation leaves alone (onnx_int8.py).
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        streaming: bool,
        outside: OutsideData | None = None,
        eight_bits: bool = False,
    ) -> None:
        self.weights = weights
        self.streaming = streaming
        self.eight_bits = eight_bits
        self._outside = outside
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def constant(self, value: NDArray[np.generic], name: str = "") -> str:
        """The name of a constant: the one that is given, or one by its place."""
        name = name or f"constant_{len(self._constants)}"
        if self._outside is not None and self._outside.takes(value):
            self._constants[name] = self._outside.tensor(name, value)
        else:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def rounded(self, value: NDArray[np.float32], name: str) -> str:
        """A constant of weights [.., columns], each of whose rows is kept in 8 bits with a scale.

        With ``eight_bits``; else as it is.
        """
        if not self.eight_bits:
            return self.constant(value, name)
        rows = value.reshape(-1, value.shape[-1])
        scales = np.maximum(np.abs(rows).max(axis=1), np.finfo(np.float32).tiny) / np.float32(127)
        numbers = np.rint(rows / scales[:, None]).astype(np.int8)
        given = [
            self.constant(numbers, f"{name}/numbers"),
            self.constant(scales.astype(np.float32), f"{name}/scales"),
        ]
        products = self.add("DequantizeLinear", given, axis=0)
        return self.add("Reshape", [products, self.whole(*value.shape)])

    def whole(self, *values: int) -> str:
        """Whole numbers, [values]."""
        return self.constant(np.array(values, np.int64))

    def weight(self, name: str) -> str:
        """A weight by its name in the geometry."""
        return self.constant(self.weights[name], name)

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
        """The graph."""
        constants = list(self._constants.values())
        return helper.make_graph(self._nodes, "acoustic_model", inputs, outputs, constants)

    def dense(self, hidden: str, name: str) -> str:
        """[.., units]: hidden times the weights' kernel, and their bias."""
        product = self.add("MatMul", [hidden, self.weight(f"{name}/kernel")])
        return self.add("Add", [product, self.weight(f"{name}/bias")])

    def frames(self, hidden: str) -> str:
        """How many frames there are, [1]."""
        return self.add("Shape", [hidden], start=1, end=2)

    def lengths(self, stride: int) -> str:
        """Frames of each clip, [batch] int64, of which each is made of so many of features."""
        lengths = self.add("Cast", ["lengths"], to=TensorProto.INT64)
        if stride == 1:
            return lengths
        up = self.add("Add", [lengths, self.whole(stride - 1)])
        return self.add("Div", [up, self.whole(stride)])

    def inside(self, hidden: str, stride: int) -> str:
        """Whether a frame is in its clip, [batch, frames] of truth."""
        size = self.add("Squeeze", [self.frames(hidden)])
        zero, one = (self.constant(np.array(n, np.int64)) for n in (0, 1))
        numbers = self.add("Range", [zero, size, one])
        ends = self.add("Unsqueeze", [self.lengths(stride), self.whole(1)])
        return self.add("Less", [numbers, ends])

    def zeros_beyond(self, hidden: str, stride: int) -> str:
        """Zeros where a clip is over."""
        inside = self.add("Cast", [self.inside(hidden, stride)], to=TensorProto.FLOAT)
        return self.add("Mul", [hidden, self.add("Unsqueeze", [inside, self.whole(2)])])

    def neighbours(self, hidden: str, placed: Placed, reach: tuple[int, int]) -> str:
        """The frames with those before and behind them that a layer sees; zeros beyond the clip."""
        before, behind = reach
        if (before, behind) == (0, 0):
            return hidden
        if not placed.first:  # features are zeros beyond the clip already
            hidden = self.zeros_beyond(hidden, placed.stride)
        if not self.streaming:
            return self.add("Pad", [hidden, self.whole(0, before, 0, 0, behind, 0)])
        joined = self.add("Concat", [f"{placed.name}_before", hidden], axis=1)
        if not behind:
            return joined
        end = self.add("Mul", ["last", self.whole(behind)])
        pads = self.add("Concat", [self.whole(0, 0, 0, 0), end, self.whole(0)], axis=0)
        return self.add("Pad", [joined, pads])

    def keep_neighbours(self, joined: str, made: str, placed: Placed) -> None:
        """Gives the next piece what of `joined` the frames after those `made` will see."""
        if not self.streaming or placed.layer.reach == (0, 0):
            return
        used = self.add("Mul", [self.frames(made), self.whole(placed.layer.stride)])
        end = self.whole(np.iinfo(np.int64).max)
        self.add(
            "Slice",
            [joined, used, end, self.whole(1)],
            outputs=[f"next_{placed.name}_before"],
        )

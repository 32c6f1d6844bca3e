"""An acoustic model as ONNX, written from its geometry and weights: no framework is traced.

    features  [batch, frames, inputs] float32, zeros past each clip's end
    lengths   [batch] int32: frames of each clip, at most `frames`
    log_probs [batch, output frames, labels] float32, natural logarithm; without meaning past
              Geometry.output_frames of a clip's length

A model that streams has more inputs, so that pieces of a clip come out as the whole clip does:

    last      [1] int64: 1 with a clip's last piece, 0 before
    NAME      [batch, some frames, width] for each of Geometry.states: zeros at first, and then the
              output next_NAME of the piece before

It gives a frame as soon as all that it looks ahead is there: fewer frames than features at first,
and more at last. Every piece must be of at least Geometry.stride frames, and the first, unless it
is the last too, of Geometry.lookahead more. With pieces, lengths are WHOLE: nothing is padding.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, ValueInfoProto, checker, helper

from trainer.architecture.folding import check_weights, folded
from trainer.architecture.geometry import Geometry
from trainer.formats.onnx_layers import add_layer
from trainer.formats.onnx_nodes import Nodes
from trainer.formats.outside_data import OutsideData
from trainer.model_formats import data_name

Weights = Mapping[str, NDArray[np.float32]]
# Old enough for every ONNX Runtime of the last years, new enough for all that is used here.
_OPSET = 17
_IR_VERSION = 8


def onnx_model(geometry: Geometry, weights: Weights) -> onnx.ModelProto:
    """The model that computes log-probabilities with these weights, checked by onnx's checker.

    It has its weights inside, so they must be of less than 2 GB. Raises ValueError when they are
    not those of geometry.weight_shapes(), in float32.
    """
    model = _model(geometry, weights, None, eight_bits=False)
    checker.check_model(model, full_check=True)
    return model


def write_onnx(
    geometry: Geometry, weights: Weights, path: Path, *, eight_bits: bool = False
) -> None:
    """The same model as a file, of any size: its weights are in a second one, ``path``.data.

    With ``eight_bits`` the weights of GRUs and RNNs are kept in 8 bits. Raises ValueError as
    onnx_model does, and OSError.
    """
    check_weights(geometry, weights)
    data = path.with_name(data_name(path.name))
    with data.open("wb") as stream:
        outside = OutsideData(stream, data.name)
        model = _model(geometry, weights, outside, eight_bits=eight_bits)
    path.write_bytes(model.SerializeToString(deterministic=True))
    checker.check_model(str(path), full_check=True)


def _model(
    geometry: Geometry, weights: Weights, outside: OutsideData | None, *, eight_bits: bool
) -> onnx.ModelProto:
    plain, plain_weights = folded(geometry, weights)
    nodes = Nodes(plain_weights, streaming=plain.streaming, outside=outside, eight_bits=eight_bits)
    hidden = "features"
    for placed in plain.placed():
        hidden = add_layer(nodes, placed, hidden)
    nodes.add("LogSoftmax", [hidden], outputs=["log_probs"], axis=-1)
    graph = nodes.finish(_inputs(plain), _outputs(plain))
    return helper.make_model(
        graph,
        producer_name="myna",
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )


def _inputs(geometry: Geometry) -> list[ValueInfoProto]:
    inputs = [
        _floats("features", ["batch", "frames", geometry.inputs]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    if geometry.streaming:
        inputs.append(helper.make_tensor_value_info("last", TensorProto.INT64, [1]))
    return inputs + [
        _floats(one.name, ["batch", f"{one.name}_frames", one.width]) for one in geometry.states
    ]


def _outputs(geometry: Geometry) -> list[ValueInfoProto]:
    return [
        _floats("log_probs", ["batch", "output_frames", geometry.labels]),
        *(
            _floats(f"next_{one.name}", ["batch", f"next_{one.name}_frames", one.width])
            for one in geometry.states
        ),
    ]


def _floats(name: str, shape: list[str | int]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

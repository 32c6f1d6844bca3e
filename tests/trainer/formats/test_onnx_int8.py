"""ONNX with weights in 8 bits: small, near, and the same from piece to piece."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from tests.trainer.architecture.layer_lists import (
    LISTS,
    STREAMING,
    geometry_of,
    heard,
    random_weights,
)
from tests.trainer.weights import BOTH_WAYS, FORWARD
from tests.trainer.weights import random_weights as larger_weights
from trainer.architecture.geometry import Geometry
from trainer.architecture.sequence_layers import Gru, Rnn
from trainer.export.export_check import divergence
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import write_onnx
from trainer.formats.onnx_int8 import write_onnx_int8
from trainer.model_formats import data_name


def both(folder: Path, geometry: Geometry, weights: dict[str, np.ndarray]) -> list[AcousticModel]:
    """With whole weights, and in 8 bits."""
    write_onnx(geometry, weights, folder / "model.onnx")
    write_onnx_int8(geometry, weights, folder / "model.int8.onnx")
    return [AcousticModel(folder / name, geometry) for name in ("model.onnx", "model.int8.onnx")]


@pytest.mark.parametrize("name", LISTS)
def test_it_says_nearly_the_same(name: str, tmp_path: Path) -> None:
    geometry = geometry_of(name)
    whole, rounded = both(tmp_path, geometry, random_weights(geometry))
    ours, theirs = ([model.log_probs(one) for one in heard()] for model in (whole, rounded))
    assert 0 < divergence(ours, theirs) < 0.005
    kept = {"model.onnx", "model.onnx.data", "model.int8.onnx", "model.int8.onnx.data"}
    assert {one.name for one in tmp_path.iterdir()} <= kept


@pytest.mark.parametrize("name", STREAMING)
def test_pieces_say_nearly_what_the_whole_says(name: str, tmp_path: Path) -> None:
    """Not to the bit: what goes into a product is scaled by the largest value of each run."""
    geometry = geometry_of(name)
    _, rounded = both(tmp_path, geometry, random_weights(geometry))
    clips = heard()
    whole = [rounded.log_probs(one) for one in clips]
    pieces = [rounded.log_probs(one, piece_frames=6) for one in clips]
    assert divergence(whole, pieces) < 0.005


@pytest.mark.parametrize("geometry", [FORWARD, BOTH_WAYS], ids=["forward", "both ways"])
def test_products_are_computed_in_8_bits(geometry: Geometry, tmp_path: Path) -> None:
    both(tmp_path, geometry, larger_weights(geometry))
    graph = onnx.load(tmp_path / "model.int8.onnx").graph
    operators = [node.op_type for node in graph.node]
    assert "DynamicQuantizeLSTM" in operators and "MatMulInteger" in operators
    assert not {"LSTM", "MatMul"} & set(operators)
    kernels = [one for one in graph.initializer if np.prod(one.dims) > 300]
    assert {one.data_type for one in kernels} == {TensorProto.INT8}
    sizes = {
        name: sum(
            (tmp_path / one).stat().st_size
            for one in (name, data_name(name))
            if (tmp_path / one).exists()
        )
        for name in ("model.onnx", "model.int8.onnx")
    }
    assert sizes["model.int8.onnx"] < sizes["model.onnx"]


@pytest.mark.parametrize("layer", [Gru(units=40), Rnn(units=40), Gru(units=40, bidirectional=True)])
def test_weights_that_are_computed_whole_are_kept_in_8_bits(
    layer: Gru | Rnn, tmp_path: Path
) -> None:
    geometry = Geometry(10, 5, (layer,))
    weights = random_weights(geometry)
    weights[f"{layer.name or layer.layer + '_1'}_forward/kernel"][:, 3] = 0  # a scale of nothing
    whole, rounded = both(tmp_path, geometry, weights)
    ours, theirs = ([model.log_probs(one) for one in heard()] for model in (whole, rounded))
    assert 0 < divergence(ours, theirs) < 0.005
    graph = onnx.load(tmp_path / "model.int8.onnx").graph
    kept = {one.name: one for one in graph.initializer}
    for part in ("W", "R"):
        numbers = kept[f"{layer.layer}_1/{part}/numbers"]
        assert numbers.data_type == TensorProto.INT8
    assert layer.layer.upper() in [node.op_type for node in graph.node]

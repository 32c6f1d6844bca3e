"""What export-model makes of a request."""

from pathlib import Path

import pytest

from importers.errors import UsageError
from trainer.export.export_model import ExportRequest, piece_frames
from trainer.model_formats import ModelFormat


def test_pieces_are_of_a_multiple_of_the_stride_where_it_matters() -> None:
    def frames(asked: int | None, stride: int, *formats: ModelFormat) -> int:
        return piece_frames(ExportRequest(Path("m"), (), formats, piece_frames=asked), stride)

    litert = (ModelFormat.ONNX, ModelFormat.LITERT_INT8)
    assert [frames(None, stride, *litert) for stride in (1, 2, 3, 5, 17)] == [16, 16, 18, 20, 17]
    assert frames(15, 3, *litert) == 15
    assert frames(16, 3, ModelFormat.ONNX, ModelFormat.ONNX_INT8) == 16
    with pytest.raises(UsageError) as raised:
        frames(16, 3, *litert)
    assert str(raised.value) == (
        "--piece-frames 16: must be a multiple of 3, for the model makes one frame of output of 3 "
        "of features"
    )

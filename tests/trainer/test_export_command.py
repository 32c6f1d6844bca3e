"""The flags of export-model."""

import pytest

from tests.trainer.commands_run import Run
from trainer import export_command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "onnx,thrift"], "argument --formats: no format 'thrift'; there are onnx, "),
        (["--formats", ","], "argument --formats: name some of onnx, onnx-int8, saved-model, "),
        (["--piece-frames", "0"], "argument --piece-frames: must be at least 1"),
        (["--clips", "0"], "argument --clips: must be at least 1"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], message: str) -> None:
    code, _, talk = run(export_command.main, "--model", "m", "--csv", "c.csv", *arguments)
    assert code == 2
    assert message in talk

"""export-model, killed while it writes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.trainer.export.untaught import FORMATS, contents
from tests.trainer.spoken_commands import Commands
from trainer.model_folder import ModelFolder


@pytest.mark.slow
def test_kill_9_while_writing_leaves_the_model_as_it_was_and_the_same_command_mends(
    checkout: Path, model: Path, commands: Commands
) -> None:
    program = str(checkout / "trainer" / "export_command.py")
    command = [sys.executable, program, "--model", str(model), "--csv", str(commands.dev)]
    command += ["--formats", "onnx-int8,saved-model,litert"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    before = contents(model)
    temporary = model.parent / ".model.tmp-folder"
    for seen in ("model.int8.onnx", "saved_model", "model.tflite"):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 240
        while not (temporary / seen).exists():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert contents(model) == before
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    after = ModelFolder.read(model)
    assert [str(one) for one in after.formats] == ["onnx", *FORMATS[1:4]]
    assert [path.name for path in model.parent.iterdir()] == ["model"]
    assert {name: contents(model)[name] for name in before if name.startswith("model.onnx")} == {
        name: content for name, content in before.items() if name.startswith("model.onnx")
    }

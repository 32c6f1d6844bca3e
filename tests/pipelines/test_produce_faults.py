"""produce-model stopped in each of its stages: the same command comes to what one run comes to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from trainer.model_folder import ModelFolder

SETTINGS = ["--width", "16", "--epochs", "3", "--batch-size", "32", "--threads", "1"]


class Command:
    """produce-model with the sample corpus and much text."""

    def __init__(self, checkout: Path, target: Path, text: Path) -> None:
        archive = next((checkout / "sample").glob("*.tar.gz"))
        script = checkout / "pipelines" / "produce_command.py"
        self.target, self._log = target, target.with_suffix(".log")
        self._words = [sys.executable, *map(str, (script, target, archive, "--text", text))]
        self._words += SETTINGS
        self._environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}

    def said(self) -> str:
        """What the last run has said so far."""
        return self._log.read_text() if self._log.is_file() else ""

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self._words, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )

    def run(self) -> str:
        """To the end."""
        assert self.start().wait(300) == 0, self.said()
        return self.said()

    def stop(self, when: Callable[[], bool], how: signal.Signals) -> int:
        """Start, and end it when something is the case; the exit code."""
        process, end = self.start(), time.monotonic() + 120
        while not when():
            assert process.poll() is None, self.said()
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.01)
        if how is signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does: to all that it has started, too
        else:
            process.send_signal(how)
        return process.wait(120)

    def result(self) -> dict[str, object]:
        content = json.loads((self.target / "produce-model.json").read_text())
        example = content.pop("example")
        return {**content, "said": example["said"], "recognised": example["recognised"]}


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many sentences that building the language model takes a while."""
    path = tmp_path_factory.mktemp("text") / "text.txt"
    words = ["robot", "please", "go", "to", "door", "five", "set", "the", "alarm", "garden"]
    with path.open("w") as stream:
        for number in range(200_000):
            stream.write(" ".join(words[number // step % 10] for step in (1, 7, 30, 900)) + "\n")
    return path


@pytest.fixture(scope="module")
def whole(checkout: Path, text: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A run that nothing has stopped."""
    command = Command(checkout, tmp_path_factory.mktemp("whole") / "cv", text)
    command.run()
    return command


def lines_of(said: str, stages: Iterable[str]) -> list[str]:
    """What was said of the stages, in order."""
    wanted = {f"{name}{end}" for name in stages for end in (" ...", ": unchanged")}
    return [line for line in said.splitlines() if line in wanted]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
def test_stopped_in_each_stage(
    checkout: Path, tmp_path: Path, text: Path, whole: Command, how: signal.Signals
) -> None:
    command = Command(checkout, tmp_path / "cv", text)
    target = command.target
    stages = {
        "import": lambda: any(target.glob(".import/shards/*.json")),
        "language model": lambda: any(target.glob(".lm.building/build-lm-*/*")),
        "training": lambda: (target / "model" / "checkpoints" / "last.npz").exists(),
        "test": lambda: "\ntest ...\n" in command.said(),
    }
    for place, (stage, in_hand) in enumerate(stages.items()):
        code = command.stop(in_hand, how)
        said = command.said()
        assert code == (-9 if how is signal.SIGKILL else 130), said
        # The stage that was stopped last has been finished, and this one begun.
        assert lines_of(said, stages) == [
            *(f"{name}: unchanged" for name in list(stages)[: max(place - 1, 0)]),
            *(f"{name} ..." for name in list(stages)[max(place - 1, 0) : place + 1]),
        ]
        assert ("going on after epoch" in said) == (stage == "test")
        if how is signal.SIGINT:
            last = "produce-model: interrupted; the same command goes on where it stopped"
            assert said.splitlines()[-1] == last
            assert "Traceback" not in said
        assert not (target / "produce-model.json").exists()
    command.run()
    assert (target / "model" / "model.onnx").read_bytes() == (
        whole.target / "model" / "model.onnx"
    ).read_bytes()
    assert command.result() == whole.result()
    facts = ModelFolder.read(target / "model").training
    assert facts == ModelFolder.read(whole.target / "model").training
    assert facts["wer"] == command.result()["wer"]

"""Stages: skipped when done and unchanged, done again when anything differs or failed."""

from pathlib import Path

import pytest

from pipelines.stages import Stage, Stages


@pytest.fixture
def said() -> list[str]:
    return []


def stage(output: Path, done: list[str], *, setting: str = "a") -> Stage:
    def work() -> None:
        done.append(setting)
        output.write_text(setting)

    return Stage("training", {"setting": setting}, (output,), work)


def test_a_stage_is_done_once(tmp_path: Path, said: list[str]) -> None:
    stages, done = Stages(tmp_path / "state", said.append), list[str]()
    assert stages.run(stage(tmp_path / "out", done))
    assert not stages.run(stage(tmp_path / "out", done))
    assert done == ["a"]
    assert said == ["training ...", "training: unchanged"]


def test_it_is_done_again_for_other_inputs_or_without_its_output(
    tmp_path: Path, said: list[str]
) -> None:
    stages, done = Stages(tmp_path / "state", said.append), list[str]()
    stages.run(stage(tmp_path / "out", done))
    assert stages.run(stage(tmp_path / "out", done, setting="b"))
    (tmp_path / "out").unlink()
    assert stages.run(stage(tmp_path / "out", done, setting="b"))
    (tmp_path / "state" / "training.json").write_text("{half")
    assert stages.run(stage(tmp_path / "out", done, setting="b"))
    assert done == ["a", "b", "b", "b"]


def test_a_stage_that_fails_is_not_done(tmp_path: Path, said: list[str]) -> None:
    stages, done = Stages(tmp_path / "state", said.append), list[str]()
    stages.run(stage(tmp_path / "out", done))

    def fail() -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        stages.run(Stage("training", {"setting": "b"}, (tmp_path / "out",), fail))
    assert stages.run(stage(tmp_path / "out", done))  # the output may be half of either


def test_a_stage_that_is_forgotten_is_done_again(tmp_path: Path, said: list[str]) -> None:
    stages, done = Stages(tmp_path / "state", said.append), list[str]()
    stages.forget("training")
    stages.run(stage(tmp_path / "out", done))
    stages.forget("training")
    assert stages.run(stage(tmp_path / "out", done))
    assert not stages.run(stage(tmp_path / "out", done))
    assert done == ["a", "a"]

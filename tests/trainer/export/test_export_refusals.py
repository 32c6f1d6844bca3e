"""What cannot be exported, or not written: said in one line, and nothing is changed."""

import json
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import pytest

from importers.digests import digest_of
from importers.errors import MynaError
from native.features import DEEPSPEECH
from tests.trainer.commands_run import Run
from tests.trainer.export.untaught import contents
from tests.trainer.spoken_commands import ALPHABET, Commands
from trainer import export_command
from trainer.export import export_check
from trainer.export.export_folder import Exported
from trainer.loop.checkpoints import Checkpoint
from trainer.model_folder import ModelFolder
from trainer.model_formats import ModelFormat


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        (
            "tensorflow",
            "saved-model",
            "made by TensorFlow, which is not installed. pip install '.[tr",
        ),
        (
            "tensorflow",
            "litert",
            "made by TensorFlow, which is not installed. pip install '.[trainer",
        ),
        (
            "ai_edge_litert",
            "litert-int8",
            "tried by ai-edge-litert, which is not installed. pip ins",
        ),
    ],
)
def test_a_library_that_is_not_installed_is_said_before_any_work(
    checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    message: str,
) -> None:
    geometry = checkpoint.identity.geometry
    folder = ModelFolder(tmp_path / "m", geometry, DEEPSPEECH, ALPHABET, None)
    unused: Any = None
    made = Exported(folder, geometry, {}, unused, unused)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MynaError, match=r"installs it; or leave it out of --formats$") as raised:
        made.write([ModelFormat.ONNX, ModelFormat(name)], tmp_path)
    assert str(raised.value).startswith(f"{name} is {message}")
    assert list(tmp_path.iterdir()) == []


def test_what_differs_is_refused_and_nothing_is_written(
    run: Run, model: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By bounds that no model can keep; what they measure is tested in test_export_check.py."""
    before = contents(model)
    arguments = ["--model", model, "--csv", commands.dev]
    monkeypatch.setattr(export_check, "MOST_DIVERGENCE", 0)
    for name in ("onnx-int8", "litert-int8"):
        code, said, talk = run(export_command.main, *arguments, "--formats", f"saved-model,{name}")
        assert (code, said) == (1, "")
        file = "model.int8.onnx" if name == "onnx-int8" else "model.int8.tflite"
        assert talk.startswith(f"export-model: {file}: its probabilities are ")
    monkeypatch.setattr(export_check, "TOLERANCE", 0)
    code, said, talk = run(export_command.main, *arguments, "--formats", "saved-model")
    assert (code, said) == (1, "")
    assert talk.startswith("export-model: model.onnx: differs from the Keras model by ")
    assert contents(model) == before
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_a_damaged_source_is_refused(
    run: Run, model: Path, commands: Commands, tmp_path: Path
) -> None:
    arguments = ["--model", model, "--csv", commands.dev]
    path = model / "model.keras"
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    code, _, talk = run(export_command.main, *arguments)
    assert code == 1
    assert talk.startswith(f"export-model: {path}: not the file that model.json was written with")
    # The right digest, but of another model, or with a layer that this version of Keras has not.
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense_1")])
    for layer in ("Dense", "DenseOfTomorrow"):
        other.save(path)
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        with zipfile.ZipFile(path, "w") as file:
            for name, part in parts.items():
                file.writestr(name, part.replace(b'"Dense"', f'"{layer}"'.encode()))
        description = json.loads((model / "model.json").read_text())
        description["files"]["model.keras"] = digest_of(path)
        (model / "model.json").write_text(json.dumps(description))
        code, _, talk = run(export_command.main, *arguments)
        assert code == 1
        assert talk.startswith(
            f"export-model: {path}: not of the geometry in model.json, or of another version of "
            f"Keras than {keras.__version__}, which is installed: "
        )
        assert talk.count("\n") == 1
    code, _, talk = run(export_command.main, "--model", tmp_path / "no", "--csv", commands.dev)
    assert (code, talk) == (
        1,
        f"export-model: {tmp_path}/no: no such folder. Name the one that train-model --out wrote\n",
    )


def test_clips_that_are_not_there(run: Run, model: Path, tmp_path: Path) -> None:
    code, _, talk = run(export_command.main, "--model", model, "--csv", tmp_path / "no.csv")
    assert code == 1
    assert talk.startswith(f"export-model: {tmp_path}/no.csv: no such CSV. ")
    (tmp_path / "a.csv").write_text("wav_filename,wav_filesize,transcript\nno.wav,1,a\n")
    code, _, talk = run(export_command.main, "--model", model, "--csv", tmp_path / "a.csv")
    assert code == 1
    assert talk.startswith(f"export-model: {tmp_path}/a.csv:2: {tmp_path}/no.wav: no such clip. ")


def test_a_folder_that_cannot_be_written(
    run: Run, model: Path, commands: Commands, tmp_path: Path
) -> None:
    arguments = ["--model", model, "--csv", commands.dev]
    (tmp_path / "file").write_text("")
    code, said, talk = run(export_command.main, *arguments, "--out", tmp_path / "file" / "out")
    assert (code, said) == (1, "")
    assert talk == f"export-model: {tmp_path}/file: File exists\n"


def test_a_disk_that_takes_no_more(run: Run, model: Path, commands: Commands) -> None:
    before = contents(model)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, usual[1]))
    try:
        code, said, talk = run(export_command.main, "--model", model, "--csv", commands.dev)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (code, said) == (1, "")
    assert talk == f"export-model: {model}: File too large\n"
    assert contents(model) == before
    assert [path.name for path in model.parent.iterdir()] == ["model"]

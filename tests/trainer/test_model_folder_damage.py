"""A model's folder of which something is missing or changed: what is said."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.trainer.written_model import edit, refused
from trainer.model_folder import ModelFolder


def test_no_model_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "no") == (
        f"{tmp_path}/no: no such folder. Name the one that train-model --out wrote"
    )
    assert refused(tmp_path) == (
        f"{tmp_path}: no model is in this folder (no model.json). "
        "Name the one that train-model --out wrote"
    )


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "alphabet.txt"])
def test_a_missing_or_changed_file(written: ModelFolder, name: str) -> None:
    path = written.path / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"\x00")
    assert refused(written.path).startswith(f"{path}: not the file that model.json was written wit")
    path.unlink()
    assert refused(written.path) == (
        f"{path}: missing; copy the whole folder again, or export the model again"
    )


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "alphabet.txt"])
def test_a_file_that_the_description_does_not_have(written: ModelFolder, name: str) -> None:
    files = json.loads((written.path / "model.json").read_text(encoding="utf-8"))["files"]
    del files[name]
    edit(written, files=files)
    assert refused(written.path) == (
        f"{written.path}/model.json: has no digest of {name}; copy the whole folder again, or "
        "export the model again"
    )


def test_an_alphabet_that_is_none(written: ModelFolder) -> None:
    path = written.path / "alphabet.txt"
    path.write_text("a\na\n")
    content = json.loads((written.path / "model.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit(written, files={**content["files"], "alphabet.txt": digest})
    assert refused(written.path) == (
        f"{written.path}: no alphabet: {path}:2: label 'a' (U+0061) is also in line 1"
    )

"""Formats of a model: put into its folder whole or not at all, and each found and checked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from importers.errors import MynaError
from tests.trainer.weights import FORWARD, random_weights
from tests.trainer.written_model import FACTS, put_file, refused
from trainer.model_folder import FormatFacts, ModelError, ModelFolder
from trainer.model_formats import ModelFormat


def with_int8(model: ModelFolder, *, keep: bool) -> ModelFolder:
    def make(folder: Path) -> FormatFacts:
        (folder / "model.int8.onnx").write_bytes(b"rounded")
        (folder / "saved_model" / "variables").mkdir(parents=True)
        (folder / "saved_model" / "variables" / "x").write_bytes(b"weights")
        return {ModelFormat.ONNX_INT8: {"wer": 0.5}, ModelFormat.SAVED_MODEL: {}}

    return model.put(make, keep=keep)


def test_formats_are_put_beside_those_that_are_there(written: ModelFolder) -> None:
    before = ModelFolder.read(written.path)
    with_int8(before, keep=True)
    after = ModelFolder.read(written.path)
    assert list(after.formats) == ["onnx", "onnx-int8", "saved-model"]
    assert after.formats[ModelFormat.ONNX_INT8] == {"wer": 0.5}
    assert after == before
    assert after.files == {
        **before.files,
        "model.int8.onnx": hashlib.sha256(b"rounded").hexdigest(),
        "saved_model/variables/x": hashlib.sha256(b"weights").hexdigest(),
    }
    newer = replace(after, training={"epochs": 4})
    newer.write(random_weights(FORWARD, seed=1))  # another model: what was made of the older is not
    assert list(ModelFolder.read(written.path).formats) == ["onnx"]
    assert (written.path / "model.int8.onnx").exists()


def test_what_others_put_meanwhile_stays(written: ModelFolder) -> None:
    """Two exports of one model that read it before either had written, and a test set measured."""
    first, second = (ModelFolder.read(written.path) for _ in range(2))
    with_int8(first, keep=True)
    first.with_facts({"wer": 0.25})

    def make(folder: Path) -> FormatFacts:
        (folder / "model.tflite").write_bytes(b"pieces")
        return {ModelFormat.LITERT: {"clips": 8}}

    after = second.put(make, keep=True)
    assert dict(after.formats) == {
        ModelFormat.ONNX: {},
        ModelFormat.ONNX_INT8: {"wer": 0.5},
        ModelFormat.SAVED_MODEL: {},
        ModelFormat.LITERT: {"clips": 8},
    }
    assert after.training == {**FACTS, "wer": 0.25}
    read = ModelFolder.read(written.path)
    assert (read, read.formats, read.files) == (after, after.formats, after.files)


@pytest.mark.parametrize("changed", ["weights", "geometry"])
def test_formats_of_a_model_that_was_replaced_meanwhile_are_not_put(
    written: ModelFolder, changed: str
) -> None:
    read = ModelFolder.read(written.path)
    newer = replace(written, geometry=replace(FORWARD, layers=FORWARD.layers[:-1]))
    keras_file = b"keras's own"
    if changed == "weights":
        newer, keras_file = written, b"of another training"
    newer.write(
        random_weights(newer.geometry, seed=1), save_keras=lambda path: put_file(path, keras_file)
    )
    before = {path: path.read_bytes() for path in written.path.rglob("*") if path.is_file()}
    with pytest.raises(ModelError) as raised:
        with_int8(read, keep=True)
    assert str(raised.value) == (
        f"{written.path}: another model has come to lie there meanwhile; nothing was written. Run "
        "the same command again"
    )
    after = {path: path.read_bytes() for path in written.path.rglob("*") if path.is_file()}
    assert after == before


def test_each_format_is_checked_when_it_is_asked_for(written: ModelFolder) -> None:
    with_int8(ModelFolder.read(written.path), keep=True)
    path = written.path / "saved_model" / "variables" / "x"
    path.write_bytes(b"others")
    assert ModelFolder.read(written.path).language == "en"
    assert ModelFolder.read(written.path, ModelFormat.ONNX_INT8).language == "en"
    with pytest.raises(ModelError, match=f"^{path}: not the file that model.json was written with"):
        ModelFolder.read(written.path, ModelFormat.SAVED_MODEL)
    path.unlink()
    with pytest.raises(ModelError, match=f"^{path}: missing; copy the whole folder again"):
        ModelFolder.read(written.path, ModelFormat.SAVED_MODEL)


def test_a_format_that_is_not_there(written: ModelFolder) -> None:
    with pytest.raises(ModelError) as raised:
        ModelFolder.read(written.path, ModelFormat.LITERT)
    assert str(raised.value) == (
        f"{written.path}: this model has not been exported as litert, but as onnx. Name one of "
        "those with --format, or make it: export-model --formats litert"
    )
    with_int8(written, keep=False)
    assert refused(written.path).startswith(
        f"{written.path}: this model has not been exported as onnx, but as onnx-int8, saved-model."
    )


def test_a_put_that_fails_leaves_the_formats_as_they_were(written: ModelFolder) -> None:
    with_int8(ModelFolder.read(written.path), keep=True)
    before = {path: path.read_bytes() for path in written.path.rglob("*") if path.is_file()}

    def fail(folder: Path) -> FormatFacts:
        (folder / "model.int8.onnx").write_bytes(b"half of it")
        raise MynaError("differs")

    with pytest.raises(MynaError, match="differs"):
        ModelFolder.read(written.path).put(fail, keep=True)
    after = {path: path.read_bytes() for path in written.path.rglob("*") if path.is_file()}
    assert after == before
    assert [one.name for one in written.path.parent.iterdir()] == ["model"]

"""A model's folder: what is written is read, and a write is whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from importers.alphabet import Alphabet
from tests.trainer.taught_model import ALPHABET
from tests.trainer.weights import FORWARD, random_weights
from tests.trainer.written_model import FACTS, model_at
from trainer.architecture.geometry import deep_speech
from trainer.formats.acoustic_model import AcousticModel
from trainer.model_folder import ModelFolder
from trainer.normalisation import Normalisation


def test_what_is_written_is_read(written: ModelFolder) -> None:
    assert ModelFolder.read(written.path) == written
    assert ModelFolder.read(str(written.path)) == written
    assert sorted(file.name for file in written.path.iterdir()) == [
        "MODEL_CARD.md",
        "alphabet.txt",
        "model.json",
        "model.keras",
        "model.onnx",
        "model.onnx.data",
    ]
    assert (written.path / "model.keras").read_bytes() == b"keras's own"
    assert Alphabet.read(written.path / "alphabet.txt") == ALPHABET
    assert [one.name for one in written.path.parent.iterdir()] == ["model"]


def test_the_onnx_runs(written: ModelFolder) -> None:
    model = AcousticModel(written.onnx, written.geometry)
    assert model.log_probs(np.zeros((5, 26), np.float32)).shape == (5, 29)


def test_facts_found_later_are_added(written: ModelFolder) -> None:
    written.with_facts({"wer": 0.1234, "test_clips": 40})
    read = ModelFolder.read(written.path)
    assert read.training == {**FACTS, "wer": 0.1234, "test_clips": 40}
    card = (written.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| word error rate | 0.1234 |\n" in card
    assert "| test clips | 40 |\n" in card


def test_a_model_of_bytes_and_without_keras(tmp_path: Path) -> None:
    geometry = replace(FORWARD, labels=256)
    model = model_at(tmp_path / "m", geometry=geometry, alphabet=Alphabet.of_bytes())
    model.write(random_weights(geometry))
    assert ModelFolder.read(model.path) == model
    assert not (model.path / "alphabet.txt").exists()
    files = json.loads((model.path / "model.json").read_text())["files"]
    assert list(files) == ["model.onnx", "model.onnx.data"]


def test_a_newer_model_replaces_the_older_and_nothing_else(written: ModelFolder) -> None:
    (written.path / "checkpoints").mkdir()
    (written.path / "notes.txt").write_text("mine")
    newer = replace(written, language="de", training={})
    newer.write(random_weights(FORWARD, seed=1))
    assert ModelFolder.read(written.path) == newer
    assert (written.path / "checkpoints").is_dir()
    assert (written.path / "notes.txt").read_text() == "mine"
    # The older model's model.keras lies there still, and is not taken for the newer one's.
    files = json.loads((written.path / "model.json").read_text())["files"]
    assert list(files) == ["alphabet.txt", "model.onnx", "model.onnx.data"]
    assert "How it was trained is not recorded." in (written.path / "MODEL_CARD.md").read_text()


def test_a_write_that_fails_leaves_the_older_model(written: ModelFolder) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        replace(written, language="de").write(random_weights(FORWARD, seed=1), save_keras=fail)
    assert ModelFolder.read(written.path) == written
    assert [one.name for one in written.path.parent.iterdir()] == ["model"]


def test_what_a_killed_write_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".model.tmp-folder"
    left.mkdir()
    (left / "rubbish").write_text("")
    model = model_at(tmp_path / "model")
    model.write(random_weights(FORWARD))
    assert not left.exists()
    assert not (model.path / "rubbish").exists()


def test_weights_of_another_geometry_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing, or not of the geometry"):
        model_at(tmp_path / "model").write({})
    assert list(tmp_path.iterdir()) == []


def test_recognition_does_not_need_the_keras_file(written: ModelFolder) -> None:
    (written.path / "model.keras").write_bytes(b"another")
    assert ModelFolder.read(written.path) == written
    (written.path / "model.keras").unlink()
    assert ModelFolder.read(written.path) == written


def test_why_a_model_does_not_stream(written: ModelFolder) -> None:
    assert written.why_not_streaming is None
    by_utterance = replace(written, normalisation=Normalisation("utterance"))
    assert by_utterance.why_not_streaming == "its features are normalised by the whole clip"
    levelled = replace(written, features=replace(written.features, level="equal"))
    assert levelled.why_not_streaming == (
        "its clips are brought to one level, which the whole clip tells"
    )
    both_ways = deep_speech(
        inputs=26, labels=29, context=1, dense=(), recurrent=2, bidirectional=True, dense_after=3
    )
    assert replace(written, geometry=both_ways).why_not_streaming == (
        "its layer lstm hears the whole clip first"
    )

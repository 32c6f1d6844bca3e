"""A model's folder: what is written is read, and what does not fit is said."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import DEEPSPEECH
from tests.trainer.weights import FORWARD, random_weights
from trainer.architecture.geometry import deep_speech
from trainer.formats.acoustic_model import AcousticModel
from trainer.model_folder import Fact, FormatFacts, ModelError, ModelFolder
from trainer.model_formats import ModelFormat
from trainer.normalisation import Normalisation

ALPHABET = Alphabet((" ", "'", *"abcdefghijklmnopqrstuvwxyz"))
FACTS = {"preset": "deepspeech", "epochs": 3, "train_hours": 0.25, "wer": None, "speakers | x": "é"}


def model_at(path: Path, **changes: Any) -> ModelFolder:
    values: dict[str, Any] = {
        "path": path,
        "geometry": FORWARD,
        "features": DEEPSPEECH,
        "alphabet": ALPHABET,
        "language": "en",
        "training": FACTS,
    }
    return ModelFolder(**{**values, **changes})


@pytest.fixture
def written(tmp_path: Path) -> ModelFolder:
    model = model_at(tmp_path / "model")
    model.write(random_weights(FORWARD), save_keras=lambda path: _put(path, b"keras's own"))
    return model


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def edit(model: ModelFolder, **changes: Any) -> None:
    path = model.path / "model.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as raised:
        ModelFolder.read(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# Whole -------------------------------------------------------------------------------------------


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


def dense(name: str, units: int) -> dict[str, Any]:
    options = {"activation": "relu", "clip": 20.0, "batch_norm": False}
    return {"layer": "dense", "name": name, **options, "units": units}


def test_the_json_is_a_contract(written: ModelFolder) -> None:
    content = json.loads((written.path / "model.json").read_text(encoding="utf-8"))
    digests = {
        name: hashlib.sha256((written.path / name).read_bytes()).hexdigest()
        for name in ("alphabet.txt", "model.keras", "model.onnx", "model.onnx.data")
    }
    assert content == {
        "format": 2,
        "language": "en",
        "alphabet": "alphabet.txt",
        "features": {
            "sample_rate": 16000,
            "window": 512,
            "step": 320,
            "filters": 40,
            "low_hz": 20.0,
            "high_hz": 8000.0,
            "coefficients": 26,
            "kind": "mfcc",
            "level": "recorded",
        },
        "normalisation": {"kind": "none", "mean": [], "deviation": []},
        "geometry": {
            "inputs": 26,
            "labels": 29,
            "layers": [
                {"layer": "window", "name": "window_1", "before": 9, "after": 9},
                dense("dense_1", 32),
                {"layer": "dropout", "name": "dropout_1", "rate": None},
                dense("dense_2", 24),
                {"layer": "dropout", "name": "dropout_2", "rate": None},
                dense("dense_3", 40),
                {"layer": "dropout", "name": "dropout_3", "rate": None},
                {
                    "layer": "lstm",
                    "name": "lstm",
                    "units": 20,
                    "bidirectional": False,
                    "merge": "concat",
                    "batch_norm": False,
                },
                dense("dense_after", 28),
                {"layer": "dropout", "name": "dropout_4", "rate": None},
            ],
        },
        "licence": None,
        "training": FACTS,
        "formats": {"onnx": {}},
        "files": digests,
    }


def test_the_onnx_runs(written: ModelFolder) -> None:
    model = AcousticModel(written.onnx, written.geometry)
    assert model.log_probs(np.zeros((5, 26), np.float32)).shape == (5, 29)


def test_the_card_is_for_people(written: ModelFolder) -> None:
    card = (written.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# Acoustic model for en\n")
    for row in (
        "| preset | deepspeech |",
        "| train hours | 0.25 |",
        "| speakers \\| x | é |",
        "| window | 32 ms |",
        "| lstm | lstm, units 20, merge concat |",
    ):
        assert f"\n{row}\n" in card
    assert "rate |" not in card.replace("sample rate |", "")  # the WER is not known


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


# Formats -----------------------------------------------------------------------------------------


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
        random_weights(newer.geometry, seed=1), save_keras=lambda path: _put(path, keras_file)
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


def test_the_card_tells_of_formats_and_licence(written: ModelFolder) -> None:
    def make(folder: Path) -> FormatFacts:
        (folder / "model.onnx").write_bytes(b"whole")
        (folder / "model.onnx.data").write_bytes(b"weights")
        (folder / "model.int8.onnx").write_bytes(b"rounded")
        facts: dict[str, Fact] = {"divergence": 0.00123, "wer": 0.125, "wer_of_model": 0.12}
        return {
            ModelFormat.ONNX: {"bytes": 5, "difference": 0.0000042, "clips": 8},
            ModelFormat.ONNX_INT8: {"bytes": 7, **facts, "clips": 40},
        }

    card_path = written.path / "MODEL_CARD.md"
    assert "Nobody has said under which licence the model is.\n" in card_path.read_text()
    facts = {"data_licence": "CC0-1.0 (Common Voice)"}
    replace(written, licence="CC-BY-4.0", training=facts).put(make)
    assert ModelFolder.read(written.path).licence == "CC-BY-4.0"
    card = card_path.read_text(encoding="utf-8")
    for line in (
        "| onnx | model.onnx | what recognition runs unless it is told another | "
        "log-probabilities differ by at most 4e-06, over 8 clips |",
        "| onnx-int8 | model.int8.onnx | weights in 8 bits: a quarter of the size | "
        "0.001 nats a frame from it, WER 12.50%, where the model has 12.00%, over 40 clips |",
        "The model: CC-BY-4.0. Its training data: CC0-1.0 (Common Voice).",
        "| licence of the training data | CC0-1.0 (Common Voice) |",
    ):
        assert f"\n{line}\n" in card


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


def test_a_description_of_before_there_were_formats(written: ModelFolder) -> None:
    path = written.path / "model.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["formats"], content["licence"]
    path.write_text(json.dumps(content))
    read = ModelFolder.read(written.path)
    assert (read, read.formats) == (written, {ModelFormat.ONNX: {}})
    edit(written, formats={"onnx": []})
    assert "'formats' must have facts by the names of formats" in refused(written.path)


def test_a_description_of_before_there_were_kinds_of_features(written: ModelFolder) -> None:
    features = json.loads((written.path / "model.json").read_text(encoding="utf-8"))["features"]
    assert (features.pop("kind"), features.pop("level")) == ("mfcc", "recorded")
    edit(written, features=features)
    assert ModelFolder.read(written.path) == written


# Not whole ---------------------------------------------------------------------------------------


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


def test_recognition_does_not_need_the_keras_file(written: ModelFolder) -> None:
    (written.path / "model.keras").write_bytes(b"another")
    assert ModelFolder.read(written.path) == written
    (written.path / "model.keras").unlink()
    assert ModelFolder.read(written.path) == written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not the JSON of a model: Expecting property name"),
        ("[" * 100_000, "not the JSON of a model: maximum recursion depth exceeded"),
        ("[]", "not the description of a model: it has no format number"),
        ('{"format": "1"}', "not the description of a model: it has no format number"),
        ('{"format": 3}', "format 3, and this version of Myna reads up to 2. Use the version that"),
        ('{"format": 2, "language": "en"}', "'alphabet' is missing or of another kind than it"),
    ],
)
def test_a_description_that_is_none(written: ModelFolder, content: str, message: str) -> None:
    (written.path / "model.json").write_text(content)
    assert refused(written.path).startswith(f"{written.path}/model.json: {message}")


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("geometry", {"labels": 30}, "30 outputs in the geometry, but 29 labels (28 in the alphab"),
        ("geometry", {"inputs": 13}, "13 inputs in the geometry, but features of 26 coefficients"),
        ("geometry", {"labels": "29"}, "geometry: inputs and labels must be numbers, layers a li"),
        ("geometry", {"peepholes": True}, "geometry: must have inputs, labels, layers, and nothi"),
        ("normalisation", {"mean": [1.0]}, "normalisation: mean and deviation belong to a normal"),
        ("features", {"window": 512.5}, "features: window cannot be 512.5"),
        ("features", {"step": 0}, "features: step must be at least 1 sample"),
        ("features", {"sample_rate": 10**12}, "features: a number is too large"),
    ],
)
def test_values_that_do_not_fit(
    written: ModelFolder, part: str, change: dict[str, object], message: str
) -> None:
    content = json.loads((written.path / "model.json").read_text(encoding="utf-8"))
    edit(written, **{part: {**content[part], **change}})
    assert f": {message}" in refused(written.path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": -1}, "geometry.layers.1: units cannot be -1"),
        ({"units": 0}, "geometry.layers.1: units must be at least 1"),
        ({"batch_norm": 0}, "geometry.layers.1: batch_norm cannot be 0"),
        ({"activation": "sine"}, "geometry.layers.1: activation cannot be 'sine'"),
        ({"peepholes": True}, "geometry.layers.1: missing or unknown: peepholes"),
        ({"layer": "thick"}, "geometry.layers.1: no layer of the kind 'thick'; there are window"),
        ({"layer": []}, "geometry.layers.1: no layer of the kind []; there are window"),
        ({"name": "output"}, "geometry: two layers are called 'output'"),
    ],
)
def test_layers_that_do_not_fit(
    written: ModelFolder, change: dict[str, object], message: str
) -> None:
    geometry = json.loads((written.path / "model.json").read_text(encoding="utf-8"))["geometry"]
    geometry["layers"][1] |= change
    edit(written, geometry=geometry)
    assert f": {message}" in refused(written.path)


def test_an_alphabet_that_is_none(written: ModelFolder) -> None:
    path = written.path / "alphabet.txt"
    path.write_text("a\na\n")
    content = json.loads((written.path / "model.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit(written, files={**content["files"], "alphabet.txt": digest})
    assert refused(written.path) == (
        f"{written.path}: no alphabet: {path}:2: label 'a' (U+0061) is also in line 1"
    )

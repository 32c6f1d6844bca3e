"""model.json: a contract, and what it says when somebody else wrote into it."""

import hashlib
import json
from typing import Any

import pytest

from tests.trainer.written_model import FACTS, edit, refused
from trainer.model_folder import ModelFolder
from trainer.model_formats import ModelFormat


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
        ("features", {"low_hz": 10**400}, "features: low_hz cannot be 1000000"),
        ("normalisation", {"mean": [10**400]}, "normalisation: mean cannot be [1000000"),
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
        (
            {"name": "output"},
            "geometry: 'output' is the name of the last layer, which is not listed",
        ),
    ],
)
def test_layers_that_do_not_fit(
    written: ModelFolder, change: dict[str, object], message: str
) -> None:
    geometry = json.loads((written.path / "model.json").read_text(encoding="utf-8"))["geometry"]
    geometry["layers"][1] |= change
    edit(written, geometry=geometry)
    assert f": {message}" in refused(written.path)

"""A model's folder as tests write it, change it and see it refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from native.features import DEEPSPEECH
from tests.trainer.taught_model import ALPHABET
from tests.trainer.weights import FORWARD
from trainer.model_folder import ModelError, ModelFolder

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


def put_file(path: Path, content: bytes) -> None:
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

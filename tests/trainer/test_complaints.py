"""Mistakes in presets and in settings: each is said in one line, with its place."""

from pathlib import Path

import pytest

from importers.errors import FormatError, UsageError
from trainer.architecture.layers import KINDS
from trainer.config import FOLDER, read_preset

KINDS_THERE_ARE = ", ".join(KINDS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "--epochs: input should be greater than or equal to 1, not 0"),
        ({"dropout": 1.0}, "--dropout: input should be less than 1, not 1.0"),
        ({"batch_size": -1}, "--batch-size: input should be greater than or equal to 1, not -1"),
        ({"learning_rate": 0.0}, "--learning-rate: input should be greater than 0, not 0.0"),
        ({"width": 0}, "--width: input should be greater than or equal to 1, not 0"),
        ({"noise": float("nan")}, "--noise: input should be a finite number, not nan"),
        (
            {"gradient_norm": float("inf")},
            "--gradient-norm: input should be a finite number, not inf",
        ),
        (
            {"learning_rate": float("inf")},
            "--learning-rate: input should be a finite number, not inf",
        ),
        (
            {"weight_decay": float("inf")},
            "--weight-decay: input should be a finite number, not inf",
        ),
        ({"seed": -1}, "--seed: input should be greater than or equal to 0, not -1"),
        ({"seed": 2**32}, "--seed: input should be less than 4294967296, not 4294967296"),
    ],
)
def test_values_that_make_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_preset("deepspeech").changed(changes)
    assert str(caught.value) == message


def said_of(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_preset(str(path))
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "after: 9",
            "after: many",
            "architecture.layers.0.after: must be a whole number, width, or a multiple such as "
            "2 width, not 'many'",
        ),
        ("after: 9", "aftr: 9", "architecture.layers.0.after: is missing"),
        (
            "units: 2 width",
            "units: 2 widths",
            "architecture.layers.5.units: must be a whole number, width, or a multiple such as "
            "2 width, not '2 widths'",
        ),
        ("units: 2 width", "units: 0", "architecture.layers.5: units must be at least 1"),
        (
            "dense, units: 2",
            "thick, units: 2",
            f"architecture.layers.5: no layer of the kind 'thick'; there are {KINDS_THERE_ARE}",
        ),
        (
            "layer: dense, units: 2",
            "units: 2",
            "architecture.layers.5: says no kind; write layer: and one of " + KINDS_THERE_ARE,
        ),
        (
            "{layer: dense, units: 2 width}",
            "dense",
            "architecture.layers.5: must be keys with values, not 'dense'",
        ),
        (
            "{layer: dense, units: 2 width}",
            "{layer: conv2d, filters: 2, kernel: 3}",
            "architecture.layers.5.kernel: must be a list, not 3",
        ),
        ("name: dense_after", "name: lstm", "architecture: two layers are called 'lstm'"),
        (
            "name: dense_after",
            "name: output",
            "architecture: 'output' is the name of the last layer, which is not listed",
        ),
        ("bidirectional: true", "both: true", "architecture.layers.7.both: there is no such key"),
        ("training:", "more: 1\ntraining:", "more: there is no such key"),
        ("training:", "training: 5\nmore:", "training: must be keys with values, not 5"),
        ("epochs: ", "epochs: 0.5 #", "training.epochs: input should be a valid integer, got a "
         "number with a fractional part, not 0.5"),
        (
            "features: deepspeech",
            "features: mel",
            "no features 'mel'; there are deepspeech, log-mel, spectrogram",
        ),
        (
            "features: deepspeech",
            "features: {kind: log-mel}",
            "features.kind: input should be 'mfcc', 'log_mel' or 'spectrogram', not 'log-mel'",
        ),
        (
            "features: deepspeech",
            "features: {colour: red}",
            "features.colour: there is no such key",
        ),
        (
            "features: deepspeech",
            "features: 5",
            "features: must be keys with values, not 5",
        ),
        (
            "features: deepspeech",
            "features: {low_hz: 9000}",
            "features: low_hz and high_hz must be in order, from 0 to half the sample rate",
        ),
    ],
)  # fmt: skip
def test_a_preset_with_a_mistake(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / "deepspeech.yaml").read_text()
    changed = text.replace(old, new)
    assert changed != text
    assert said_of(tmp_path / "mine.yaml", changed) == message


@pytest.mark.parametrize("text", ["", "words", "[1, 2]", "7"])
def test_a_preset_that_is_none(tmp_path: Path, text: str) -> None:
    needed = "must have title, features, architecture, training"
    assert said_of(tmp_path / "mine.yaml", text) == needed


def test_a_width_that_does_not_fit_the_layers() -> None:
    with pytest.raises(UsageError) as caught:
        read_preset("conformer-ctc").changed({"width": 7}).geometry(labels=3)
    assert str(caught.value) == (
        "architecture: layer conformer_1: 7 values a frame cannot be shared by 4 heads"
    )

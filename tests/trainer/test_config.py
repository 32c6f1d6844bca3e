"""Presets, and what the command line changes."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest

from importers.errors import FormatError, UsageError
from native.features import FeatureSpec
from trainer.architecture.geometry import deep_speech
from trainer.architecture.layers import KINDS, BatchNorm, Conv2d
from trainer.architecture.sequence_layers import Rnn
from trainer.config import FOLDER, preset_names, read_preset
from trainer.export.export_source import features_named
from trainer.settings import add_settings, chosen_preset

NAMES = ["conformer-ctc", "deepspeech", "deepspeech-streaming", "deepspeech2", "kur", "tiny"]


def test_the_presets() -> None:
    assert preset_names() == NAMES
    for name in NAMES:
        geometry = read_preset(name).geometry(labels=29)
        assert geometry.streaming == (name not in ("deepspeech", "conformer-ctc"))


def test_deep_speech_2_is_the_best_english_model_of_the_paper() -> None:
    geometry = read_preset("deepspeech2").geometry(labels=29)
    assert (geometry.inputs, geometry.stride) == (257, 2)
    shapes = geometry.weight_shapes()
    # Table 4 names frequency first: filters 41 x 11 and 21 x 11, strides 2 x 2 and 2 x 1.
    assert shapes["conv2d_1/kernel"] == (11, 41, 1, 32)
    assert shapes["conv2d_2/kernel"] == (11, 21, 32, 32)
    convolutions = [layer for layer in geometry.layers if isinstance(layer, Conv2d)]
    assert [layer.step for layer in convolutions] == [(2, 2), (1, 2)]
    assert all((layer.clip, layer.batch_norm) == (20, True) for layer in convolutions)
    assert [shapes[f"gru_{n}_forward/recurrent"] for n in (1, 2, 3)] == [(2560, 3 * 2560)] * 3
    assert shapes["gru_1_forward/kernel"] == (65 * 32, 3 * 2560)
    assert shapes["lookahead_1/kernel"] == (81, 2560)


def test_the_units_of_kur() -> None:
    shapes = read_preset("kur").geometry(labels=29).weight_shapes()
    assert shapes["conv1d_1/kernel"] == (11, 257, 1000)
    assert [shapes[f"gru_{n}_forward/kernel"] for n in (1, 2, 3)] == [(1000, 3000)] * 3


def test_features_of_a_preset_may_be_its_own(tmp_path: Path) -> None:
    text = (FOLDER / "tiny.yaml").read_text()
    own = "features: {kind: log_mel, window: 320, step: 160, filters: 40, coefficients: 40}"
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("features: deepspeech", own))
    preset = read_preset("mine", tmp_path)
    assert preset.feature_spec == FeatureSpec(
        window=320, step=160, filters=40, coefficients=40, kind="log_mel"
    )
    assert preset.geometry(labels=5).inputs == 40
    assert preset.features_name == (
        "sample_rate 16000 window 320 step 160 filters 40 low_hz 20.0 high_hz 8000.0 "
        "coefficients 40 kind log_mel"
    )
    path.write_text(text.replace("features: deepspeech", own.replace("}", ", level: equal}")))
    levelled = read_preset("mine", tmp_path)
    assert levelled.features_name == f"{preset.features_name} level equal"
    for name, spec in ((preset, preset.feature_spec), (levelled, levelled.feature_spec)):
        assert features_named(name.features_name) == spec
    path.write_text(text.replace("features: deepspeech", own.replace("s: 40}", "s: 41}")))
    with pytest.raises(FormatError) as caught:
        read_preset("mine", tmp_path)
    assert (
        str(caught.value) == f"{path}: features: coefficients of log mel must be as many as filters"
    )


def test_geometries_follow_the_width() -> None:
    small = {"width": 10}
    both = read_preset("deepspeech").changed(small).geometry(labels=29)
    sizes: dict[str, Any] = {"inputs": 26, "context": 9, "recurrent": 10, "dense_after": 10}
    assert both == deep_speech(labels=29, dense=(10, 10, 20), bidirectional=True, **sizes)
    forward = read_preset("deepspeech-streaming").changed(small).geometry(labels=5)
    assert forward == deep_speech(labels=5, dense=(10, 10, 10), bidirectional=False, **sizes)


def test_changes_replace_settings_and_none_does_not() -> None:
    preset = read_preset("deepspeech")
    changed = preset.changed({"epochs": 3, "dropout": 0.0, "noise": None})
    assert changed.training == preset.training.model_copy(update={"epochs": 3, "dropout": 0.0})
    assert changed.architecture == preset.architecture


def test_a_command_line_names_a_preset_and_replaces_settings() -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser, "deepspeech")
    assert chosen_preset(parser.parse_args([])) == read_preset("deepspeech")
    known = parser.parse_args(["--preset", "deepspeech-streaming", "--width", "7", "--noise", "2"])
    assert chosen_preset(known) == (
        read_preset("deepspeech-streaming").changed({"width": 7, "noise": 2.0})
    )


def test_an_unknown_preset() -> None:
    with pytest.raises(UsageError) as caught:
        read_preset("deepspeach")
    assert str(caught.value) == (
        f"no preset 'deepspeach'; there are {', '.join(NAMES)}, and files of your own that end in "
        ".yaml"
    )
    with pytest.raises(UsageError, match=r"^mine\.yaml: no such file\. A preset of your own is a "):
        read_preset("mine.yaml")


def test_a_preset_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    layers = "\n    - {layer: rnn, units: 0.5 width}\n    - {layer: batch_norm}\n"
    path.write_text(
        f"title: mine\nfeatures: deepspeech\narchitecture:\n  width: 7\n  layers:{layers}"
        "training: {epochs: 1, batch_size: 2, learning_rate: 0.1, dropout: 0}\n"
    )
    shapes = read_preset(str(path)).geometry(labels=3).weight_shapes()
    assert shapes["rnn_1_forward/recurrent"] == (4, 4)  # half of 7, rounded to even
    assert read_preset(str(path)).changed({"width": 10}).geometry(labels=3).layers == (
        Rnn(name="rnn_1", units=5),
        BatchNorm(name="batch_norm_1"),
    )


def test_the_guide_has_every_layer_and_an_example_that_can_be_read(
    checkout: Path, tmp_path: Path
) -> None:
    guide = (checkout / "docs" / "architectures.md").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(guide.split("```yaml\n")[1].split("```")[0])
    geometry = read_preset(str(path)).geometry(labels=29)
    assert (geometry.inputs, geometry.stride, geometry.streaming) == (80, 2, True)
    rows = [line for line in guide.splitlines() if line.startswith("| `")]
    assert {kind for row in rows for kind in re.findall(r"`(\w+)`", row.split("|")[1])} == set(
        KINDS
    )

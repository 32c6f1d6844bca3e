"""A model in every format: each says what the model says, in every command."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.commands_run import Run
from tests.trainer.export.untaught import FORMATS, contents
from tests.trainer.spoken_commands import Commands
from trainer import evaluate_command, export_command, transcribe_command
from trainer.export import export_check
from trainer.model_folder import ModelFolder

PATHS = ("model.onnx", "model.int8.onnx", "saved_model", "model.tflite", "model.int8.tflite")


def test_every_format_is_made_and_says_what_the_model_says(
    run: Run, model: Path, commands: Commands, tmp_path: Path
) -> None:
    before = ModelFolder.read(model)
    arguments = ["--model", model, "--csv", commands.dev, "--licence", "CC-BY-4.0"]
    code, said, talk = run(export_command.main, *arguments, "--formats", ",".join(FORMATS))
    assert (code, talk) == (0, "")
    lines = said.splitlines()
    for name, path, line in zip(FORMATS, PATHS, lines, strict=False):
        assert line.startswith(f"{name}: {model}/{path}, ")
        assert line.endswith(", over 6 clips")
    assert lines[5:] == ["can write while somebody speaks"]

    after = ModelFolder.read(model)
    assert after == replace(before, licence="CC-BY-4.0")
    assert [str(one) for one in after.formats] == list(FORMATS)
    assert {name for name in after.files if "/" not in name} == {
        *("alphabet.txt", "model.keras", "model.onnx", "model.onnx.data"),
        *("model.int8.onnx", "model.int8.onnx.data", "model.tflite", "model.int8.tflite"),
    }
    assert "saved_model/saved_model.pb" in after.files
    assert "The model: CC-BY-4.0. Its training data: CC0-1.0 (Common Voice)." in (
        model / "MODEL_CARD.md"
    ).read_text(encoding="utf-8")

    heard = {}
    for name in FORMATS:
        saved = tmp_path / f"{name}.npz"
        code, _, talk = run(
            evaluate_command.main, "--model", model, "--csv", commands.test, "--format", name,
            "--save-logits", saved,
        )  # fmt: skip
        assert (code, talk) == (0, "")
        with np.load(saved, allow_pickle=False) as file:
            heard[name] = [file[f"log_probs/{number}"] for number in range(6)]
    for name in FORMATS[1:]:
        far = export_check.divergence(heard["onnx"], heard[name])
        difference = export_check.largest_difference(heard["onnx"], heard[name])
        if name.endswith("int8"):
            assert 0 < far < 0.005
        else:
            assert difference < 1e-4


def test_transcribe_runs_each_format(run: Run, model: Path, commands: Commands) -> None:
    code, _, talk = run(
        export_command.main, "--model", model, "--csv", commands.dev,
        "--formats", "saved-model,litert", "--piece-frames", 5,
    )  # fmt: skip
    assert (code, talk) == (0, "")
    clips = sorted(commands.dev.parent.glob("*.wav"))[:3]
    rows = []
    for name in ("onnx", "saved-model", "litert"):
        code, said, talk = run(
            transcribe_command.main, "--model", model, "--format", name, "--json", *clips
        )
        assert (code, talk) == (0, "")
        rows.append([json.loads(line) for line in said.splitlines()])
    for one, *others in zip(*rows, strict=True):
        for other in others:
            assert (other["clip"], other["text"]) == (one["clip"], one["text"])
            assert other["acoustic"] == pytest.approx(one["acoustic"], abs=1e-2)
    code, said, talk = run(transcribe_command.main, "--model", model, "--format", "x", clips[0])
    assert code == 2
    assert "argument --format: invalid choice: 'x' (choose from" in talk


def test_a_folder_with_one_format_alone(
    run: Run, model: Path, commands: Commands, tmp_path: Path
) -> None:
    out, before = tmp_path / "phone", contents(model)
    code, _, talk = run(
        export_command.main, "--model", model, "--csv", commands.dev, "--formats", "litert",
        "--out", out,
    )  # fmt: skip
    assert (code, talk) == (0, "")
    assert contents(model) == before
    names = ["MODEL_CARD.md", "alphabet.txt", "model.json", "model.tflite"]
    assert sorted(contents(out)) == names
    clip = sorted(commands.dev.parent.glob("*.wav"))[0]
    assert run(transcribe_command.main, "--model", out, "--format", "litert", clip)[0] == 0
    code, _, talk = run(transcribe_command.main, "--model", out, clip)
    assert (code, talk) == (
        1,
        f"command: {out}: this model has not been exported as onnx, but as litert. Name one of "
        "those with --format, or make it: export-model --formats onnx\n".replace(
            "command", "transcribe"
        ),
    )
    code, _, talk = run(
        export_command.main, "--model", out, "--csv", commands.dev, "--formats", "onnx"
    )
    assert (code, talk) == (
        1,
        f"export-model: {out}: has no model.keras, from which other formats are made. Name the "
        "folder that train-model --out wrote\n",
    )

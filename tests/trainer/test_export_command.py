"""export-model as users run it, and its formats run by transcribe and evaluate-model."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from importers.alphabet import Alphabet
from importers.digests import digest_of
from importers.errors import MynaError, UsageError
from native.features import DEEPSPEECH
from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands
from trainer import evaluate_command, export_command, transcribe_command
from trainer.config import read_preset
from trainer.data.clips import read_clips
from trainer.export import export_check
from trainer.export.export_folder import Exported, export
from trainer.export.export_model import ExportRequest, piece_frames
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder, Identity
from trainer.loop.progress import EpochResult, Progress
from trainer.loop.terms import Terms
from trainer.model_folder import ModelFolder
from trainer.model_formats import ModelFormat
from trainer.normalisation import Normalisation

ALPHABET = Alphabet((" ", *"abcdefghijklmnopqrstuvwxyz"))
PRESET = read_preset("tiny").changed({"width": 12})
FORMATS = ("onnx", "onnx-int8", "saved-model", "litert", "litert-int8")
PATHS = ("model.onnx", "model.int8.onnx", "saved_model", "model.tflite", "model.int8.tflite")


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """Of random weights: what is exported need not have learnt anything."""
    geometry = PRESET.geometry(labels=28)
    figures = tuple(np.linspace(-9, 9, 26).tolist()), tuple(np.linspace(4, 20, 26).tolist())
    progress = Progress().with_epoch(EpochResult(1, 9.5, 8.5, 0.75, 0.5, 0.001, 1.0))
    return Checkpoint(
        Identity(geometry, ALPHABET.labels, "deepspeech"),
        Terms.of([], [], PRESET.training, backend="tensorflow"),
        progress,
        Normalisation("corpus", *figures),
        Learner(geometry, PRESET.training).arrays(),
    )


@pytest.fixture(scope="module")
def exported(
    checkpoint: Checkpoint, commands: Commands, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What train-model would have written, but for its checkpoints."""
    out = tmp_path_factory.mktemp("exported") / "model"
    clips = read_clips([commands.dev], ALPHABET, DEEPSPEECH).clips
    export(
        checkpoint,
        clips,
        out=out,
        features=DEEPSPEECH,
        alphabet=ALPHABET,
        facts={"epochs": 1, "data_licence": "CC0-1.0 (Common Voice)"},
        language="en",
    )
    return out


@pytest.fixture
def model(exported: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(exported, tmp_path / "model"))


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


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


def test_a_checkpoint_of_a_training_that_goes_on(
    run: Run, checkpoint: Checkpoint, model: Path, commands: Commands, tmp_path: Path
) -> None:
    training, out = tmp_path / "training", tmp_path / "so-far"
    CheckpointFolder(training).save(checkpoint, best=True)
    arguments = ["--model", training, "--csv", commands.dev, "--formats", "onnx"]
    code, _, talk = run(export_command.main, *arguments)
    assert (code, talk) == (
        1,
        f"export-model: {training}: its training has not ended, so no model lies there yet. Export "
        "what it has come to with --checkpoint best\n",
    )
    code, _, talk = run(export_command.main, *arguments, "--checkpoint", "best")
    assert code == 2
    assert talk.endswith("a checkpoint is exported into a folder of its own: name it with --out\n")
    code, _, talk = run(export_command.main, *arguments, "--checkpoint", "9", "--out", out)
    assert code == 1
    assert talk.startswith("export-model: 9: no such checkpoint. Name the folder of a training")
    for which in ("best", "last", training / "checkpoints" / "last.npz"):
        code, _, talk = run(
            export_command.main, *arguments, "--checkpoint", which, "--out", out,
            "--language", "en",
        )  # fmt: skip
        assert (code, talk) == (0, "")
        made = ModelFolder.read(out)
        assert (made.geometry, made.normalisation) == (
            checkpoint.identity.geometry,
            checkpoint.normalisation,
        )
        assert made.language == "en"
        assert made.training == {
            "epochs": 1,
            "epochs_before": 0,
            "dev_loss": 8.5,
            "dev_wer": 0.75,
            "dev_cer": 0.5,
        }
        for name in ("model.onnx", "model.onnx.data"):
            assert (out / name).read_bytes() == (model / name).read_bytes()
    code, _, talk = run(
        export_command.main, "--model", model, "--csv", commands.dev, "--out", training
    )
    assert (code, talk) == (
        1,
        f"export-model: {training} holds a training of its own. Name another folder with --out\n",
    )


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "onnx,thrift"], "argument --formats: no format 'thrift'; there are onnx, "),
        (["--formats", ","], "argument --formats: name some of onnx, onnx-int8, saved-model, "),
        (["--piece-frames", "0"], "argument --piece-frames: must be at least 1"),
        (["--clips", "0"], "argument --clips: must be at least 1"),
    ],
)
def test_wrong_usage(
    run: Run, model: Path, commands: Commands, arguments: list[str], message: str
) -> None:
    code, _, talk = run(export_command.main, "--model", model, "--csv", commands.dev, *arguments)
    assert code == 2
    assert message in talk


def test_pieces_are_of_a_multiple_of_the_stride_where_it_matters() -> None:
    def frames(asked: int | None, stride: int, *formats: ModelFormat) -> int:
        return piece_frames(ExportRequest(Path("m"), (), formats, piece_frames=asked), stride)

    litert = (ModelFormat.ONNX, ModelFormat.LITERT_INT8)
    assert [frames(None, stride, *litert) for stride in (1, 2, 3, 5, 17)] == [16, 16, 18, 20, 17]
    assert frames(15, 3, *litert) == 15
    assert frames(16, 3, ModelFormat.ONNX, ModelFormat.ONNX_INT8) == 16
    with pytest.raises(UsageError) as raised:
        frames(16, 3, *litert)
    assert str(raised.value) == (
        "--piece-frames 16: must be a multiple of 3, for the model makes one frame of output of 3 "
        "of features"
    )


def test_a_model_that_hears_a_clip_to_its_end_has_no_litert(
    run: Run, checkpoint: Checkpoint, commands: Commands, tmp_path: Path
) -> None:
    by_utterance = replace(checkpoint, normalisation=Normalisation("utterance"))
    CheckpointFolder(tmp_path / "training").save(by_utterance)
    arguments = ["--model", tmp_path / "training", "--checkpoint", "last", "--csv", commands.dev]
    arguments += ["--out", tmp_path / "out"]
    code, said, talk = run(export_command.main, *arguments, "--formats", "onnx,litert")
    assert (code, said) == (1, "")
    assert talk == (
        "export-model: litert is for models that write while somebody speaks, and this one does "
        "not: its features are normalised by the whole clip. Leave it out of --formats\n"
    )
    assert not (tmp_path / "out").exists()
    code, said, talk = run(export_command.main, *arguments, "--formats", "onnx")
    assert (code, talk) == (0, "")
    assert said.splitlines()[-1] == (
        "hears a whole clip before it writes: its features are normalised by the whole clip"
    )


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


@pytest.mark.slow
def test_kill_9_while_writing_leaves_the_model_as_it_was_and_the_same_command_mends(
    checkout: Path, model: Path, commands: Commands
) -> None:
    program = str(checkout / "trainer" / "export_command.py")
    command = [sys.executable, program, "--model", str(model), "--csv", str(commands.dev)]
    command += ["--formats", "onnx-int8,saved-model,litert"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    before = contents(model)
    temporary = model.parent / ".model.tmp-folder"
    for seen in ("model.int8.onnx", "saved_model", "model.tflite"):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 240
        while not (temporary / seen).exists():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert contents(model) == before
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    after = ModelFolder.read(model)
    assert [str(one) for one in after.formats] == ["onnx", *FORMATS[1:4]]
    assert [path.name for path in model.parent.iterdir()] == ["model"]
    assert {name: contents(model)[name] for name in before if name.startswith("model.onnx")} == {
        name: content for name, content in before.items() if name.startswith("model.onnx")
    }

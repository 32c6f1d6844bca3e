"""A checkpoint of a training that goes on, as a model."""

from dataclasses import replace
from pathlib import Path

from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands
from trainer import export_command
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder
from trainer.model_folder import ModelFolder
from trainer.normalisation import Normalisation


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

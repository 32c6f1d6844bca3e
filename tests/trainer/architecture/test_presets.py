"""Each preset at a small width: learns for a few steps, is exported, and says what Keras says."""

from pathlib import Path

import numpy as np
import pytest

from tests.trainer.spoken_commands import ALPHABET, Commands
from trainer.config import preset_names, read_preset
from trainer.data.clip_file import read_samples
from trainer.data.clips import ClipSet, read_clips
from trainer.export.export_check import largest_difference, sample_of
from trainer.export.export_folder import export, keras_log_probs, trained_weights
from trainer.formats.acoustic_model import AcousticModel
from trainer.learning.model import plain_model
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.loop.train import Course, train
from trainer.model_folder import ModelFolder
from trainer.recognizer import Recognizer


@pytest.mark.parametrize("name", preset_names())
def test_it_learns_and_is_exported(name: str, commands: Commands, tmp_path: Path) -> None:
    changes = {"width": 16, "epochs": 2, "batch_size": 6, "learning_rate": 0.003, "dropout": 0}
    preset = read_preset(name).changed(changes)
    if name == "conformer-ctc":  # its blocks are alike
        layers = preset.architecture.layers[:5]
        architecture = preset.architecture.model_copy(update={"layers": layers})
        preset = preset.model_copy(update={"architecture": architecture})
    geometry, spec = preset.geometry(labels=28), preset.feature_spec
    sets = [
        read_clips([manifest], ALPHABET, spec, stride=geometry.stride)
        for manifest in (commands.train, commands.dev)
    ]
    few = ClipSet(sets[0].clips[:12])
    out = tmp_path / "model"
    course = Course(preset, ALPHABET, few, sets[1], out, threads=1, samples=0)
    progress = train(course, lambda line: None)
    losses = [result.train_loss for result in progress.history]
    assert np.isfinite(losses).all() and losses[1] < losses[0]
    checkpoint = read_checkpoint(CheckpointFolder(out).last)
    dev = sets[1].clips
    export(
        checkpoint,
        dev,
        out=out,
        features=spec,
        alphabet=ALPHABET,
        facts={},
        language="en",
    )
    folder = ModelFolder.read(out)
    assert folder.geometry == geometry
    keras_model = plain_model(geometry, trained_weights(checkpoint))
    sample = sample_of([(clip.path, clip.text) for clip in dev], folder, threads=1)
    expected = keras_log_probs(keras_model, geometry, sample.features)
    model = AcousticModel(folder.onnx, geometry)
    assert largest_difference(expected, model.log_probs_batch(sample.features)) < 1e-4
    heard = sample.features[0]
    pieces = model.log_probs(heard, piece_frames=16)
    np.testing.assert_allclose(pieces, expected[0], rtol=0, atol=1e-4)
    recognizer = Recognizer(out)
    said = recognizer.log_probs(read_samples(dev[0].path, recognizer.sample_rate))
    np.testing.assert_allclose(said, model.log_probs(heard), rtol=0, atol=1e-4)

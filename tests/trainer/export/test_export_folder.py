"""What training made, as a model folder: held against Keras on real features."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import DEEPSPEECH, features
from tests.trainer.spoken_commands import Commands
from trainer.architecture.geometry import Geometry
from trainer.config import read_preset
from trainer.data.batches import padded
from trainer.data.clip_file import read_samples
from trainer.data.clips import Clip, read_clips
from trainer.export import export_folder
from trainer.export.export_folder import export
from trainer.formats.acoustic_model import AcousticModel
from trainer.learning.learner import Learner
from trainer.learning.model import Weights, plain_model
from trainer.loop.checkpoints import Checkpoint, Identity
from trainer.loop.progress import Progress
from trainer.loop.terms import Terms
from trainer.model_folder import ModelFolder
from trainer.normalisation import Normalisation

ALPHABET = Alphabet((" ", *"abcdefghijklmnopqrstuvwxyz"))


@pytest.fixture(scope="module")
def clips(commands: Commands) -> list[Clip]:
    return read_clips([commands.dev], ALPHABET, DEEPSPEECH).clips


@pytest.fixture(params=["deepspeech", "deepspeech-streaming"])
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    """Of random weights: what is exported need not have learnt anything."""
    preset = read_preset(request.param).changed({"width": 10})
    geometry = preset.geometry(labels=28)
    figures = tuple(np.linspace(-9, 9, 26).tolist()), tuple(np.linspace(1, 6, 26).tolist())
    normalisation = Normalisation("corpus", *figures)
    learner = Learner(geometry, preset.training)
    identity = Identity(geometry, ALPHABET.labels, "deepspeech")
    terms = Terms.of([], [], preset.training, backend="tensorflow")
    return Checkpoint(identity, terms, Progress(), normalisation, learner.arrays())


def exported(checkpoint: Checkpoint, clips: list[Clip], out: Path) -> ModelFolder:
    return export(
        checkpoint,
        clips,
        out=out,
        features=DEEPSPEECH,
        alphabet=ALPHABET,
        facts={"epochs": 3},
        language="en",
    )


def test_onnx_says_what_keras_says(
    checkpoint: Checkpoint, clips: list[Clip], tmp_path: Path
) -> None:
    exported(checkpoint, clips, tmp_path / "model")
    folder = ModelFolder.read(tmp_path / "model")
    assert (folder.geometry, folder.language) == (checkpoint.identity.geometry, "en")
    heard = folder.normalisation.apply(features(read_samples(clips[0].path, 16000)))
    ours = AcousticModel(folder.onnx, folder.geometry).log_probs(heard)
    saved = keras.saving.load_model(folder.path / "model.keras")
    logits = saved([heard[None], np.array([len(heard)], np.int32)])
    assert np.abs(np.asarray(keras.ops.log_softmax(logits))[0] - ours).max() < 1e-5

    learner = Learner(folder.geometry, read_preset("deepspeech").training)
    learner.restore(checkpoint.arrays)
    batch = padded((clips[0],), [heard])
    _, trained = learner.assess(batch)
    assert np.abs(trained[0] - ours).max() < 1e-4


def test_a_model_that_says_something_else_is_refused(
    checkpoint: Checkpoint, clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(geometry: Geometry, weights: Weights) -> keras.Model:
        halves = {name: weight / np.float32(2) for name, weight in weights.items()}
        return plain_model(geometry, halves)

    monkeypatch.setattr(export_folder, "plain_model", other)
    with pytest.raises(MynaError, match="differs from the Keras model by"):
        exported(checkpoint, clips, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    ruined = dict(checkpoint.arrays) | {"weights/output/bias": np.full(28, np.nan, np.float32)}
    with pytest.raises(MynaError, match="differs from the Keras model by nan"):
        exported(replace(checkpoint, arrays=ruined), clips, tmp_path / "other")

"""Where export-model takes a model from: a model folder, or a checkpoint of a training."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import PRESETS, FeatureSpec
from trainer.architecture.folding import folded_geometry
from trainer.architecture.geometry import Geometry
from trainer.export.export_folder import trained_weights
from trainer.learning.model import Weights, named_weights
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder, read_checkpoint
from trainer.model_folder import DESCRIPTION, KERAS, Fact, ModelError, ModelFolder, check_file


@dataclass(frozen=True, slots=True)
class Source:
    """A model that is there to be exported."""

    folder: ModelFolder
    """What it is; of a checkpoint, its path is that of the training."""
    geometry: Geometry
    """Of the weights (export_folder.py)."""
    weights: Weights
    is_checkpoint: bool


def model_source(path: Path) -> Source:
    """The model of a folder that train-model or export-model wrote, from its model.keras.

    Raises MynaError for a folder without a model or without that file, and for a damaged one.
    """
    folder = ModelFolder.read(path, None)
    digest = folder.files.get(KERAS)
    if digest is None:
        raise ModelError(
            f"{path}: has no {KERAS}, from which other formats are made. Name the folder that "
            "train-model --out wrote"
        )
    check_file(path / KERAS, digest)
    plain = folded_geometry(folder.geometry)
    try:
        weights = named_weights(keras.saving.load_model(path / KERAS), plain)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{path / KERAS}: not of the geometry in {DESCRIPTION}, or of another version of Keras "
            f"than {keras.__version__}, which is installed: {what}"
        ) from None
    return Source(folder, plain, weights, is_checkpoint=False)


def checkpoint_source(path: Path, which: str, language: str | None) -> Source:
    """The model of a checkpoint of the training in a folder: its ``best``, its ``last``, or a file.

    Raises MynaError for a checkpoint that is not there, or is none.
    """
    checkpoints = CheckpointFolder(path)
    file = {"best": checkpoints.best, "last": checkpoints.last}.get(which, Path(which))
    if not file.is_file():
        raise MynaError(
            f"{file}: no such checkpoint. Name the folder of a training with --model, and its best "
            "or last epoch, or a file, with --checkpoint"
        )
    checkpoint = read_checkpoint(file)
    geometry, labels = checkpoint.identity.geometry, tuple(checkpoint.identity.labels)
    folder = ModelFolder(
        path,
        geometry,
        features_named(checkpoint.identity.features),
        Alphabet(labels) if labels else Alphabet.of_bytes(),
        language,
        _facts(checkpoint),
        checkpoint.normalisation,
    )
    return Source(folder, geometry, trained_weights(checkpoint), is_checkpoint=True)


def features_named(name: str) -> FeatureSpec:
    """The spec that Preset.features_name wrote. Raises MynaError for what it did not write."""
    if name in PRESETS:
        return PRESETS[name]
    usual = asdict(PRESETS["deepspeech"])
    found = {"level": "recorded"} | dict(re.findall(r"(\w+) (\S+)", name))
    if found.keys() != usual.keys():
        raise MynaError(f"features {name!r}: written by another version of Myna")
    return FeatureSpec(**{key: type(usual[key])(value) for key, value in found.items()})


def _facts(checkpoint: Checkpoint) -> Mapping[str, Fact]:
    """What is known of the weights: with an epoch in hand, not how good they are."""
    progress = checkpoint.progress
    facts: dict[str, Fact] = {
        "epochs": progress.epochs,
        "epochs_before": progress.epochs_before,
    }
    if progress.history and not progress.batches:
        result = progress.history[-1]
        facts |= {
            "dev_loss": result.dev_loss,
            "dev_wer": result.dev_wer,
            "dev_cer": result.dev_cer,
        }
    return facts

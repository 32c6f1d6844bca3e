"""What tests of export share: a checkpoint, and the model of it."""

import shutil
from pathlib import Path

import pytest

from native.features import DEEPSPEECH
from tests.trainer.export.untaught import untaught
from tests.trainer.spoken_commands import ALPHABET, Commands
from trainer.config import read_preset
from trainer.data.clips import read_clips
from trainer.export.export_folder import export
from trainer.loop.checkpoints import Checkpoint
from trainer.loop.progress import EpochResult, Progress


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    """After an epoch."""
    progress = Progress().with_epoch(EpochResult(1, 9.5, 8.5, 0.75, 0.5, 0.001, 1.0))
    return untaught(read_preset("tiny").changed({"width": 12}), progress)


@pytest.fixture(scope="session")
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

"""What tests of the loop share: a training, its first epoch, and all of it in one go."""

import shutil
from pathlib import Path

import pytest

from tests.trainer.loop.courses import MakeCourse, make_course, silent
from tests.trainer.spoken_commands import ALPHABET, Commands
from trainer.config import read_preset
from trainer.data.clips import ClipSet, read_clips
from trainer.loop.train import Course, train


@pytest.fixture(scope="session")
def sets(commands: Commands) -> tuple[ClipSet, ClipSet]:
    """Clips to train and for dev."""
    spec = read_preset("deepspeech").feature_spec
    return read_clips([commands.train], ALPHABET, spec), read_clips([commands.dev], ALPHABET, spec)


@pytest.fixture
def course(sets: tuple[ClipSet, ClipSet], tmp_path: Path) -> MakeCourse:
    """A training in a folder of the test."""

    def make(preset: str = "deepspeech-streaming", **changes: object) -> Course:
        return make_course(sets, tmp_path / "out", preset, **changes)

    return make


@pytest.fixture(scope="session")
def whole(sets: tuple[ClipSet, ClipSet], tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Three epochs in one go."""
    made = make_course(sets, tmp_path_factory.mktemp("whole"), "deepspeech-streaming")
    train(made, silent)
    return made


@pytest.fixture(scope="session")
def first_epoch(sets: tuple[ClipSet, ClipSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was given one epoch."""
    out = tmp_path_factory.mktemp("first")
    train(make_course(sets, out, "deepspeech-streaming", epochs=1), silent)
    return out


@pytest.fixture
def begun(first_epoch: Path, course: MakeCourse) -> MakeCourse:
    """Makes trainings whose first epoch is done."""
    shutil.copytree(first_epoch, course().out)
    return course

"""What tests share: spoken commands; for recognition a taught model and a language model."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lm.build import BuildRequest, build_language_model
from tests.trainer.commands_run import Run
from tests.trainer.spoken_commands import Commands, spoken_commands
from tests.trainer.taught_model import DIGITS, digit_clips, teach
from tests.trainer.weights import FORWARD, random_weights
from tests.trainer.written_model import model_at, put_file
from trainer.model_folder import ModelFolder


@pytest.fixture
def written(tmp_path: Path) -> ModelFolder:
    """A model's folder."""
    model = model_at(tmp_path / "model")
    model.write(random_weights(FORWARD), save_keras=lambda path: put_file(path, b"keras's own"))
    return model


@pytest.fixture(scope="session")
def digits(test_data: Path) -> dict[Path, str]:
    """Clips of digits and what they say."""
    return digit_clips(test_data)


@pytest.fixture(scope="session")
def taught(digits: dict[Path, str], tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """A model that knows the clips of `digits`."""
    return teach(tmp_path_factory.mktemp("taught") / "model", digits)


@pytest.fixture(scope="session")
def language_model(taught: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the words of `digits`, for the alphabet of `taught`."""
    folder = tmp_path_factory.mktemp("package")
    text = folder / "text.txt"
    text.write_text("".join(f"{word}\n" for word in DIGITS.values()) * 3)
    alphabet = taught.path / "alphabet.txt"
    request = BuildRequest(out=folder / "lm", texts=(text,), alphabet=alphabet)
    return build_language_model(request, lambda line: None).folder


@pytest.fixture(scope="session")
def commands(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """Manifests with real speech: 24 clips to train, 6 for dev, 6 to test."""
    return spoken_commands(checkout, tmp_path_factory.mktemp("commands"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: exit code, stdout, stderr."""

    def run_command(main: Callable[[], int], *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
        try:
            code = main()
        except SystemExit as done:  # argparse's own errors
            code = int(done.code or 0)
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run_command

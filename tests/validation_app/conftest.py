"""An app with some sentences, and browsers (without a screen) of several people."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.validation_app.browsers import SENTENCES, Browser
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import create_app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an app in a folder of the test."""
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("\n".join(SENTENCES), encoding="utf-8")
    return Settings(tmp_path / "data", sentences=sentences)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """An app that is not listened to by any port."""
    made = create_app(settings)
    yield made
    made.state.context.engine.dispose()


@pytest.fixture
def app_context(app: FastAPI) -> Context:
    """What the app has: its database above all."""
    found = app.state.context
    assert isinstance(found, Context)
    return found


@pytest.fixture
def browser(app: FastAPI) -> Callable[[], Browser]:
    """Makes a browser of somebody new."""
    return lambda: Browser(app)


@pytest.fixture
def import_cv(checkout: Path) -> Callable[..., str]:
    """Runs the command; what it prints."""

    def run(*arguments: object) -> str:
        command = [sys.executable, str(checkout / "pipelines" / "import_command.py"), "cv"]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run

"""Every command answers -h at once, loads nothing heavy for it, and is documented."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from importers.registry import all_corpora

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    entry.name: entry.value
    for entry in metadata.distribution("myna-speech").entry_points
    if entry.group == "console_scripts"
}
BIN = Path(sys.executable).parent


def test_every_corpus_has_its_command() -> None:
    assert {f"import-{name}" for name in all_corpora()} | {"import-corpus"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_defaults_and_an_example(command: str) -> None:
    done = subprocess.run([BIN / command, "-h"], capture_output=True, text=True, check=True)
    assert "example:\n  " in done.stdout
    assert "(default: None)" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_version_tells_where_it_is_installed(command: str) -> None:
    done = subprocess.run([BIN / command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"myna {metadata.version('myna-speech')} ({ROOT})\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    """What keeps -h under a second: measured by what is loaded, for a clock would lie."""
    module, function = COMMANDS[command].split(":")
    program = (
        f"import sys; sys.argv = [{command!r}, '-h']\nfrom {module} import {function}\n"
        f"try: {function}()\nexcept SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'apache_beam', 'fastapi', 'sqlalchemy', 'pandas'} & "
        "set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`{command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_foreign_package_of_the_same_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    intruder = tmp_path / "trainer" / "__init__.py"
    intruder.write_text("")
    done = subprocess.run(
        [sys.executable, ROOT / "pipelines" / "import_command.py", "cv", tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
    )
    assert done.returncode == 2
    assert f"the package 'trainer' in use is not Myna's ({intruder}" in done.stderr

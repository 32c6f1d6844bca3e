"""The command's parts, and its errors: one line each, and no traceback."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from validation_app import command

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Calls the command: exit code, stdout, stderr."""
    for name in ("DATA", "CONFIG", "PORT"):
        monkeypatch.delenv(f"MYNA_APP_{name}", raising=False)

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["validation-app", *map(str, words)])
        try:
            code = command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("part", ["", "serve", "import", "export-release"])
def test_every_part_has_help_with_an_example(say: Say, part: str) -> None:
    code, out, said = say(*part.split(), "-h")
    assert (code, said) == (0, "")
    assert "example:\n  validation-app" in out
    assert "--data DIR" in out
    assert "(default: None)" not in out


def test_help_names_the_other_parts(say: Say) -> None:
    _, out, _ = say("-h")
    assert "import -h" in out and "export-release -h" in out


def test_without_a_folder_it_says_so(say: Say) -> None:
    assert say() == (
        2, "",
        "validation-app: where is the data to lie? Say --data DIR, or MYNA_APP_DATA=DIR in the "
        "environment\n",
    )  # fmt: skip


def test_a_folder_that_is_a_file_is_said(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    code, _, said = say("--data", file, "--port", "0")
    assert (code, said) == (1, f"validation-app: {file}: File exists\n")


def test_a_file_of_sentences_that_is_not_there_is_said(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "sentences.txt"
    code, _, said = say("--data", tmp_path / "data", "--port", "0", "--sentences", file)
    assert (code, said) == (1, f"validation-app: {file}: No such file or directory\n")


def test_a_file_that_is_no_database_is_said(say: Say, tmp_path: Path) -> None:
    (tmp_path / "validation.sqlite").write_bytes(b"no database" * 1000)
    code, _, said = say("--data", tmp_path, "--port", "0")
    assert (code, said) == (
        1,
        f"validation-app: {tmp_path / 'validation.sqlite'}: file is not a database. "
        "Put a copy of it back, or choose another --data\n",
    )


def test_a_port_that_is_taken_is_said(say: Say, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert say("--data", tmp_path, "--port", str(port)) == (
            2, "",
            f"validation-app: cannot listen at 127.0.0.1, port {port}: Address already in use. "
            "Choose another with --host or --port\n",
        )  # fmt: skip


def test_an_unknown_host_is_said(say: Say, tmp_path: Path) -> None:
    code, _, said = say("--data", tmp_path, "--host", "no.such.host.invalid")
    assert code == 2
    assert said.startswith("validation-app: cannot listen at no.such.host.invalid, port 8020: ")
    assert said.count("\n") == 1

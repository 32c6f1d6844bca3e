"""How tests call commands: exit code, stdout and stderr of a main function (conftest.run), or of a
process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
TRANSCRIBE = Path(sys.executable).parent / "transcribe"


def transcribe(*arguments: str | Path, code: int = 0) -> tuple[str, str]:
    """stdout and stderr of the command, in a process of its own."""
    done = subprocess.run([TRANSCRIBE, *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr

"""Finds the programs that are built beside the extension: `lmplz` and `build_binary`."""

import os
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).resolve().parent / "bin"


def program(name: Literal["lmplz", "build_binary"]) -> Path:
    """The path of one of our programs. Raises FileNotFoundError if it has not been built."""
    path = FOLDER / name
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(
            f"no program {path}. The compiled part of Myna is not built here: run"
            " `pip install .`, or `make install` in a checkout (see its output if it failed)"
        )
    return path

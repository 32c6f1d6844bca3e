"""Stages of a longer work: one is skipped when its output stands and its inputs are unchanged."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.storage import put_text


@dataclass(frozen=True, slots=True)
class Stage:
    """One step, with all that decides over what comes out of it."""

    name: str
    inputs: Mapping[str, str]
    """Settings by name, and digests of files (importers/digests.py)."""
    outputs: tuple[Path, ...]
    """Files that stand once the stage is done, the last one written last."""
    work: Callable[[], None]


class Stages:
    """Runs stages, and keeps in ``folder`` with what inputs each has last been done."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say

    def run(self, stage: Stage) -> bool:
        """Do a stage unless it is done; whether it was.

        The record is written last: a stage that fails or is killed is done again, by its own
        means of going on where it stopped.
        """
        record = self._record(stage.name)
        inputs = dict(stage.inputs)
        if _known(record) == inputs and all(path.exists() for path in stage.outputs):
            self._say(f"{stage.name}: unchanged")
            return False
        self._say(f"{stage.name} ...")
        self._folder.mkdir(parents=True, exist_ok=True)
        record.unlink(missing_ok=True)
        stage.work()
        put_text(record, json.dumps(inputs, indent=2, ensure_ascii=False) + "\n")
        return True

    def forget(self, name: str) -> None:
        """Have a stage done again when it is run next, whatever its inputs."""
        self._record(name).unlink(missing_ok=True)

    def _record(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _known(record: Path) -> object:
    """The inputs of a record; None where it is missing or damaged."""
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None

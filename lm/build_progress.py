"""How far a build is, stage by stage: on a terminal only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from importers.console import Progress, bytes_progress
from lm.text_files import STDIN

_SHARES = "{desc:16} {percentage:3.0f}% |{bar}| {elapsed}"


class BuildProgress:
    """The bar of the stage in hand; the last one goes with the block."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Progress | None = None
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def begin_reading(self, files: Sequence[Path]) -> None:
        """Show the bytes of the files that are read, of all that they have, where that is known."""
        total: int | None = 0
        for path in files:
            is_file = path != STDIN and path.is_file()
            total = total + path.stat().st_size if total is not None and is_file else None
        self._open("reading", bytes_progress("reading", total))

    def add_bytes(self, count: int) -> None:
        """So many more were read."""
        self._bytes += count
        if self._bar:
            self._bar.show(self._bytes)

    def show(self, stage: str, share: float = 0.0) -> None:
        """Show what share of a stage is done."""
        if stage != self._stage:
            self._open(stage, Progress(stage, 100, "%", bar_format=_SHARES))
        if self._bar:
            self._bar.show(100 * share)

    def _open(self, stage: str, bar: Progress) -> None:
        self._close()
        self._stage, self._bar = stage, bar

    def _close(self) -> None:
        if self._bar:
            self._bar.__exit__()
        self._stage, self._bar = "", None

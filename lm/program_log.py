"""What KenLM's programs say on stderr: how far they are, and why they failed."""

import re
import signal
from pathlib import Path
from typing import NoReturn

from importers.errors import MynaError

_HINTS = (
    (re.compile("memory|malloc|block size|-S ", re.I), "Try another --memory"),
    (re.compile("No space left|quota", re.I), "Name a folder with more room: --temp DIR"),
    (re.compile("Read-only|Permission", re.I), "Name a folder that may be written: --temp DIR"),
)
_STEP = re.compile(r"^=== (\d)/\d ", re.MULTILINE)
_STEPS = 5  # of lmplz
_BANNER_END = "--100\n"
"""Behind it come up to a hundred stars (util/ersatz_progress.cc)."""


class LanguageModelError(MynaError):
    """One of KenLM's programs failed; the message has the last line that it said."""


class ProgramLog:
    """The stderr of one program: kept in a file, since a pipe that nobody reads gets full."""

    def __init__(self, program: str, work: Path) -> None:
        self._program = program
        self._path = work / f"{program}.log"
        self.stream = self._path.open("wb")

    def text(self) -> str:
        """All that it has said so far."""
        return self._path.read_text(encoding="utf-8", errors="replace")

    def stage(self) -> tuple[str, float]:
        """The step in hand, and the share of it that is done, as far as the program tells."""
        text = self.text()
        steps = _STEP.findall(text)
        name = f"{self._program} {steps[-1]}/{_STEPS}" if steps else self._program
        told = text[text.rfind("===") :] if steps else text
        _, banner, stars = told.rpartition(_BANNER_END)
        return name, stars.count("*") / 100 if banner else 0.0

    def fail(self, status: int, about: Path | None = None) -> NoReturn:
        """Raises the error of a program that ended with this status, and was to read ``about``."""
        if status == -signal.SIGINT:  # Ctrl-C in a terminal goes to all that run there
            raise KeyboardInterrupt
        of = f"{about}: " if about else ""
        if status < 0:
            message = f"{of}{self._program} was ended by {signal.Signals(-status).name}"
            if -status == signal.SIGBUS:  # it writes into a mapped file
                message += ", as happens where the disk of --out is full. Free some space there"
            elif -status == signal.SIGKILL:
                message += ", as systems end programs that take too much memory. Try less --memory"
            raise LanguageModelError(message)
        lines = [line.strip() for line in re.split("[\n\r]", self.text())]
        said = [line for line in lines if line and line != "ERROR" and line.strip("*=-")]
        last = said[-1].removeprefix(f"{self._program}: ") if said else f"exit status {status}"
        hint = next((hint for pattern, hint in _HINTS if pattern.search(last)), "")
        raise LanguageModelError(f"{of}{self._program}: {last.rstrip('.')}. {hint}".rstrip(". "))

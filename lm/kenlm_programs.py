"""Runs KenLM's `lmplz` (sentences to ARPA) and `build_binary` (ARPA to the file that is queried).

Flags and messages are those of kpu/kenlm, lm/builder/lmplz_main.cc and lm/build_binary_main.cc.
"""

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, Self

from importers.errors import MynaError
from native.programs import program

MIN_ORDER = 2
"""KenLM's binary formats hold no model of single words (lm/model.cc)."""
MAX_ORDER = 6
"""KENLM_MAX_ORDER of our build."""

_HINTS = (
    (re.compile("memory|malloc|block size|-S ", re.I), "Try another --memory"),
    (re.compile("No space left|quota", re.I), "Name a folder with more room: --temp DIR"),
    (re.compile("Read-only|Permission", re.I), "Name a folder that may be written: --temp DIR"),
)
_FALLBACK = re.compile(r"Substituting fallback discounts for order (\d+)")


class LanguageModelError(MynaError):
    """One of KenLM's programs failed; the message has the last line that it said."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What lmplz is to make."""

    order: int
    """Words of the longest n-gram."""
    prune: tuple[int, ...]
    """n-grams seen at most so often are dropped, for orders 1, 2, ...; the last for the rest."""
    memory: str
    """For sorting, such as 2G or 50%."""


class Estimator:
    """A running lmplz: takes sentences, makes an ARPA.

    The words in the file ``vocabulary`` are read at the end of the text, so that file may be
    written while the sentences are: n-grams with other words are dropped. Used as a context
    manager; the program does not outlive the block.
    """

    def __init__(self, estimate: Estimate, *, arpa: Path, vocabulary: Path, work: Path) -> None:
        self._log = _Log(work / "lmplz.log")
        self._process = subprocess.Popen(
            [
                *(program("lmplz"), "-o", str(estimate.order), "-S", estimate.memory),
                *("-T", f"{work}/", "--arpa", arpa, "--limit_vocab_file", vocabulary),
                *("--prune", *map(str, estimate.prune)),
                "--discount_fallback",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log.stream,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        self._process.wait()
        self._log.stream.close()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def write(self, sentences: Iterable[str]) -> None:
        """Hand over sentences, their words parted by spaces. Raises LanguageModelError."""
        try:
            self._stdin.write("".join(f"{sentence}\n" for sentence in sentences).encode())
        except BrokenPipeError:
            self._log.fail("lmplz", self._process.wait())

    def finish(self) -> tuple[int, ...]:
        """Wait for the ARPA; the orders whose discounts could not be estimated.

        Those have fixed ones (0.5, 1 and 1.5). Raises LanguageModelError.
        """
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        if status := self._process.wait():
            self._log.fail("lmplz", status)
        # KenLM counts the orders from 0 in this message.
        return tuple(int(order) + 1 for order in _FALLBACK.findall(self._log.text()))


def build_binary(arpa: Path, target: Path, *, memory: str, work: Path) -> None:
    """Write the ARPA as a quantised trie without the words' spellings.

    The settings are those of DeepSpeech's releases (data/lm/generate_lm.py: -a 255 -q 8 -v trie).
    Words are found by their hashes. Raises LanguageModelError.
    """
    log = _Log(work / "build_binary.log")
    flags = ["-a", "255", "-q", "8", "-v", "-S", memory, "-T", f"{work}/"]
    with log.stream:
        done = subprocess.run(
            [program("build_binary"), *flags, "trie", arpa, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log.stream,
        )
    if done.returncode:
        log.fail("build_binary", done.returncode)


class _Log:
    """What a program says on stderr: kept in a file, since a pipe that nobody reads gets full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stream = path.open("wb")

    def text(self) -> str:
        return self._path.read_text(encoding="utf-8", errors="replace")

    def fail(self, name: str, status: int) -> NoReturn:
        """Raises the error of a program that ended with this status."""
        if status < 0:
            message = f"{name} was ended by {signal.Signals(-status).name}"
            if -status == signal.SIGKILL:
                message += ", as systems end programs that take too much memory. Try less --memory"
            raise LanguageModelError(message)
        lines = [line.strip() for line in re.split("[\n\r]", self.text())]
        said = [line for line in lines if line and line != "ERROR" and line.strip("*=-")]
        last = said[-1].removeprefix(f"{name}: ") if said else f"exit status {status}"
        hint = next((hint for pattern, hint in _HINTS if pattern.search(last)), "")
        raise LanguageModelError(f"{name}: {last.rstrip('.')}. {hint}".rstrip(". "))

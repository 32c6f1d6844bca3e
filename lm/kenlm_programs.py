"""Runs KenLM's `lmplz` (sentences to ARPA) and `build_binary` (ARPA to the file that is queried).

    sentences -> lmplz -> ARPA, by a pipe -> build_binary -> lm.binary

The ARPA never lies on the disk. Flags and messages are those of kpu/kenlm,
lm/builder/lmplz_main.cc and lm/build_binary_main.cc.
"""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal, Self, get_args

from lm.program_log import ProgramLog
from native.programs import program

MIN_ORDER = 2
"""KenLM's binary formats hold no model of single words (lm/model.cc)."""
MAX_ORDER = 6
"""KENLM_MAX_ORDER of our build."""
QUANTISED_BITS = 8
POINTER_BITS = 255
"""Those of DeepSpeech's releases (data/lm/generate_lm.py: -a 255 -q 8 -v trie)."""
MIN_BITS, MAX_BITS = 2, 16
"""Of a quantised value."""

_PIPE_BYTES = 1 << 20  # so that lmplz has what to do while the next batch is made
_POLL_SECONDS = 0.3
_BINARY_SHARE = 4  # build_binary gets a quarter of the memory, as it runs while lmplz does
_FALLBACK = re.compile(r"Substituting fallback discounts for order (\d+)")

Structure = Literal["trie", "probing"]
STRUCTURES: Final[tuple[Structure, ...]] = get_args(Structure)
OnStage = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What lmplz is to make."""

    order: int
    """Words of the longest n-gram."""
    prune: tuple[int, ...]
    """n-grams seen at most so often are dropped, for orders 1, 2, ...; the last for the rest."""
    memory: int
    """Bytes for sorting, of both programs together."""
    vocabulary_size: int = 0
    """What is kept for words that were not seen is for at least so many, with </s> and <unk>."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What build_binary is to make. Words are found by their hashes: their spellings are not in it.

    A trie is small; probing takes four times the room, and is KenLM's fastest to look up.
    """

    structure: Structure = "trie"
    quantised_bits: int = QUANTISED_BITS
    """Of each probability and back-off weight in a trie; 0: they are kept as they are."""
    pointer_bits: int = POINTER_BITS
    """At most so many bits of a pointer in a trie are left out (Bhiksha); 0: none."""

    @property
    def bits(self) -> int:
        """Of each probability; 0: as it was estimated."""
        return 0 if self.structure == "probing" else self.quantised_bits

    @property
    def flags(self) -> list[str]:
        """Those of build_binary."""
        if self.structure == "probing":
            return ["-v"]
        pointers = ["-a", str(self.pointer_bits)] if self.pointer_bits else []
        quantised = ["-q", str(self.quantised_bits)] if self.quantised_bits else []
        return [*pointers, *quantised, "-v"]


class Estimator:
    """A running lmplz: takes sentences, makes a model of them.

    The words in the file ``vocabulary`` are read at the end of the text, so that file may be
    written while the sentences are: n-grams with other words are dropped. Used as a context
    manager; the programs do not outlive the block.
    """

    def __init__(self, estimate: Estimate, *, vocabulary: Path, work: Path) -> None:
        self._work = work
        self._binary_memory = estimate.memory // _BINARY_SHARE
        self._log = ProgramLog("lmplz", work)
        self._arpa, arpa = os.pipe()
        self._builder: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [
                    *(program("lmplz"), "-o", str(estimate.order)),
                    *("-S", f"{estimate.memory - self._binary_memory}b"),
                    *("-T", f"{work}/", "--limit_vocab_file", vocabulary),
                    *("--prune", *map(str, estimate.prune)),
                    *("--vocab_pad", str(estimate.vocabulary_size)),
                    "--discount_fallback",
                ],
                stdin=subprocess.PIPE,
                stdout=arpa,
                stderr=self._log.stream,
            )
        except BaseException:
            self._close_arpa()
            raise
        finally:
            os.close(arpa)
        for pipe in (self._stdin.fileno(), self._arpa):
            widen(pipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_arpa()
        for process in (self._process, self._builder):
            if process is not None:
                process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        for process in (self._process, self._builder):
            if process is not None:
                process.wait()
        self._log.stream.close()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def write(self, sentences: bytes) -> None:
        """Hand over sentences, a line each. Raises LanguageModelError."""
        try:
            self._stdin.write(sentences)
        except BrokenPipeError:
            self._log.fail(self._process.wait())

    def finish(self, target: Path, layout: Layout, on_stage: OnStage) -> tuple[int, ...]:
        """Write the model to ``target``; the orders whose discounts could not be estimated.

        Those have fixed ones (0.5, 1 and 1.5). Raises LanguageModelError.
        """
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        log = ProgramLog("build_binary", self._work)
        with log.stream:
            try:
                self._builder = start_builder(
                    self._arpa, target, layout, memory=self._binary_memory, work=self._work, log=log
                )
            finally:
                self._close_arpa()
            for process, said in ((self._process, self._log), (self._builder, log)):
                wait(process, said, on_stage)
        # lmplz that cannot write because build_binary has ended dies of that, by SIGPIPE.
        if self._process.returncode not in (0, -signal.SIGPIPE):
            self._log.fail(self._process.returncode)
        if status := self._builder.returncode or self._process.returncode:
            log.fail(status)
        return self._fallbacks()

    def hand_over(self, take: Callable[[int], None], on_stage: OnStage) -> tuple[int, ...]:
        """As `finish`, but for ``take``, which gets the end of a pipe and reads ARPA to its end.

        It runs in a thread of its own. Raises what it raises, too.
        """
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        with ThreadPoolExecutor(1) as pool:
            taken = pool.submit(take, self._arpa)
            taken.add_done_callback(lambda _: self._close_arpa())
            try:
                wait(self._process, self._log, on_stage)
            except BaseException:
                self._process.kill()  # else the thread would read on
                raise
        if self._process.returncode != -signal.SIGPIPE and (status := self._process.returncode):
            self._log.fail(status)
        taken.result()
        return self._fallbacks()

    def _fallbacks(self) -> tuple[int, ...]:
        # KenLM counts the orders from 0 in this message.
        return tuple(int(order) + 1 for order in _FALLBACK.findall(self._log.text()))

    def _close_arpa(self) -> None:
        """Ours of the pipe's ends: build_binary has the other one, and lmplz must see it close."""
        if self._arpa >= 0:
            os.close(self._arpa)
            self._arpa = -1


def start_builder(
    arpa: int, target: Path, layout: Layout, *, memory: int, work: Path, log: ProgramLog
) -> subprocess.Popen[bytes]:
    """A running build_binary, which reads the file descriptor ``arpa``."""
    return subprocess.Popen(
        [
            *(str(program("build_binary")), *layout.flags),
            *("-S", f"{memory}b", "-T", f"{work}/"),
            *(layout.structure, "/dev/stdin", str(target)),
        ],
        stdin=arpa,
        stdout=subprocess.DEVNULL,
        stderr=log.stream,
    )


def wait(process: subprocess.Popen[bytes], log: ProgramLog, on_stage: OnStage) -> None:
    """Wait until a program has ended, and tell meanwhile how far it is."""
    while True:
        on_stage(*log.stage())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
            return


def widen(pipe: int) -> None:
    """Let a pipe hold more, where the system can."""
    with contextlib.suppress(AttributeError, OSError):  # of Linux alone, and up to a limit
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

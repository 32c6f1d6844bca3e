"""Whole processes under the stopwatch: wall clock, processor and memory of all that they start."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds, user and system, of the process and of all that it waited for."""
    peak_bytes: int
    """The largest resident set of any one of them."""
    together_bytes: int = 0
    """The largest sum of the resident sets of all that ran at a time, where it was asked for."""
    user: float = 0.0
    """Seconds of the processor without the system's part."""


def cost_of(command: Sequence[str], *, together: bool = False) -> Cost:
    """Run a command to its end. Raises RuntimeError, with what it said, when it fails."""
    os.sync()  # what ran before has its own writing to pay for
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    with _Sampler(process.pid) if together else contextlib.nullcontext() as sampler:
        said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: exit code {process.returncode}\n{said.decode()}")
    return Cost(
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024,
        sampler.peak_bytes if sampler else 0,
        usage.ru_utime,
    )


class _Sampler:
    """Looks at the memory of a process and its descendants twenty times a second."""

    _SECONDS = 0.05

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self._SECONDS):
            self.peak_bytes = max(self.peak_bytes, _resident_bytes(self._pid))


def _resident_bytes(pid: int) -> int:
    """Of a process and of all that it has started; 0 when it has gone."""
    process = Path("/proc", str(pid))
    try:
        pages = int((process / "statm").read_text().split()[1])
        children = [
            child
            for task in (process / "task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_resident_bytes, map(int, children)))

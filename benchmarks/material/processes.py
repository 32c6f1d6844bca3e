"""Whole processes under the stopwatch: wall clock, processor and memory of all that they start."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds, user and system, of the process and of all that it waited for."""
    peak_bytes: int
    """The largest resident set of any one of them."""


def cost_of(command: Sequence[str]) -> Cost:
    """Run a command to its end. Raises RuntimeError, with what it said, when it fails."""
    os.sync()  # what ran before has its own writing to pay for
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: exit code {process.returncode}\n{said.decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)

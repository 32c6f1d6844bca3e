"""How much memory a build may take: what is said, and what there is."""

import os
import re
from pathlib import Path

LEAST = 64 << 20
"""Bytes below which lmplz has no room for its buffers, whatever the order."""
SMALL_TEXT = 256 << 20
"""For small text, where more would not be used."""
_MUCH_TEXT = 2 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)B?", re.IGNORECASE)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_LIMITS = (  # of the container that we are in: control groups, version 2 and 1
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def machine_memory() -> int:
    """Bytes that there are: of the machine, or of the container where that has less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _LIMITS:
        try:
            sizes.append(int(path.read_text()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return min(sizes)


def memory_size(text: str) -> int:
    """Bytes of ``4G``, ``500M``, ``2000000000`` or ``50%`` of what there is.

    Raises ValueError, with the reason, for what is no size, for less than LEAST and for more than
    there is.
    """
    there = machine_memory()
    if share := _SHARE.fullmatch(text):
        size = int(float(share[1]) / 100 * there)
    elif number := _SIZE.fullmatch(text):
        size = int(float(number[1]) * _UNITS[number[2].upper()])
    else:
        raise ValueError(f"{text!r} is no size such as 500M, 4G or 50%")
    if size < LEAST:
        raise ValueError(f"{text} is too little: at least {LEAST >> 20}M are needed")
    if size > there:
        raise ValueError(f"{text} is more than there is: {there >> 20}M")
    return size


def default_memory(*, small_text: bool) -> int:
    """Bytes for a build of which nothing is said."""
    return max(LEAST, min(SMALL_TEXT if small_text else _MUCH_TEXT, machine_memory() // 2))

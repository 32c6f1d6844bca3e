"""Published lengths of clips by name, in 16 bytes each: 42 MB for 2.6 million, not 500."""

from collections.abc import Iterable

import numpy as np

from importers.digests import digest_of_name

# Decoders differ by a few frames of 24 to 72 ms, and by what encoders put before the sound.
_TOLERANCE = 0.3


def is_cut_off(seconds: float, published: float | None) -> bool:
    """Whether audio is so much shorter than was published that some of it must be missing."""
    return published is not None and published - seconds > _tolerance(published)


def is_as_published(seconds: float, published: float | None) -> bool:
    """Whether audio is as long as was published, where anything was."""
    return published is None or abs(published - seconds) <= _tolerance(published)


def _tolerance(published: float) -> float:
    return max(_TOLERANCE, 0.1 * published)


class Lengths:
    """Seconds by clip name. Names are kept as 64-bit digests, so an unknown name is not found."""

    def __init__(self, lengths: Iterable[tuple[str, float]]) -> None:
        table = np.fromiter(
            ((digest_of_name(name), seconds) for name, seconds in lengths),
            dtype=[("name", np.uint64), ("seconds", np.float64)],
        )
        table.sort(order="name")
        self._names = table["name"]
        self._seconds = table["seconds"]

    def get(self, name: str) -> float | None:
        """The length, or None where it is not published."""
        digest = np.uint64(digest_of_name(name))
        place = int(np.searchsorted(self._names, digest))
        if place < len(self._names) and self._names[place] == digest:
            return float(self._seconds[place])
        return None

    def total(self) -> float:
        """Of all clips, in seconds."""
        return float(self._seconds.sum())

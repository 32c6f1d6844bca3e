"""Where a cache has the features of a clip: the entries of all its segments, in memory."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.feature_segment import ENTRY, Key, Place

_PLACED: Final = np.dtype([*ENTRY.descr, ("segment", "<u4")])
_MOST_NEW = 50_000
"""New entries stay in a dictionary, of ten times the memory, until they are so many."""


class FeatureIndex:
    """Entries by key: some 44 bytes each. Not for several threads at once."""

    def __init__(self, segments: Sequence[NDArray[np.void]]) -> None:
        """``segments``: arrays of ENTRY, in the order of their numbers."""
        self._new: dict[Key, Place] = {}
        self._sort([_placed(entries, number) for number, entries in enumerate(segments)])

    def add(self, key: Key, place: Place) -> None:
        """One more."""
        self._new[key] = place
        if len(self._new) >= _MOST_NEW:
            rows = [
                (one, at.offset, at.frames, at.checksum, at.segment)
                for one, at in self._new.items()
            ]
            self._sort([self._sorted, np.array(rows, _PLACED)])
            self._new.clear()

    def places(self, key: Key) -> Iterator[Place]:
        """Where they may be: in several places, where runs came at once, or one is damaged."""
        if key in self._new:
            yield self._new[key]
        first, second = key
        start = int(np.searchsorted(self._first, np.uint64(first)))
        while start < len(self._first) and int(self._first[start]) == first:
            entry = self._sorted[start]
            if int(entry["key"][1]) == second:
                names = ("segment", "offset", "frames", "checksum")
                yield Place(*(int(entry[name]) for name in names))
            start += 1

    def _sort(self, parts: list[NDArray[np.void]]) -> None:
        entries = np.concatenate([np.empty(0, _PLACED), *parts])
        first = entries["key"][:, 0]
        order = np.argsort(first, kind="stable")
        self._sorted, self._first = entries[order], first[order]


def _placed(entries: NDArray[np.void], segment: int) -> NDArray[np.void]:
    placed = np.empty(len(entries), _PLACED)
    for name in ENTRY.names or ():
        placed[name] = entries[name]
    placed["segment"] = segment
    return placed

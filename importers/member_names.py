"""Which files an archive holds: eight bytes of each one's name, kept beside its tables."""

from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from importers import storage
from importers.digests import digest_of_name

_KIND = np.dtype("<u8")


class MemberNames:
    """The names of an archive's files, as 64-bit digests: an unknown name is not found."""

    def __init__(self, digests: npt.NDArray[np.uint64]) -> None:
        """``digests`` (digest_of_name) in any order."""
        self._digests = np.unique(digests.astype(_KIND, copy=False))

    @classmethod
    def read(cls, path: Path) -> Self:
        """What ``write`` has written. Raises OSError; ValueError for a file that is torn."""
        content = path.read_bytes()
        return cls(np.frombuffer(content, _KIND))

    def write(self, path: Path) -> None:
        """For another run. Raises OSError."""
        with storage.put_atomic_bytes(path) as stream:
            stream.write(self._digests.tobytes())

    def __contains__(self, name: str) -> bool:
        digest = np.uint64(digest_of_name(name))
        place = int(np.searchsorted(self._digests, digest))
        return place < len(self._digests) and bool(self._digests[place] == digest)

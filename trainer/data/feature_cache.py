"""Features of clips on disk, so that no run computes them twice: train-model --feature-cache DIR.

    DIR/mfcc-26-5f0c21b7a3d89e64/       features of one FeatureSpec, as they come out here
        RUN.features, RUN.index         of the clips that one run has computed (feature_segment.py)

Raw features are kept: what normalises them may change. A clip is known by its path, size and time
of change (clip_file.audio_identity), so that no audio is read to look it up.

Each run appends to files of its own, and maps those of all runs into memory. So runs need no locks:
two at once may both compute a clip, and that is all that happens. What a killed run has written is
used by the next.
"""

import errno
import hashlib
import threading
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from importers.storage import storage_error
from native.features import FeatureSpec, features
from trainer.data.feature_index import FeatureIndex
from trainer.data.feature_segment import INDEX, Key, SegmentReader, SegmentWriter

Features = NDArray[np.float32]
Say = Callable[[str], None]

_FORMAT: Final = 1


class FeatureCache:
    """The features of clips below a folder, by what identifies their audio. For many threads."""

    def __init__(self, folder: Path, spec: FeatureSpec, say: Say) -> None:
        """Make or open it. ``say`` gets a line when the disk is full.

        Raises StorageError for a folder that cannot be made or read.
        """
        self._target, self._say = folder, say
        self._folder = folder / f"{spec.kind}-{spec.coefficients}-{_digest(spec)}"
        self._coefficients = spec.coefficients
        self._lock = threading.Lock()  # guards what follows
        self._writer: SegmentWriter | None = None
        self._is_full = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            indices = sorted(self._folder.glob(f"*{INDEX}"))
            self._segments = [SegmentReader(path, spec.coefficients) for path in indices]
            self._index = FeatureIndex([segment.entries() for segment in self._segments])
        except OSError as error:
            raise storage_error(error, folder) from None

    def find(self, identity: str, frames: int) -> Features | None:
        """The features [frames, coefficients] of this audio, read-only; None: compute them."""
        key = _key(identity)
        with self._lock:
            places = [*self._index.places(key)]
        for place in places:
            if place.frames == frames:
                found = self._segments[place.segment].read(place, key)
                if found is not None:
                    return found
        return None

    def keep(self, identity: str, made: Features) -> None:
        """Keep the features of this audio, which was identified before it was read.

        A full disk is said, and nothing is kept from then on. Raises StorageError for any other
        reason why they cannot be written.
        """
        key = _key(identity)
        with self._lock:
            if self._is_full or len(made) == 0:
                return
            try:
                self._append(key, made)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise storage_error(error, self._target) from None
                self._is_full = True
                self._say(
                    f"{self._target}: no space is left on the disk. Features that are not in this "
                    "cache yet are computed anew whenever they are needed"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files that this run writes; what was found stays readable."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
            self._writer = None

    def _append(self, key: Key, made: Features) -> None:
        if self._writer is None:
            self._writer = SegmentWriter(self._folder)
            self._segments.append(SegmentReader(self._writer.index, self._coefficients))
        self._index.add(key, self._writer.append(key, made, segment=len(self._segments) - 1))


def _key(identity: str) -> Key:
    # A file's name is bytes to the system, and need not be valid UTF-8.
    digest = hashlib.sha256(identity.encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


def _digest(spec: FeatureSpec) -> str:
    """Of the spec, and of what comes out for a probe: another version of ours finds nothing.

    The probe has noise, silence, where the floor of the logarithm shows, and the loudest noise.
    """
    noise = np.arange(spec.window + 15 * spec.step) * 7919 % 6007 - 3003
    some = noise[: spec.window + spec.step]  # so much holds a whole frame, wherever it begins
    loudest = np.where(some < 0, -32767, 32767)
    samples = np.concatenate([noise, np.zeros_like(some), loudest])
    probe = features(samples.astype(np.int16), spec)
    return hashlib.sha256(repr((_FORMAT, astuple(spec))).encode() + probe.tobytes()).hexdigest()[
        :16
    ]

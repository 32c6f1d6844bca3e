"""The features of clips as a model takes them: computed by native threads, kept, and batched.

They are kept in memory where they are few, or in a cache on disk where one is given.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from native.features import FeatureSpec, features_batch
from trainer.data.batches import Batch, padded
from trainer.data.clip_file import audio_identity, read_samples
from trainer.data.clips import Clip
from trainer.data.feature_cache import FeatureCache
from trainer.data.prefetch import Prefetch
from trainer.normalisation import Normalisation, Statistics

MEMORY_BYTES = 1 << 30
"""Features of smaller sets stay in memory: some 55 hours at 26 coefficients."""
BATCHES_AHEAD = 8
"""Batches that are made before they are asked for, besides one a thread."""
AHEAD_BYTES = 1 << 30
"""Memory that they may take."""

Features = NDArray[np.float32]


class FeatureStore:
    """The features of clips, computed when first asked for.

    They are given as `normalisation` makes them, which may be set later. Where a cache is given,
    they are kept there, else in memory if they take at most so many bytes.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        spec: FeatureSpec,
        *,
        threads: int,
        memory: int = MEMORY_BYTES,
        cache: FeatureCache | None = None,
    ) -> None:
        self._clips, self._spec, self._threads = clips, spec, threads
        self.normalisation = Normalisation()
        self._frame_bytes = spec.coefficients * np.float32().nbytes
        if cache is not None:
            self._kept: _Kept = _OnDisk(cache, clips)
        elif sum(clip.frames for clip in clips) * self._frame_bytes <= memory:
            self._kept = _InMemory()
        else:
            self._kept = _Nowhere()

    def get(self, numbers: Sequence[int]) -> list[Features]:
        """The features of the clips of these numbers, [frames, coefficients] each.

        Raises MynaError as read_samples does, and for a clip of another length than it was.
        """
        return self._get(numbers, self._threads)

    def batches(self, order: Sequence[Sequence[int]]) -> Prefetch[Sequence[int], Batch]:
        """A batch for each list of numbers; threads make some ahead while one is used."""
        return Prefetch(
            self._batch,
            order,
            threads=self._threads,
            ahead=BATCHES_AHEAD + self._threads,
            weight=self._bytes_of_batch,
            most=AHEAD_BYTES,
        )

    def _batch(self, numbers: Sequence[int]) -> Batch:
        clips = tuple(self._clips[number] for number in numbers)
        return padded(clips, self._get(numbers, threads=1))

    def _bytes_of_batch(self, numbers: Sequence[int]) -> int:
        longest = max(self._clips[number].frames for number in numbers)
        return len(numbers) * longest * self._frame_bytes

    def _get(self, numbers: Sequence[int], threads: int) -> list[Features]:
        kept = {number: self._kept.find(number) for number in numbers}
        found = {number: one for number, one in kept.items() if one is not None}
        absent = [number for number in kept if number not in found]
        rate = self._spec.sample_rate
        samples = [read_samples(self._clips[number].path, rate) for number in absent]
        made = features_batch(samples, self._spec, threads=threads) if samples else []
        for number, features in zip(absent, made, strict=True):
            _check_length(self._clips[number], features)
            self._kept.keep(number, features)
            found[number] = features
        return [self.normalisation.apply(found[number]) for number in numbers]


def _check_length(clip: Clip, features: Features) -> None:
    """Batches and what CTC needs were laid out by the length that the clip had."""
    if len(features) != clip.frames:
        raise MynaError(
            f"{clip.path}: has changed since it was first looked at: {len(features)} frames, not "
            f"{clip.frames}. Put back what was there, and run the same command again"
        )


class _Kept(Protocol):
    """Where raw features stay, by the number of their clip."""

    def find(self, number: int) -> Features | None: ...

    def keep(self, number: int, features: Features) -> None: ...


class _InMemory:
    def __init__(self) -> None:
        self._features: dict[int, Features] = {}

    def find(self, number: int) -> Features | None:
        return self._features.get(number)

    def keep(self, number: int, features: Features) -> None:
        self._features[number] = features


class _Nowhere:
    def find(self, number: int) -> Features | None:
        return None

    def keep(self, number: int, features: Features) -> None:
        pass


class _OnDisk:
    """In a cache. What is identified before it is read is never kept for another audio."""

    def __init__(self, cache: FeatureCache, clips: Sequence[Clip]) -> None:
        self._cache, self._clips = cache, clips
        self._identities: dict[int, str] = {}
        """Of clips that are being computed."""

    def find(self, number: int) -> Features | None:
        clip = self._clips[number]
        identity = audio_identity(clip.path)
        found = self._cache.find(identity, clip.frames)
        if found is None:
            self._identities[number] = identity
        return found

    def keep(self, number: int, features: Features) -> None:
        self._cache.keep(self._identities.pop(number), features)


def measured(store: FeatureStore, clips: int, *, seed: int, most: int = 2000) -> Normalisation:
    """The normalisation of a corpus, over at most so many of the clips of a store without one."""
    some = np.random.default_rng(seed).permutation(clips)[:most].tolist()
    statistics = Statistics()
    for start in range(0, len(some), 64):
        for features in store.get(some[start : start + 64]):
            statistics.add(features)
    return statistics.normalisation()

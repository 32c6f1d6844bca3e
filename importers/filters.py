"""Which converted clips are left out: by their length, and by how text and sound fit together.

These limits decide over manifests alone: other limits convert nothing again.
"""

import hashlib
import heapq
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from importers.alphabet import Alphabet
from importers.manifest import SAMPLE_RATE
from importers.report import Reason, Reject
from native.features import FeatureSpec, frames_of

PAUSES_SECONDS = 3.0
"""Of silence around the words that no clip is blamed for: volunteers press the button early and
stop it late (a tail of half a second is even added, mozilla/voice-web#1648)."""
_SAMPLED = 10_000
"""Clips of a locale that its median is reckoned from."""
_LEAST_SAMPLED = 30
"""With fewer the median says nothing, and no rate is held against it."""

_Problem = tuple[Reason, str]


@dataclass(frozen=True, slots=True)
class FilterRules:
    """The limits; 0 switches one off."""

    min_seconds: float = 0.0
    max_seconds: float = 0.0
    ctc_step_ms: float = 20.0
    """From one frame of the model to the next: CTC needs a frame for each label, and one more
    between two equal ones."""
    rate_factor: float = 3.0
    """How many times as fast or as slow as the median of their locale clips may be spoken."""


def ctc_frames_needed(labels: Sequence[object]) -> int:
    """The fewest frames that CTC can write labels in: equal neighbours need a blank between.

    Graves et al. 2006, "Connectionist temporal classification", section 3.
    """
    return len(labels) + sum(one == other for one, other in pairwise(labels))


@dataclass(slots=True)
class RateSample:
    """Some clips of each locale, drawn by a hash of their keys: the same ones in every run."""

    _drawn: defaultdict[str, list[tuple[int, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, key: str, locale: str, transcript: str) -> None:
        """Offer a clip; it stays as long as its hash is among the smallest."""
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        drawn = self._drawn[locale]
        # heapq gives the smallest first: negated, the one that the next smaller hash replaces.
        item = (-int.from_bytes(digest, "big"), key, len(transcript))
        if len(drawn) < _SAMPLED:
            heapq.heappush(drawn, item)
        elif item > drawn[0]:
            heapq.heapreplace(drawn, item)

    def medians(self, samples: Mapping[str, int]) -> dict[str, float]:
        """Characters a second in the middle clip of each locale that has enough of them.

        ``samples`` are the lengths of the converted clips, by key, at SAMPLE_RATE.
        """
        rates = {
            locale: [
                characters * SAMPLE_RATE / samples[key]
                for _, key, characters in drawn
                if samples.get(key)
            ]
            for locale, drawn in self._drawn.items()
        }
        return {
            locale: statistics.median(some)
            for locale, some in rates.items()
            if len(some) >= _LEAST_SAMPLED
        }


class ClipFilter:
    """Says of each converted clip whether it stays.

    ``medians`` are those of RateSample. ``alphabet`` tells what a label is; without one, each
    character is.
    """

    def __init__(
        self, rules: FilterRules, medians: Mapping[str, float], alphabet: Alphabet | None = None
    ) -> None:
        self._rules = rules
        self._medians = medians
        self._alphabet = alphabet
        self._features = FeatureSpec(step=round(rules.ctc_step_ms * SAMPLE_RATE / 1000) or 1)

    def __call__(self, key: str, locale: str, transcript: str, samples: int) -> Reject | None:
        """None, or why the clip is left out; ``samples`` is its length at SAMPLE_RATE."""
        seconds = samples / SAMPLE_RATE
        problem = (
            self._length(seconds)
            or self._frames(transcript, samples)
            or self._rate(locale, transcript, seconds)
        )
        return Reject(key, *problem) if problem else None

    def _length(self, seconds: float) -> _Problem | None:
        rules = self._rules
        if seconds < rules.min_seconds:
            return Reason.TOO_SHORT, f"{seconds:.4f} s"
        if rules.max_seconds and seconds > rules.max_seconds:
            return Reason.TOO_LONG, f"{seconds:.4f} s"
        return None

    def _frames(self, transcript: str, samples: int) -> _Problem | None:
        if not self._rules.ctc_step_ms:
            return None
        labels = self._alphabet.encode(transcript) if self._alphabet else transcript
        needed, there = ctc_frames_needed(labels), frames_of(samples, self._features)
        if there >= needed:
            return None
        return Reason.TEXT_TOO_LONG, f"{there} frames, {needed} needed: {transcript}"

    def _rate(self, locale: str, transcript: str, seconds: float) -> _Problem | None:
        median, factor = self._medians.get(locale), self._rules.rate_factor
        if not median or not factor:
            return None
        usual = len(transcript) / median
        if usual <= factor * seconds and seconds - PAUSES_SECONDS <= factor * usual:
            return None
        rate = len(transcript) / seconds
        detail = f"{rate:.1f} characters a second, the median is {median:.1f}: {transcript}"
        return Reason.SPEECH_RATE, detail

"""Whether one recording is another one: aligned to a fraction of a sample, and correlated."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.floating[Any]]
_FINER = 8


@dataclass(frozen=True)
class Alignment:
    """How a clip lies over the source that it should be."""

    early: float
    """Seconds by which the clip begins before the source does; negative: later."""
    late: float
    """Seconds by which it ends after the source does; negative: earlier."""
    correlation: float
    """Of the samples that both have."""


def align(clip: Samples, source: Samples, rate: int) -> Alignment:
    """The best alignment, to an eighth of a sample."""
    size = 1 << (len(clip) + len(source) - 1).bit_length()
    spectrum = np.fft.rfft(source, size)
    product = np.fft.rfft(clip, size) * np.conj(spectrum)
    peak = int(np.argmax(np.fft.irfft(product, _FINER * size)))
    lag = (peak if peak < _FINER * size // 2 else peak - _FINER * size) / _FINER
    moved = np.fft.irfft(spectrum * np.exp(-2j * np.pi * np.fft.rfftfreq(size) * lag), size)
    first, last = max(0, int(np.ceil(lag))), min(len(clip), int(lag + len(source)))
    correlation = np.corrcoef(clip[first:last], moved[first:last])[0, 1]
    late = len(clip) - len(source) - lag
    return Alignment(lag / rate, late / rate, float(correlation))

"""Resampling: native/audio.py has the contract."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_ATTENUATION = 110.0  # dB
_PASS_BAND = 0.913  # of the lower Nyquist


def resample_reference(
    samples: NDArray[np.float64], source_rate: int, target_rate: int
) -> NDArray[np.float64]:
    """The samples at another rate, by the definition that native/src/resample_plan.h gives.

    As long as the rate is 2.5 times the target or more, and no ratio of terms up to 4, it is halved
    by a half-band filter; a sharp filter does the rest. Each output is the sum of the inputs
    weighted by a windowed sinc centred on its time.
    """
    count = (2 * len(samples) * target_rate + source_rate) // (2 * source_rate)
    rate = Fraction(source_rate)
    values, first = np.asarray(samples, np.float64), 0  # values[0] is sample number `first`
    while (ratio := rate / target_rate) >= 2.5 and max(ratio.as_integer_ratio()) > 4:
        values, first = _halved(values, first, kept=float(0.5 / ratio))
        rate /= 2
    nyquist = 0.5 * min(1.0, float(1 / ratio))
    times = np.arange(count, dtype=np.float64) * float(ratio)
    return _weighted(values, first, times, _PASS_BAND * nyquist, nyquist)


def _halved(
    values: NDArray[np.float64], first: int, kept: float
) -> tuple[NDArray[np.float64], int]:
    """Every second sample, with `kept` cycles a sample clean, and where the outputs begin."""
    reach = math.ceil(_half_width(kept, 0.5 - kept)) + 1
    begin = (first - reach) // 2
    end = (first + len(values) + reach) // 2 + 1
    times = 2 * np.arange(begin, end, dtype=np.float64)
    return _weighted(values, first, times, kept, 0.5 - kept), begin


def _half_width(pass_edge: float, stop_edge: float) -> float:
    """Kaiser's length for a transition band in cycles a sample."""
    return (_ATTENUATION - 7.95) / (14.36 * (stop_edge - pass_edge)) / 2


def _weighted(
    values: NDArray[np.float64],
    first: int,
    times: NDArray[np.float64],
    pass_edge: float,
    stop_edge: float,
) -> NDArray[np.float64]:
    width = _half_width(pass_edge, stop_edge)
    beta = 0.1102 * (_ATTENUATION - 8.7)
    cut = (pass_edge + stop_edge) / 2
    out = np.zeros(len(times))
    for i, time in enumerate(times):
        low = max(math.ceil(time - width), first)
        high = min(math.floor(time + width), first + len(values) - 1)
        if low > high:
            continue
        distance = np.arange(low, high + 1) - time
        window = np.i0(beta * np.sqrt(1 - (distance / width) ** 2)) / np.i0(beta)
        weights = 2 * cut * np.sinc(2 * cut * distance) * window
        out[i] = weights @ values[low - first : high - first + 1]
    return out

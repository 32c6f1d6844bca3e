"""What is known of a clip's sound: its length, loudness and peak, how much of it is clipped."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LOWEST_DB: Final = -96.0
"""What silence counts as: 16 bits reach down to -90 dB."""
_FULL_SCALE: Final = 32767
_HOP_SECONDS: Final = 0.1
_HOPS_A_BLOCK: Final = 4
_ABSOLUTE_GATE_DB: Final = -70.0
_RELATIVE_GATE_DB: Final = -10.0


@dataclass(frozen=True, slots=True)
class Measures:
    """The sound of a clip; decibels are relative to full scale."""

    duration_ms: int
    loudness_db: float
    """Root mean square of the speech, pauses left out."""
    peak_db: float
    clipped: float
    """The share of samples at full scale, 0 to 1."""


def measure(samples: NDArray[np.int16], rate: int) -> Measures:
    """The measures of one channel of samples at ``rate`` Hz."""
    if not len(samples):
        return Measures(0, LOWEST_DB, LOWEST_DB, 0.0)
    magnitudes = np.abs(samples.astype(np.int32))
    return Measures(
        duration_ms=round(1000 * len(samples) / rate),
        loudness_db=round(_loudness_db(samples, rate), 2),
        peak_db=round(_decibels((float(magnitudes.max()) / _FULL_SCALE) ** 2), 2),
        clipped=float(np.count_nonzero(magnitudes >= _FULL_SCALE)) / len(samples),
    )


def _loudness_db(samples: NDArray[np.int16], rate: int) -> float:
    """Gated as ITU-R BS.1770-4 (annex 1, equations 5 to 7) does, without its filters.

    Blocks of 400 ms that overlap by three quarters; those below -70 dB do not count, nor those more
    than 10 dB below the mean of the others: so a pause makes no speaker quieter.
    """
    powers = _block_powers(samples, max(1, round(_HOP_SECONDS * rate)))
    loud = powers[powers > 10 ** (_ABSOLUTE_GATE_DB / 10)]
    if not len(loud):
        return _decibels(float(powers.mean()))
    gate = float(loud.mean()) * 10 ** (_RELATIVE_GATE_DB / 10)
    return _decibels(float(loud[loud >= gate].mean()))


def _block_powers(samples: NDArray[np.int16], hop: int) -> NDArray[np.float64]:
    """The mean square of each block, 1 at full scale; of all samples where there is no block."""
    squares = (samples.astype(np.float64) / _FULL_SCALE) ** 2
    hops = len(squares) // hop
    if hops < _HOPS_A_BLOCK:
        return np.array([squares.mean()])
    sums = squares[: hops * hop].reshape(hops, hop).sum(axis=1)
    return np.convolve(sums, np.ones(_HOPS_A_BLOCK), "valid") / (_HOPS_A_BLOCK * hop)


def _decibels(power: float) -> float:
    return max(LOWEST_DB, 10 * math.log10(power)) if power > 0 else LOWEST_DB

"""Resampling to 16 kHz: ours against soxr's HQ, rate by rate, and how good both are.

    python benchmarks/resample.py [--seconds 5] [--rounds 41]

Both work through one clip of noise in memory, in turns; the median of the rounds' ratios counts.
The last columns are each one's signal-to-noise ratio against soxr's VHQ in double precision, below
7 kHz, for a spectrum that falls like speech's.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray

from native.audio import resample

RATES = (8000, 12000, 22050, 24000, 32000, 44100, 48000, 96000)

Samples = NDArray[np.float32]


def falling_noise(rate: int, seconds: float) -> Samples:
    """Noise that falls by 6 dB an octave, without what lies below some 40 Hz."""
    steps = np.random.default_rng(0).standard_normal(int(rate * seconds))
    walk = np.cumsum(steps)
    walk -= np.convolve(walk, np.ones(801) / 801, "same")
    return np.asarray(0.2 * walk / np.abs(walk).max(), np.float32)


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def quality(heard: Samples, best: NDArray[np.float64]) -> float:
    """dB below 7 kHz, without the clip's ends."""
    error = np.fft.rfft((heard - best)[500:-500])
    signal = np.fft.rfft(best[500:-500])
    kept = int(len(error) * 7000 / 8000)
    ratio = np.linalg.norm(signal[:kept]) / np.linalg.norm(error[:kept])
    return float(20 * np.log10(ratio))


def compare(rate: int, seconds: float, rounds: int) -> str:
    samples = falling_noise(rate, seconds)

    def ours() -> Samples:
        return resample(samples, rate)

    def theirs() -> Samples:
        return np.asarray(soxr.resample(samples, rate, 16000, quality="HQ"), np.float32)

    best = soxr.resample(samples.astype(np.float64), rate, 16000, quality="VHQ")
    marks = quality(ours(), best), quality(theirs(), best)
    times = [(milliseconds(ours), milliseconds(theirs)) for _ in range(rounds)]
    own, other = (statistics.median(one) for one in zip(*times, strict=True))
    ratio = statistics.median(b / a for a, b in times)
    return f"{rate:6} Hz {own:8.2f} {other:8.2f} {ratio:8.2f}x {marks[0]:8.1f} {marks[1]:8.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0, help="of the clip")
    parser.add_argument("--rounds", type=int, default=41, help="of each (default: %(default)s)")
    options = parser.parse_args()
    print(f"soxr {soxr.__version__}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("   rate   ours ms  soxr ms    ratio  ours dB  soxr dB")
    for rate in RATES:
        print(compare(rate, options.seconds, options.rounds), flush=True)


if __name__ == "__main__":
    main()

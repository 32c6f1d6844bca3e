"""Backgrounds and rooms: what stands between a voice and its microphone."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

# Power of the spectrum falls with frequency to this power.
_COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}
KINDS = (*_COLOURS, "hum", "babble")


def coloured(kind: str, count: int, rate: int, rng: np.random.Generator) -> Samples:
    """`count` samples of white, pink or brown noise or mains hum, with an RMS of 1."""
    if kind == "hum":
        return level(_hum(count, rate, rng))
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate)
    # Flat below 60 Hz: brown noise would else be a slow drift that nobody hears.
    spectrum *= np.maximum(frequency, 60.0) ** (-_COLOURS[kind] / 2)
    return level(np.fft.irfft(spectrum, count))


def _hum(count: int, rate: int, rng: np.random.Generator) -> Samples:
    time = np.arange(count) / rate
    mains = rng.choice([50.0, 60.0])
    tones = [
        rng.uniform(0.3, 1) / order * np.sin(2 * np.pi * (mains * order * time + rng.random()))
        for order in range(1, 7)
    ]
    hum: Samples = np.sum(tones, axis=0)
    return hum + 0.1 * rng.standard_normal(count)


def mingle(voices: list[Samples], count: int, rng: np.random.Generator) -> Samples:
    """Several utterances, each repeated from a chance start, at an RMS of 1: babble."""
    parts = [np.roll(np.resize(level(voice), count), rng.integers(count)) for voice in voices]
    return level(np.sum(parts, axis=0))


def level(signal: Samples) -> Samples:
    """The signal at an RMS of 1; silence stays silence."""
    return signal / max(float(np.sqrt(np.mean(signal**2))), 1e-9)


def in_room(signal: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """The signal with a few early reflections, 8 to 60 ms late, each weaker than the last."""
    heard = signal.copy()
    for delay in np.sort(rng.uniform(0.008, 0.060, 6)):
        lag = int(delay * rate)
        heard[lag:] += 0.35 * np.exp(-delay / 0.025) * rng.choice([-1, 1]) * signal[:-lag]
    return heard

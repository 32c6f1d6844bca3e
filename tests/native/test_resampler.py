"""The resampler against its definition, against soxr's best, and at its edges."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from native import _native
from native.audio import resample
from native.reference.resample import resample_reference

Samples = NDArray[np.float32]
RATES = (8000, 11025, 12000, 22050, 24000, 32000, 37800, 44100, 48000, 64000, 88200, 96000, 192000)
ODD_RATES = (22255, 44056, 47999)  # no small ratio to 16 kHz: interpolated coefficients


def noise(count: int, seed: int = 0) -> Samples:
    return (0.2 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def decibels(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, 1e-12)))


def rms(samples: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def below(samples: NDArray[np.floating], hertz: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(samples.astype(np.float64))
    spectrum[np.fft.rfftfreq(len(samples), 1 / 16000) > hertz] = 0
    return np.fft.irfft(spectrum, len(samples))


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from(RATES + ODD_RATES),
    count=st.integers(0, 3000),
    block=st.integers(1, 1500),
    seed=st.integers(0, 99),
)
def test_equals_the_definition_whatever_the_blocks(
    rate: int, count: int, block: int, seed: int
) -> None:
    samples = noise(count, seed)
    streamed = _native.resample(samples, rate, 16000, "auto", block)
    assert np.array_equal(streamed, _native.resample(samples, rate, 16000, "auto", 1 << 30))
    expected = resample_reference(samples.astype(np.float64), rate, 16000)
    assert len(streamed) == len(expected)
    np.testing.assert_allclose(streamed, expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("rate", [8000, 24000, 32000, 44100, 48000])
def test_long_clips_have_no_seams(rate: int) -> None:
    """Longer than what is worked on at once, pushed in pieces that fit no block."""
    samples = noise(2 * rate)
    streamed = _native.resample(samples, rate, 16000, "auto", 16384)
    assert np.array_equal(streamed, _native.resample(samples, rate, 16000, "auto", 12345))
    assert len(streamed) == 32000
    # So many inputs last as long as a whole number of outputs: the same signal, other seams.
    shifted = resample(samples[441:] if rate == 44100 else samples[300:], rate)
    same = streamed[160 if rate == 44100 else 300 * 16000 // rate :]
    np.testing.assert_allclose(shifted[500:], same[500:], atol=2e-6, rtol=0)


def test_a_whisper_after_a_shout_stays_clean() -> None:
    """Transforms round by what is loudest in their block: still less than a step of 16 bits."""
    samples = noise(6000)
    samples[3000:] *= 1e-4
    expected = resample_reference(samples.astype(np.float64), 32000, 16000)
    assert np.abs(resample(samples, 32000) - expected).max() < 0.05 / 32768


@pytest.mark.parametrize("target", [8000, 22050, 44100])
def test_other_targets_equal_the_definition(target: int) -> None:
    samples = noise(4000)
    expected = resample_reference(samples.astype(np.float64), 16000, target)
    np.testing.assert_allclose(resample(samples, 16000, target), expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("rate", RATES + ODD_RATES)
def test_has_soxrs_length(rate: int) -> None:
    for count in (*range(1, 50), 999, 1000, 1001, 12345):
        samples = np.zeros(count, np.float32)
        assert len(resample(samples, rate)) == len(soxr.resample(samples, rate, 16000)), count


@pytest.mark.parametrize("rate", RATES + ODD_RATES)
def test_every_instruction_set_gives_the_same_16_bits(rate: int) -> None:
    samples = noise(rate)
    first, *others = (
        np.rint(_native.resample(samples, rate, 16000, name, 4096) * 32768.0)
        for name in _native.resampler_kernels()
    )
    for other in others:
        assert np.abs(other - first).max() <= 1


@pytest.mark.parametrize("rate", [32000, 44100, 48000])
def test_agrees_with_soxrs_best(rate: int) -> None:
    # A spectrum that falls like speech's, 6 dB an octave.
    samples = np.cumsum(noise(rate * 4)).astype(np.float32)
    samples = (samples - np.convolve(samples, np.ones(801) / 801, "same")).astype(np.float32)
    best = soxr.resample(samples.astype(np.float64), rate, 16000, quality="VHQ")[500:-500]
    error = resample(samples, rate)[500:-500] - best
    assert decibels(rms(below(best, 7000)) / rms(below(error, 7000))) >= 70
    assert decibels(rms(best) / rms(error)) >= 50


@pytest.mark.parametrize("rate", [rate for rate in RATES + ODD_RATES if rate > 16000])
def test_nothing_folds_back(rate: int) -> None:
    time = np.arange(rate) / rate
    for frequency in np.linspace(8000, rate / 2, 23)[:-1]:
        tone = np.sin(2 * np.pi * frequency * time).astype(np.float32)
        heard = resample(tone, rate)[1000:-1000]
        assert decibels(rms(heard) / rms(tone)) < -90, frequency


@pytest.mark.parametrize("rate", RATES + ODD_RATES)
def test_the_pass_band_is_flat_and_in_time(rate: int) -> None:
    edge = 0.913 * min(rate, 16000) / 2
    for frequency in (50.0, 0.3 * edge, 0.8 * edge, edge):

        def tone(sample_rate: int, hertz: float = frequency) -> Samples:
            return np.sin(2 * np.pi * hertz * np.arange(sample_rate) / sample_rate).astype(
                np.float32
            )

        error = (resample(tone(rate), rate) - tone(16000))[1500:-1500]
        assert decibels(rms(error) / rms(tone(16000))) < -90, frequency


def test_refuses_absurd_rates() -> None:
    for rate in (0, 7, 768001):
        with pytest.raises(ValueError, match="outside 1000"):
            resample(noise(10), rate)

"""Loudness, peak, clipping and length of known samples; and the gain that follows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from validation_app.recordings.audio_measure import LOWEST_DB, Measures, measure
from validation_app.recordings.limits import playback_gain_db

RATE = 32000


def tone(seconds: float, peak_db: float) -> NDArray[np.int16]:
    """A sine of 1 kHz: its root mean square is 3.01 dB below its peak."""
    times = np.arange(round(seconds * RATE)) / RATE
    wave = 32767 * 10 ** (peak_db / 20) * np.sin(2 * np.pi * 1000 * times)
    return np.rint(wave).astype(np.int16)


def test_a_tone_is_as_loud_as_it_is() -> None:
    measures = measure(tone(2.5, -20), RATE)
    assert measures.duration_ms == 2500
    assert measures.loudness_db == pytest.approx(-23.01, abs=0.01)
    assert measures.peak_db == pytest.approx(-20, abs=0.01)
    assert measures.clipped == 0


def test_pauses_do_not_make_it_quieter() -> None:
    pause = np.zeros(3 * RATE, np.int16)
    noise = tone(3, -60)
    spoken = np.concatenate([pause, tone(2, -20), noise, tone(2, -20), pause])
    assert measure(spoken, RATE).loudness_db == pytest.approx(-23.01, abs=0.9)
    assert measure(spoken, RATE).duration_ms == 13000


def test_a_mean_would_have_been_fooled_by_them() -> None:
    """What the test above is worth: without the gates it would be 4 dB less."""
    spoken = np.concatenate([np.zeros(3 * RATE), tone(2, -20).astype(float)]) / 32767
    assert 10 * np.log10(np.mean(spoken**2)) == pytest.approx(-27, abs=0.1)


def test_samples_at_full_scale_are_counted() -> None:
    samples = np.zeros(1000, np.int16)
    samples[:3] = 32767
    samples[3:5] = -32768
    samples[5] = 32766
    assert measure(samples, RATE).clipped == 0.005
    assert measure(samples, RATE).peak_db == 0


def test_silence_and_nothing_have_the_lowest_level() -> None:
    silence = measure(np.zeros(RATE, np.int16), RATE)
    assert silence == Measures(1000, LOWEST_DB, LOWEST_DB, 0.0)
    assert measure(np.zeros(0, np.int16), RATE) == Measures(0, LOWEST_DB, LOWEST_DB, 0.0)


def test_what_is_shorter_than_a_block_is_measured_as_a_whole() -> None:
    assert measure(tone(0.1, -10), RATE).loudness_db == pytest.approx(-13.01, abs=0.01)


@given(st.lists(st.integers(-32768, 32767), max_size=3000), st.integers(1, 48000))
def test_any_samples_have_measures_within_bounds(samples: list[int], rate: int) -> None:
    measures = measure(np.array(samples, np.int16), rate)
    assert LOWEST_DB <= measures.loudness_db <= measures.peak_db + 0.01 <= 0.02
    assert 0 <= measures.clipped <= 1


@pytest.mark.parametrize(
    ("loudness", "gain"), [(-23, 0), (-30, 7), (-20.5, -2.5), (-60, 12), (0, -12), (-96, 12)]
)
def test_the_gain_brings_it_to_one_level_within_bounds(loudness: float, gain: float) -> None:
    assert playback_gain_db(loudness) == gain

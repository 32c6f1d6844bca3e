"""Clips in which nobody speaks, and quiet ones in which somebody does."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.native.converter import Converter, encode, speechlike

THRESHOLD = -60.0


def wav(samples: NDArray[np.floating], rate: int = 16000) -> bytes:
    return encode(samples, rate, "WAV", "FLOAT")


def tone(dbfs: float, seconds: float, rate: int = 16000) -> NDArray[np.floating]:
    """A tone of whole periods in 100 ms, with this root mean square."""
    time = np.arange(round(rate * seconds)) / rate
    return np.asarray(np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * 440 * time))


@pytest.mark.parametrize("rate", [16000, 32000, 44100])
def test_the_threshold_is_of_the_loudest_moment(converter: Converter, rate: int) -> None:
    for dbfs in (-59.9, -60.1):
        quiet = np.zeros(3 * rate)
        quiet[rate : rate + rate // 2] = tone(dbfs, 0.5, rate)
        (outcome,) = converter.run([converter.job(wav(quiet, rate))], silence_dbfs=THRESHOLD)
        assert outcome.problem == (None if dbfs > THRESHOLD else "silence")
    assert outcome.detail == "-60.1 dBFS in the loudest 100 ms"
    assert outcome.frames == 0
    assert len(list((converter.folder / "wavs").iterdir())) == 1
    assert list(converter.temporary.iterdir()) == []


def test_digital_silence_and_a_click(converter: Converter) -> None:
    nothing = np.zeros(16000)
    assert converter.reject(wav(nothing), silence_dbfs=THRESHOLD).detail == (
        "-200.0 dBFS in the loudest 100 ms"
    )
    click = nothing.copy()
    click[9999] = 0.03  # 30 dB above the threshold, for a sixteenth of a millisecond
    assert converter.reject(wav(click), silence_dbfs=THRESHOLD).problem == "silence"
    assert converter.one(wav(nothing))[0].problem is None  # who does not ask, gets it


@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.13])
def test_clips_of_about_a_window(converter: Converter, seconds: float) -> None:
    jobs = [converter.job(wav(tone(dbfs, seconds))) for dbfs in (-59.0, -61.0)]
    outcomes = converter.run(jobs, silence_dbfs=THRESHOLD)
    assert [outcome.problem for outcome in outcomes] == [None, "silence"]


def test_a_wrong_length_is_told_before_silence(converter: Converter) -> None:
    job = converter.job(wav(np.zeros(16000)))
    (outcome,) = converter.run([job], silence_dbfs=THRESHOLD, min_seconds=2.0)
    assert outcome.problem == "too_short"


def test_an_mp3_of_silence(converter: Converter) -> None:
    silent = encode(np.zeros(96000), 48000, "MP3")
    assert converter.reject(silent, silence_dbfs=THRESHOLD).problem == "silence"
    (outcome,) = converter.run(
        [converter.job(encode(speechlike(48000, 2), 48000, "MP3"))], silence_dbfs=THRESHOLD
    )
    assert outcome.problem is None


def test_no_real_speech_is_silence(converter: Converter, test_data: Path) -> None:
    """Spoken clips, some of them very quiet: the loudest 100 ms of the quietest have -48.9 dBFS."""
    patterns = ("cv-corpus-*/en/clips/*.mp3", "common_voice_misc/**/*.mp3", "fsdd/recordings/*.wav",
                "LibriSpeech/**/*.flac", "an4/**/*.sph")  # fmt: skip
    clips = [clip for pattern in patterns for clip in sorted(test_data.glob(pattern))]
    assert len(clips) == 1106
    jobs = [converter.job(clip) for clip in clips]
    outcomes = converter.run(jobs, silence_dbfs=THRESHOLD)
    assert {outcome.problem for outcome in outcomes} == {None}
    louder = converter.run(jobs, silence_dbfs=-45.0)
    assert 0 < sum(outcome.problem == "silence" for outcome in louder) < 50

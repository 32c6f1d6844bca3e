"""How near a conversion comes to the best that can be had: libsndfile's decode, soxr's VHQ.

The MP3s are made here by the LAME inside libsndfile: every kind that Common Voice has had. Without
its first frame, which holds the Info or Xing tag, a clip is as if it had been made through a pipe.
"""

import functools
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from native.audio import AudioError, decode, resample
from tests.native.converter import Converter, encode, to_int16

Floats = NDArray[np.floating]
MODES = {"constant": "CONSTANT", "average": "AVERAGE", "variable": "VARIABLE"}
KINDS = [(rate, channels, mode) for rate in (48000, 44100, 32000) for channels in (1, 2)
         for mode in MODES]  # fmt: skip


def rumble(rate: int, seconds: float, channels: int = 1) -> Floats:
    """Noise that falls by 6 dB an octave, as speech does, swelling as syllables do."""
    steps = np.random.default_rng(rate).standard_normal((int(rate * seconds), channels))
    walk = np.cumsum(steps, axis=0)
    box = np.ones(801) / 801
    walk -= np.stack([np.convolve(one, box, "same") for one in walk.T], axis=1)
    time = np.arange(len(walk))[:, None] / rate
    walk *= 0.3 + np.abs(np.sin(2 * np.pi * 2 * time))
    made: Floats = 0.1 * walk / np.sqrt(np.mean(walk**2))
    return made


@functools.cache
def mp3(rate: int, channels: int, mode: str, *, tag: bool = True) -> bytes:
    buffer = io.BytesIO()
    samples = rumble(rate, 4.0, channels)
    options = {"bitrate_mode": MODES[mode], "compression_level": 0.4}
    soundfile.write(buffer, samples, rate, format="MP3", **options)
    whole = buffer.getvalue()
    assert (b"Info" if mode == "constant" else b"Xing") in whole[:64]
    return whole if tag else whole[whole.index(whole[:2], 4) :]


def decoded(source: bytes | Path) -> tuple[Floats, int]:
    """By libsndfile, in double precision; the mean of the channels."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    samples, rate = soundfile.read(opened, dtype="float64", always_2d=True)
    return samples.mean(axis=1), rate


def best(samples: Floats, rate: int) -> NDArray[np.int16]:
    return to_int16(soxr.resample(samples, rate, 16000, quality="VHQ"))


def energies(samples: Floats) -> tuple[float, float]:
    """Below 7 kHz, and over the full band."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return spectrum[: int(len(spectrum) * 7 / 8)].sum(), spectrum.sum()


def assert_as_good(heard: NDArray[np.int16], reference: NDArray[np.int16]) -> None:
    """At least 70 dB of signal to noise below 7 kHz, and 50 dB over the full band."""
    assert len(heard) == len(reference)
    signal = reference.astype(np.float64)
    pairs = zip(energies(signal), energies(heard - signal), strict=True)
    low, full = (10 * np.log10(one / max(other, 1e-9)) for one, other in pairs)
    assert low >= 70, f"{low:.1f} dB below 7 kHz"
    assert full >= 50, f"{full:.1f} dB"


@pytest.mark.parametrize(("rate", "channels", "mode"), KINDS)
def test_a_clip_with_a_tag(converter: Converter, rate: int, channels: int, mode: str) -> None:
    source = mp3(rate, channels, mode)
    samples, found = decoded(source)
    outcome, wav = converter.one(source)
    assert (outcome.source_rate, outcome.source_channels) == (found, channels) == (rate, channels)
    assert outcome.source_frames == len(samples) == 4 * rate
    assert not outcome.partial
    assert_as_good(wav, best(samples, rate))


@pytest.mark.parametrize(("rate", "channels", "mode"), KINDS)
def test_a_clip_without_a_tag(converter: Converter, rate: int, channels: int, mode: str) -> None:
    """All frames are kept, the encoder's delay too: libsndfile guesses others only for VBR."""
    source = mp3(rate, channels, mode, tag=False)
    samples, _ = decoded(source)
    outcome, wav = converter.one(source)
    frames = outcome.source_frames
    assert frames % 1152 == 0
    assert 0 < frames - 4 * rate < 3 * 1152
    assert not outcome.partial
    if mode == "constant":
        assert frames == len(samples)
        assert_as_good(wav, best(samples, rate))
    else:
        # libsndfile stops early here, but not with the tag, which also takes LAME's delay of 576
        # samples and the decoder's of 529 away.
        assert len(samples) < frames
        assert len(wav) == round(frames * 16000 / rate)
        timed = best(decode(source, rate)[576 + 529 :] / 32768, rate)
        reference = best(decoded(mp3(rate, channels, mode))[0], rate)
        assert len(reference) == 4 * 16000 <= len(timed)
        inside = slice(50, 4 * 16000 - 50)
        assert_as_good(timed[inside], reference[inside])


def test_real_clips(converter: Converter, test_data: Path) -> None:
    folders = ("cv-corpus-21.0-delta-2025-03-14/en/clips", "common_voice_misc", "longform")
    clips = [clip for folder in folders for clip in sorted((test_data / folder).rglob("*.mp3"))]
    assert len(clips) == 52
    loud = 0
    for clip in clips:
        samples, rate = decoded(clip)
        outcome, wav = converter.one(clip)
        assert outcome.source_frames == len(samples)
        reference = best(samples, rate)
        assert np.sqrt(np.mean((wav - reference.astype(float)) ** 2)) < 20, clip
        # Rounding to 16 bits alone leaves a quiet clip no 70 dB.
        if np.sqrt(np.mean(samples**2)) > 0.03:
            assert_as_good(wav, reference)
            loud += 1
    assert loud > 20


@pytest.mark.parametrize("rate", [48000, 44100, 32000])
def test_a_sweep_above_nyquist_leaves_nothing(converter: Converter, rate: int) -> None:
    """From 8.5 kHz to the source's own Nyquist: no alias above -90 dB."""
    time = np.arange(4 * rate) / rate
    low, high = 8500.0, rate / 2
    sweep = 0.9 * np.sin(2 * np.pi * (low + (high - low) * time / 8) * time)
    # Fading in and out smoothly: a sudden tone has sounds of all heights in it.
    sweep *= np.sin(np.pi / 2 * np.minimum(1, np.minimum(time, 4 - time) / 0.25)) ** 4
    heard = resample(sweep.astype(np.float32), rate)
    assert 20 * np.log10(np.abs(heard).max() / 0.9) < -90
    _, wav = converter.one(encode(sweep, rate, "WAV", "FLOAT"))
    assert np.abs(wav).max() <= 1


# Damage -------------------------------------------------------------------------------------------


def _garbled(source: bytes, place: float, count: int) -> bytes:
    at = int(len(source) * place)
    noise = np.random.default_rng(0).bytes(count)
    return source[:at] + noise + source[at + count :]


PAGE = b"<!DOCTYPE html>\n<html><body><h1>404</h1>" + b"<p>No such clip.</p>" * 400 + b"</html>"
DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "zero": (lambda clip: b"", "empty_file"),
    "page": (lambda clip: PAGE, "not_audio"),
    "first 300 bytes": (lambda clip: clip[:300], "decode_error"),
    "truncated": (lambda clip: clip[: int(len(clip) * 0.64)], "truncated"),
    # A single frame may be missing: some encoders count one too many.
    "garbage here and there": (
        lambda clip: _garbled(_garbled(clip, 0.3, 500), 0.7, 500),
        "truncated",
    ),
    "garbage": (lambda clip: _garbled(clip, 0.5, 3000), "decode_error"),
    "zeros from the middle": (
        lambda clip: clip[: len(clip) // 2] + bytes(len(clip) // 2),
        "decode_error",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("mode", MODES)
def test_a_damaged_clip_is_rejected_or_marked(
    converter: Converter, tmp_path: Path, kind: str, mode: str
) -> None:
    damage, problem = DAMAGE[kind]
    clip = tmp_path / "common_voice_en_1.mp3"
    clip.write_bytes(damage(mp3(48000, 1, mode)))
    with pytest.raises(AudioError) as raised:
        decode(str(clip))
    assert raised.value.problem == problem
    if problem == "truncated":
        outcome, wav = converter.one(clip)
        assert outcome.partial
        assert 0 < len(wav) < 4 * 16000
    else:
        assert converter.reject(clip).problem == problem

"""One reading -> one MP3: the voice, the room, the background, the level, the encoder."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from tools.sample_corpus import espeak, noise
from tools.sample_corpus.language import spoken
from tools.sample_corpus.readings import Reading

RATE = 32000  # Hz, as Common Voice publishes since 2020
STEREO_RATE = 44100  # Hz, of the clip that is as some of 2019
# Lowest quality of the variable rate: about 36 kbit/s. At the constant 32 kbit/s below it the
# frames are too small for LAME's tag, and the encoder's delay would stay in the decoded audio.
_COMPRESSION = 0.95
_BYSTANDERS = ("en+m2", "en-us+f3", "en-gb-x-rp+m4", "en-us+m1")


@dataclass(frozen=True)
class Clip:
    """An encoded clip and what was measured on its decoded samples."""

    data: bytes
    duration_ms: int
    peak: float
    rms: float


def record(reading: Reading, seed: int) -> Clip:
    """The clip of a reading; the same bytes for the same reading and seed."""
    rng = np.random.default_rng([seed, reading.clip])
    rate = STEREO_RATE if reading.damage == "stereo" else RATE
    voice = _voice(reading, rate, rng)
    signal = _against_background(voice, reading, rate, rng)
    signal *= 10 ** (rng.uniform(-12, -2) / 20) / np.abs(signal).max()
    return encode(np.column_stack([signal, 0.8 * signal]) if rate == STEREO_RATE else signal, rate)


def _voice(reading: Reading, rate: int, rng: np.random.Generator) -> noise.Samples:
    """What the speaker says, with 0.1 to 0.4 s of silence before and after."""
    speaker = reading.speaker
    said = resample(
        espeak.say(
            spoken(reading.command),
            speaker.voice,
            pitch=int(np.clip(speaker.pitch + rng.integers(-4, 5), 0, 99)),
            rate=round(speaker.pace * rng.uniform(0.88, 1.0)),
            seed=int(rng.integers(1, 2**31)),
        ),
        espeak.SAMPLE_RATE,
        rate,
    )
    loud = np.flatnonzero(np.abs(said) > 0.01 * np.abs(said).max())
    said = said[loud[0] : loud[-1] + 1]
    if reading.fault == "cut_off":
        said = said[: len(said) // 2]
    elif reading.fault == "silent":
        said = 1e-4 * said
    before, after = (int(rng.triangular(0.1, 0.15, 0.4) * rate) for _ in range(2))
    padded = np.pad(said, (before, after))
    return noise.in_room(padded, rate, rng) if rng.random() < 0.25 else padded


def _against_background(
    voice: noise.Samples, reading: Reading, rate: int, rng: np.random.Generator
) -> noise.Samples:
    """The voice at 15 to 40 dB above its background, most of it at 22 and more."""
    kind = rng.choice(noise.KINDS, p=[0.15, 0.3, 0.3, 0.1, 0.15])
    if kind == "babble":
        background = noise.mingle(_bystanders(rate, rng), len(voice), rng)
    else:
        background = noise.coloured(str(kind), len(voice), rate, rng)
    ratio = -3.0 if reading.fault == "noisy" else rng.triangular(15, 30, 40)
    speaking = voice[np.abs(voice) > 0.02 * np.abs(voice).max()]
    loudness = 0.1 if reading.fault == "silent" else float(np.sqrt(np.mean(speaking**2)))
    return voice + background * loudness * 10 ** (-ratio / 20)


def _bystanders(rate: int, rng: np.random.Generator) -> list[noise.Samples]:
    texts = ("so we went home again", "there was nothing left", "many people came", "I know that")
    return [
        resample(
            espeak.say(text, voice, 50, 170, int(rng.integers(2**31))), espeak.SAMPLE_RATE, rate
        )
        for text, voice in zip(texts, _BYSTANDERS, strict=True)
    ]


def resample(signal: noise.Samples, source: int, target: int) -> noise.Samples:
    """Band-limited resampling through the spectrum; exact, as both rates are whole numbers."""
    common = int(np.gcd(source, target))
    blocks = -(-len(signal) // (source // common))
    padded = np.pad(signal, (0, blocks * (source // common) - len(signal)))
    count = blocks * (target // common)
    return np.fft.irfft(np.fft.rfft(padded), count) * (count / len(padded))


def encode(signal: noise.Samples, rate: int) -> Clip:
    """The MP3 of samples in -1..1, measured after decoding it again."""
    # Rounded to 16 bits before LAME sees it: the last bit of a float may differ between machines.
    # Handed over as 32 bits: libsndfile 1.2.2 writes garbage for stereo samples of 16 bits.
    pcm = np.round(signal * 32767).astype(np.int32) << 16
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        pcm,
        rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE",
        compression_level=_COMPRESSION,
    )
    return measured(buffer.getvalue())


def measured(data: bytes) -> Clip:
    decoded: npt.NDArray[np.float64]
    decoded, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    return Clip(
        data=data,
        duration_ms=round(1000 * len(decoded) / rate),
        peak=float(np.abs(decoded).max()),
        rms=float(np.sqrt(np.mean(decoded**2))),
    )

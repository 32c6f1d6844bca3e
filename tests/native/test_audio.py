"""Audio conversion: real clips and exact samples."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from native.audio import resample
from tests.native.converter import Converter, encode, read, speechlike, to_int16

COMMON_VOICE = "cv-corpus-21.0-delta-2025-03-14/en"

# Real recordings ---------------------------------------------------------------------------------


def test_common_voice_clips_have_their_lengths(converter: Converter, test_data: Path) -> None:
    folder = test_data / COMMON_VOICE
    with (folder / "clip_durations.tsv").open(encoding="utf-8") as file:
        durations = {
            row["clip"]: int(row["duration[ms]"]) for row in csv.DictReader(file, delimiter="\t")
        }
    clips = sorted((folder / "clips").glob("*.mp3"))
    assert len(clips) == 47
    outcomes = converter.run([converter.job(clip) for clip in clips])
    for clip, outcome in zip(clips, outcomes, strict=True):
        decoded, rate = soundfile.read(str(clip), dtype="float32")
        assert outcome.problem is None
        assert not outcome.partial
        assert (outcome.source_rate, outcome.source_channels) == (rate, 1)
        assert outcome.source_frames == len(decoded)
        assert outcome.frames == (2 * len(decoded) * 16000 + rate) // (2 * rate)
        assert abs(outcome.frames / 16 - durations[clip.name]) <= 50


def test_common_voice_samples_are_the_decoders_resampled(
    converter: Converter, test_data: Path
) -> None:
    clips = sorted((test_data / COMMON_VOICE / "clips").glob("*.mp3"))[:5]
    clips += sorted((test_data / "common_voice_misc").rglob("*.mp3"))
    for clip in clips:
        decoded, rate = soundfile.read(str(clip), dtype="float32")
        _, wav = converter.one(clip)
        assert np.abs(wav.astype(int) - to_int16(resample(decoded, rate))).max() <= 1


def test_librispeech_passes_through_bit_for_bit(converter: Converter, test_data: Path) -> None:
    clips = sorted((test_data / "LibriSpeech").rglob("*.flac"))
    assert len(clips) == 50
    jobs = [converter.job(clip) for clip in clips]
    outcomes = converter.run(jobs)
    for clip, job, outcome in zip(clips, jobs, outcomes, strict=True):
        assert np.array_equal(read(job.target), read(clip))
        assert outcome.frames == outcome.source_frames


@pytest.mark.parametrize(
    ("pattern", "rate", "channels"),
    [
        ("fsdd/recordings/7_*_1.wav", 8000, 1),
        ("LJSpeech/flac/*.flac", 22050, 1),
        ("derived/fisher_like/**/*.sph", 8000, 2),
        ("an4/**/*.sph", 16000, 1),
        ("longform/sonnet*.mp3", 44100, 2),
        ("longform/simpl*.mp3", 44100, 1),
        ("mfa/**/*.opus", 16000, 1),
    ],
)
def test_other_corpora(
    converter: Converter, test_data: Path, pattern: str, rate: int, channels: int
) -> None:
    files = sorted(test_data.glob(pattern))
    assert files
    for file in files:
        decoded, _ = soundfile.read(str(file), dtype="float32", always_2d=True)
        outcome, wav = converter.one(file)
        assert (outcome.source_rate, outcome.source_channels) == (rate, channels)
        assert not outcome.partial
        expected = to_int16(resample(np.ascontiguousarray(decoded.mean(axis=1)), rate))
        assert len(wav) == len(expected) == outcome.frames
        assert np.abs(wav.astype(int) - expected).max() <= 1


# Exact samples -----------------------------------------------------------------------------------


def test_the_header_is_canonical(converter: Converter) -> None:
    job = converter.job(encode(speechlike(16000, 1), 16000, "WAV"))
    converter.run([job])
    data = Path(job.target).read_bytes()
    expected = (
        b"RIFF\x24\x7d\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
        b"\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x00\x7d\x00\x00"
    )
    assert data[:44] == expected
    assert len(data) == 44 + 32000


def test_rounds_to_even_and_clips(converter: Converter) -> None:
    values = np.array([0, 0.5, 1.5, 2.5, -0.5, -1.5, 40000, -40000, 32767.4, -32768.4], np.float32)
    _, wav = converter.one(encode(values / 32768, 16000, "WAV", "FLOAT"))
    assert wav.tolist() == [0, 0, 2, 2, 0, -2, 32767, -32768, 32767, -32768]


def test_channels(converter: Converter) -> None:
    left, right = speechlike(16000, 1), -0.5 * speechlike(16000, 1)[::-1]
    source = encode(np.stack([left, right], axis=1), 16000, "WAV", "FLOAT")
    assert np.array_equal(converter.one(source)[1], to_int16((left + right) / 2))
    assert np.array_equal(converter.one(source, channel=0)[1], to_int16(left))
    assert np.array_equal(converter.one(source, channel=1)[1], to_int16(right))
    outcome = converter.reject(source, channel=2)
    assert (outcome.problem, outcome.detail) == (
        "decode_error",
        "channel 2 of a file with 2 (counted from 0)",
    )


def test_large_files_are_read_through_a_window(converter: Converter, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-9000, 9000, 9_000_000).astype(np.int16)
    path = tmp_path / "large.wav"
    soundfile.write(str(path), samples, 16000)
    assert path.stat().st_size > 16 << 20
    outcome, wav = converter.one(path)
    assert outcome.frames == len(samples)
    assert np.array_equal(wav, samples)


def test_lengths_bound_what_is_kept(converter: Converter) -> None:
    two_seconds = encode(speechlike(32000, 2), 32000, "MP3")
    limits: dict[str, Any] = {"min_seconds": 2.0, "max_seconds": 2.0}
    assert converter.run([converter.job(two_seconds)], **limits)[0].problem is None
    outcome = converter.run([converter.job(two_seconds)], max_seconds=1.999)[0]
    assert outcome.problem == "too_long"
    outcome = converter.run([converter.job(two_seconds)], min_seconds=2.001)[0]
    assert (outcome.problem, outcome.detail) == ("too_short", "2.000 s")
    assert not list((converter.folder / "wavs").glob("[23].wav"))

"""SPHERE files without compression, held against sox and libsndfile."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from native.audio import AudioError, decode
from tests.native.converter import Converter, to_int16
from tests.native.sphere_files import channels_of, sox, sphere

REAL = (
    "an4/wav/**/*.sph",
    "derived/tedlium_like/**/*.sph",
    "derived/fisher_like/**/*.sph",
    "sph_misc/lhotse_stereo*.sph",
    "sph_misc/speechbrain_example3.sph",  # 8 bits a sample
)
COUNTING = np.arange(1000, dtype="<i2")


def encoded(samples: NDArray[np.floating], subtype: str, endian: str = "FILE") -> bytes:
    """A whole file as libsndfile writes it."""
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="NIST", subtype=subtype, endian=endian)
    return file.getvalue()


def noise(channels: int, frames: int = 3000) -> NDArray[np.float64]:
    return np.random.default_rng(1).uniform(-1, 1, (frames, channels))


@pytest.mark.parametrize("pattern", REAL)
def test_real_files_equal_sox_and_libsndfile(
    converter: Converter, test_data: Path, pattern: str
) -> None:
    paths = sorted(test_data.glob(pattern))
    assert paths
    for path in paths:
        whole, rate = soundfile.read(path, dtype="int16", always_2d=True)
        read = channels_of(converter, path, whole.shape[1], rate)
        assert np.array_equal(read, whole)
        assert np.array_equal(read, sox(path))
        assert np.array_equal(read, channels_of(converter, path.read_bytes(), len(read[0]), rate))


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24", "PCM_32"])
def test_pcm_equals_libsndfile(
    converter: Converter, subtype: str, endian: str, channels: int
) -> None:
    file = encoded(noise(channels), subtype, endian)
    expected = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)[0]
    assert np.array_equal(channels_of(converter, file, channels, 8000), to_int16(expected))


@pytest.mark.parametrize("format_of", ["0123", "3210"])
def test_32_bits_in_the_orders_that_nist_names(format_of: str) -> None:
    samples = np.random.default_rng(2).integers(-(2**31), 2**31, 1000)
    data = samples.astype("<i4" if format_of == "0123" else ">i4").tobytes()
    changed = {"sample_n_bytes": "-i 4", "sample_byte_format": f"-s4 {format_of}"}
    expected = to_int16(samples.astype(np.float32) / 2.0**31)
    assert np.array_equal(decode(sphere(data, changed), 8000), expected)


@pytest.mark.parametrize(("law", "subtype"), [("ulaw", "ULAW"), ("alaw", "ALAW")])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_byte_of_both_laws(
    converter: Converter, law: str, subtype: str, channels: int
) -> None:
    every = bytes(range(256)) * channels
    expected = soundfile.read(
        io.BytesIO(every), dtype="int16", format="RAW", subtype=subtype, samplerate=8000, channels=1
    )[0].reshape(-1, channels)
    changed = {
        "sample_coding": f"-s4 {law}",
        "sample_n_bytes": "-i 1",
        "sample_byte_format": "-s1 1",
        "channel_count": f"-i {channels}",
        "sample_count": "-i 256",
    }
    assert np.array_equal(channels_of(converter, sphere(every, changed), channels, 8000), expected)


def test_the_mean_of_the_channels(test_data: Path) -> None:
    [path] = test_data.glob("derived/fisher_like/**/*.sph")
    whole, _ = soundfile.read(path, dtype="float32")
    assert np.array_equal(decode(str(path), 8000), to_int16(whole.sum(axis=1) * np.float32(0.5)))


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW"])
def test_from_start_to_end(converter: Converter, subtype: str) -> None:
    file = encoded(noise(2, 9000), subtype)
    whole = channels_of(converter, file, 2, 8000)
    job = converter.job(file, channel=1, start=0.25, end=1.0)
    [outcome] = converter.run([job], sample_rate=8000)
    part = soundfile.read(job.target, dtype="int16")[0]
    assert np.array_equal(part, whole[2000:8000, 1])
    assert not outcome.partial
    assert converter.reject(file, start=2.0).problem == "no_frames"


def test_a_file_too_large_to_be_read_at_once(converter: Converter, tmp_path: Path) -> None:
    samples = np.random.default_rng(3).integers(-(2**15), 2**15, (5_000_000, 2)).astype("<i2")
    path = tmp_path / "long.sph"
    changed = {"channel_count": "-i 2", "sample_count": "-i 5000000"}
    path.write_bytes(sphere(samples.tobytes(), changed))
    job = converter.job(path, channel=1, start=600, end=620)
    converter.run([job], sample_rate=8000)
    part = soundfile.read(job.target, dtype="int16")[0]
    assert np.array_equal(part, samples[4_800_000:4_960_000, 1])


def test_a_file_cut_off() -> None:
    cut = sphere(COUNTING.tobytes() * 8, {"sample_count": "-i 16000"})
    with pytest.raises(AudioError, match=r"audio in memory: cut off after 1.000 s of 2.000 s$"):
        decode(cut, 8000)
    assert np.array_equal(decode(cut, 8000, keep_partial=True), np.tile(COUNTING, 8))


def test_bytes_behind_the_last_sample() -> None:
    """More than the header counts, or no whole sample, is not read."""
    counted = {"sample_count": "-i 600"}
    assert np.array_equal(decode(sphere(COUNTING.tobytes(), counted), 8000), COUNTING[:600])
    odd = sphere(COUNTING.tobytes() + b"\x7f", {"sample_count": None})
    assert np.array_equal(decode(odd, 8000), COUNTING)


@pytest.mark.parametrize("count", [None, "-i 0"])
def test_without_a_count_all_is_read(count: str | None) -> None:
    """Into a pipe programs write 0 or nothing, for they cannot know."""
    file = sphere(COUNTING.tobytes(), {"sample_count": count})
    assert np.array_equal(decode(file, 8000), COUNTING)


def test_a_count_over_all_channels(converter: Converter) -> None:
    """As in SPIDRE: https://catalog.ldc.upenn.edu/docs/LDC94S15/wav_spec.txt."""
    samples = np.arange(20000, dtype="<i2").reshape(-1, 2)
    changed = {"channel_count": "-i 2", "sample_count": "-i 20000"}
    file = sphere(samples.tobytes(), changed)
    assert np.array_equal(channels_of(converter, file, 2, 8000), samples)
    assert len(decode(file, 8000)) == 10000  # whole, not truncated


def test_no_samples() -> None:
    with pytest.raises(AudioError, match="no samples") as raised:
        decode(sphere(b"", {"sample_count": "-i 0"}), 8000)
    assert raised.value.problem == "no_frames"
    with pytest.raises(AudioError, match="no samples"):
        decode(sphere(b"\0", {"sample_count": None}), 8000)


def test_a_channel_that_is_not_there(converter: Converter) -> None:
    outcome = converter.reject(sphere(COUNTING.tobytes()), channel=1)
    assert outcome.detail == "channel 1 of a file with 1 (counted from 0)"

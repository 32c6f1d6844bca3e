"""One clip decoded in memory: the samples that a conversion writes, and its problems as errors."""

import errno
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from native.audio import AudioError, decode
from tests.native.converter import Converter, encode, speechlike

CLIPS = (
    "cv-corpus-21.0-delta-2025-03-14/en/clips/*.mp3",
    "LibriSpeech/test-other/1688/**/*.flac",
    "fsdd/recordings/7_*_1.wav",
    "derived/fisher_like/**/*.sph",
    "mfa/**/*.opus",
)


@pytest.mark.parametrize("pattern", CLIPS)
def test_equal_to_what_is_converted(converter: Converter, test_data: Path, pattern: str) -> None:
    paths = sorted(test_data.glob(pattern))[:4]
    assert paths
    for path in paths:
        _, wav = converter.one(path)
        samples = decode(str(path))
        assert samples.dtype == np.int16
        assert np.array_equal(samples, wav)
        assert np.array_equal(decode(path.read_bytes()), wav)


def test_another_rate(converter: Converter, test_data: Path) -> None:
    path = next((test_data / "LibriSpeech").rglob("*.flac"))
    assert len(decode(str(path), 8000)) == (len(decode(str(path))) + 1) // 2


def test_samples_may_be_changed() -> None:
    samples = decode(encode(speechlike(16000), 16000, "WAV"))
    samples[0] = 7
    assert samples[0] == 7


@pytest.mark.parametrize(
    ("content", "problem", "message"),
    [
        (b"", "empty_file", "the file has 0 bytes"),
        (b"<!DOCTYPE html><html>", "not_audio", "not audio: a web page or XML, not audio"),
        (b"no audio at all" * 99, "not_audio", "not audio: "),
        (encode(speechlike(16000)[:0], 16000, "WAV"), "no_frames", "no samples"),
    ],
    ids=["empty", "page", "text", "no samples"],
)
def test_problems_are_errors(tmp_path: Path, content: bytes, problem: str, message: str) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    for source, name in ((str(path), str(path)), (content, "audio in memory")):
        with pytest.raises(AudioError) as raised:
            decode(source)
        assert raised.value.problem == problem
        assert str(raised.value).startswith(f"{name}: {message}")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as raised:
        decode(f"{tmp_path}/no.wav")
    assert (raised.value.problem, str(raised.value)) == (
        "missing_audio",
        f"{tmp_path}/no.wav: no such file",
    )
    assert isinstance(raised.value, ValueError)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="not audio: a folder or device, not a file"):
        decode(str(tmp_path))


def test_a_file_cut_off() -> None:
    whole = encode(speechlike(16000, 2), 16000, "FLAC")
    cut = whole[: len(whole) // 2]
    with pytest.raises(AudioError, match=r"audio in memory: cut off after 1.024 s of 2.000 s$"):
        decode(cut)
    kept = decode(cut, keep_partial=True)
    assert len(kept) == 16384
    assert np.array_equal(kept, decode(whole)[: len(kept)])


def test_a_wav_out_of_a_pipe_is_whole() -> None:
    """Programs that write into a pipe cannot go back and put the length into the header."""
    wav = bytearray(encode(speechlike(16000, 2), 16000, "WAV"))
    assert wav[36:40] == b"data"
    wav[4:8] = wav[40:44] = struct.pack("<I", 0xFFFFFFFF)
    assert len(decode(bytes(wav))) == 32000


def test_the_longest_that_is_wanted() -> None:
    clip = encode(speechlike(16000, 2), 16000, "WAV")
    assert len(decode(clip, max_seconds=2.0)) == 32000
    with pytest.raises(AudioError, match=r"audio in memory: longer than ") as raised:
        decode(clip, max_seconds=1.999)
    assert raised.value.problem == "too_long"


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    loop = tmp_path / "loop.mp3"
    loop.symlink_to(loop)
    with pytest.raises(AudioError, match=f"{loop}: {os.strerror(errno.ELOOP)}") as raised:
        decode(str(loop))
    assert raised.value.problem == "unreadable"


def test_wrong_rates_and_names() -> None:
    with pytest.raises(ValueError, match="sample_rate must be 1000 to 768000 Hz, not 10"):
        decode(b"", 10)
    with pytest.raises(ValueError, match="a file name holds a zero byte"):
        decode("a\0b")

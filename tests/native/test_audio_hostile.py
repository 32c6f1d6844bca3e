"""Files that are no audio, are cut short, or do not say how long they are."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from native.audio import PROBLEMS, decode
from tests.native.converter import Converter, encode, speechlike


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty_file"),
        (b"<!DOCTYPE html><html>Not found</html>" * 50, "not_audio"),
        (b"\xef\xbb\xbf \r\n\t<html>" + b"x" * 5000, "not_audio"),
        ("\ufeff<?xml?>".encode("utf-16-le") * 99, "not_audio"),
        (b'{"error": "no such clip"}' * 99, "not_audio"),
        (b"A plain text. " * 999, "not_audio"),
        (b"\0" * 5000, "not_audio"),
        (b"RIFF\x10\0\0\0WAVE", "decode_error"),
        (b"fLaC" + b"\xff" * 999, "decode_error"),
        (b"OggS" + b"\0" * 999, "decode_error"),
        (b"\xff\xfb\x90\x64" + bytes(range(256)) * 60, "decode_error"),
    ],
)
def test_what_is_no_audio(converter: Converter, data: bytes, problem: str) -> None:
    outcome = converter.reject(data)
    assert outcome.problem == problem
    assert outcome.detail
    assert "\n" not in outcome.detail


def test_noise_behind_an_mp3_header_is_no_speech(converter: Converter) -> None:
    generator = np.random.default_rng(0)
    for header in (b"\xff\xfb\x90\x64", b"\xff\xf3\x48\xc4", b"ID3\x03\0\0\0\0\0\x10"):
        for _ in range(20):
            problem = converter.reject(header + generator.bytes(20000)).problem
            assert problem in ("not_audio", "decode_error")


def test_absent_files_and_folders(converter: Converter, tmp_path: Path) -> None:
    assert converter.reject(tmp_path / "none.mp3").problem == "missing_audio"
    assert converter.reject(tmp_path).problem == "not_audio"
    os.mkfifo(tmp_path / "pipe.mp3")
    assert converter.reject(tmp_path / "pipe.mp3").problem == "not_audio"
    assert converter.reject(encode(np.zeros(0), 16000, "WAV")).problem == "no_frames"
    not_numbers = encode(np.full(100, np.nan), 16000, "WAV", "FLOAT")
    assert converter.reject(not_numbers).problem == "decode_error"


@pytest.mark.parametrize("kind", ["MP3", "WAV", "FLAC", "NIST"])
def test_a_truncated_file_gives_what_is_whole(converter: Converter, kind: str) -> None:
    source = encode(speechlike(48000), 48000, kind)
    whole, full = converter.one(source)
    assert not whole.partial
    for share in (0.5, 0.9):
        outcome, wav = converter.one(source[: int(len(source) * share)])
        assert outcome.partial
        assert 0.3 * len(full) < len(wav) < 0.95 * len(full)
        same = len(wav) - 2000  # the last frame may lack what follows it
        assert np.abs(wav[:same].astype(int) - full[:same]).max() <= 1


def test_an_mp3_too_short_for_one_frame(converter: Converter) -> None:
    source = encode(speechlike(48000), 48000, "MP3")
    assert converter.reject(source[:300]).problem == "decode_error"


def test_tags_before_the_audio_are_skipped(converter: Converter) -> None:
    source = encode(speechlike(48000), 48000, "MP3")
    tag = b"ID3\x04\0\0\0\x01\x02\x03" + b"\0" * ((1 << 14) + (2 << 7) + 3)
    plain, tagged = converter.one(source), converter.one(tag + source)
    assert tagged[0] == plain[0]
    assert np.array_equal(tagged[1], plain[1])


def test_an_mp3_of_unknown_length_is_decoded_to_its_end(converter: Converter) -> None:
    """Without the first frame's tag libsndfile guesses a variable bit rate file much too short."""
    source = encode(speechlike(48000), 48000, "MP3")
    second_frame = source.index(source[:2], 4)
    whole, _ = converter.one(source)
    outcome, wav = converter.one(source[second_frame:])
    guessed = len(soundfile.read(io.BytesIO(source[second_frame:]))[0])
    assert guessed < 0.7 * whole.source_frames
    assert outcome.source_frames % 1152 == 0
    assert 0 <= outcome.source_frames - whole.source_frames < 3 * 1152
    assert not outcome.partial
    # Only the tag would take away LAME's delay of 576 samples and the decoder's of 529.
    full = decode(source, 48000)
    timed = decode(source[second_frame:], 48000)[1105:]
    inside = slice(0, len(full) - 150)
    assert np.abs(timed[inside].astype(int) - full[inside]).max() <= 1
    _, cut = converter.one(source[second_frame:], start=2.0)
    assert len(cut) == len(wav) - 32000
    assert converter.reject(source[second_frame:], start=9.0).problem == "no_frames"


def test_every_prefix_and_flipped_byte_ends_in_an_outcome(converter: Converter) -> None:
    generator = np.random.default_rng(1)
    jobs = []
    for kind in ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "NIST"):
        source = encode(speechlike(32000, 0.5), 32000, kind)
        for _ in range(40):
            broken = bytearray(source[: generator.integers(1, len(source) + 1)])
            for place in generator.integers(0, min(len(broken), 400), 4):
                broken[place] = generator.integers(256)
            jobs.append(converter.job(bytes(broken)))
    for job, outcome in zip(jobs, converter.run(jobs, max_seconds=3600), strict=True):
        assert (outcome.problem is None) == Path(job.target).exists()
        assert outcome.problem is None or outcome.problem in PROBLEMS

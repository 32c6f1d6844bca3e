"""Conversion to FLAC: the very samples of the WAV, a header that is right, the same bytes again."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from native.audio import ClipJob, Outcome, convert
from tests.native.converter import Converter, encode, read, speechlike


def flac(converter: Converter, source: bytes | Path, name: str = "a") -> tuple[Outcome, Path]:
    target = converter.folder / "flacs" / f"{name}.flac"
    data = source if isinstance(source, bytes) else str(source)
    (outcome,) = converter.run([ClipJob(data, str(target))], audio_format="flac")
    return outcome, target


def stream_info(content: bytes) -> tuple[int, int, int, int, str]:
    """(rate, channels, bits, samples, MD5): https://www.rfc-editor.org/rfc/rfc9639, 8.2."""
    assert content[:4] == b"fLaC"
    assert content[4] & 0x7F == 0
    packed = int.from_bytes(content[18:26], "big")
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    return rate, channels, bits, packed & (1 << 36) - 1, content[26:42].hex()


# The longest is flushed to the disk before its header is known.
@pytest.mark.parametrize("seconds", [0.01, 1.0, 5.0, 120.0])
def test_holds_the_samples_of_the_wav(converter: Converter, seconds: float) -> None:
    source = encode(speechlike(32000, seconds), 32000, "WAV", "FLOAT")
    outcome, target = flac(converter, source)
    as_wav, wav = converter.one(source)
    assert np.array_equal(read(target), wav)
    content = target.read_bytes()
    assert (outcome.frames, outcome.bytes) == (len(wav), len(content))
    assert as_wav.bytes == 44 + 2 * len(wav)
    samples = hashlib.md5(wav.tobytes()).hexdigest()
    assert stream_info(content) == (16000, 1, 16, len(wav), samples)


def test_real_speech_becomes_smaller(converter: Converter, test_data: Path) -> None:
    clips = sorted((test_data / "LibriSpeech").rglob("*.flac"))[:8]
    for number, clip in enumerate(clips):
        outcome, target = flac(converter, clip, str(number))
        assert np.array_equal(read(target), read(clip))
        assert outcome.bytes < 0.75 * 2 * outcome.frames


def test_the_same_clip_gives_the_same_bytes_on_any_thread(converter: Converter) -> None:
    sources = [encode(speechlike(44100, 0.5 + n / 10), 44100, "MP3") for n in range(8)]
    digests = []
    for run, threads in enumerate((1, 4)):
        targets = [converter.folder / f"{run}-{n}.flac" for n in range(8)]
        jobs = [ClipJob(one, str(to)) for one, to in zip(sources, targets, strict=True)]
        converter.run(jobs, threads=threads, audio_format="flac")
        digests.append([hashlib.sha256(target.read_bytes()).hexdigest() for target in targets])
    assert digests[0] == digests[1]
    assert list(converter.temporary.iterdir()) == []


def test_a_rejected_clip_leaves_no_file(converter: Converter) -> None:
    source = encode(speechlike(48000), 48000, "MP3")
    target = converter.folder / "a.flac"
    for damaged in (b"", source[:300], source[: len(source) // 2]):
        job = ClipJob(damaged, str(target))
        (outcome,) = converter.run([job], audio_format="flac", keep_partial=False)
        assert outcome.problem
        assert (outcome.frames, outcome.bytes) == (0, 0)
        assert not target.exists()
        assert list(converter.temporary.iterdir()) == []


def test_no_other_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="audio_format must be wav or flac, not ogg"):
        convert([], temporary=str(tmp_path), threads=1, audio_format="ogg")

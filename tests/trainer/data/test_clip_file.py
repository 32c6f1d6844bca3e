"""WAVs and FLACs as importing makes them, read as they stand; damage is noticed."""

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.audio import ClipJob, convert
from native.features import DEEPSPEECH, frames_of
from trainer.data.clip_file import audio_identity, clip_frames, read_samples
from trainer.data.clips import read_clips

EDGES = np.array([1, -2, 32767, -32768, 0], np.int16)


def noise(samples: int) -> NDArray[np.int16]:
    return np.random.default_rng(0).normal(0, 2000, samples).astype(np.int16)


def wav(path: Path, samples: NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, 16000, 0, "NONE", ""))
        writer.writeframes(samples.astype("<i2").tobytes())
    return path


def flac(path: Path, samples: NDArray[np.int16]) -> Path:
    source = wav(path.with_name("source.wav"), samples)
    folder = str(path.parent / "temporary")
    [outcome] = convert([ClipJob(str(source), str(path))], temporary=folder, threads=1,
                        audio_format="flac")  # fmt: skip
    assert outcome.problem is None
    return path


@pytest.mark.parametrize("make", [wav, flac])
@pytest.mark.parametrize("samples", [EDGES, noise(1), noise(70_000)], ids=len)
def test_samples_are_read_as_they_stand(
    tmp_path: Path, make: object, samples: NDArray[np.int16]
) -> None:
    assert callable(make)
    path = make(tmp_path / "clip", samples)
    assert clip_frames(path, 16000) == len(samples)
    assert np.array_equal(read_samples(path, 16000), samples)


def test_a_manifest_may_name_both(tmp_path: Path) -> None:
    wav(tmp_path / "a.wav", noise(16000))
    flac(tmp_path / "b.flac", noise(20000))
    manifest = tmp_path / "train.csv"
    manifest.write_text("wav_filename,wav_filesize,transcript\na.wav,1,ab\nb.flac,1,ba\n")
    clips = read_clips([manifest], Alphabet(("a", "b")), DEEPSPEECH).clips
    assert [clip.frames for clip in clips] == [frames_of(16000), frames_of(20000)]


def test_no_flipped_bit_of_a_flac_goes_unnoticed(tmp_path: Path) -> None:
    path = flac(tmp_path / "clip.flac", noise(20000))
    whole = path.read_bytes()
    audio, is_last = 4, False  # behind the blocks of the header
    while not is_last:
        is_last = whole[audio] & 0x80 != 0
        audio += 4 + int.from_bytes(whole[audio + 1 : audio + 4], "big")
    assert 42 <= audio < 0.3 * len(whole)
    for place in np.random.default_rng(1).integers(audio, len(whole), 60):
        damaged = bytearray(whole)
        damaged[place] ^= 16
        path.write_bytes(damaged)
        with pytest.raises(MynaError, match=r"Import it again$"):
            read_samples(path, 16000)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_flac_that_is_cut_off(tmp_path: Path, share: float) -> None:
    path = flac(tmp_path / "clip.flac", noise(50_000))
    whole = path.read_bytes()
    path.write_bytes(whole[: max(20, int(len(whole) * share))])
    with pytest.raises(MynaError, match=r"clip\.flac: .*Import it again$") as caught:
        read_samples(path, 16000)
    assert "\n" not in str(caught.value)
    if share:
        assert clip_frames(path, 16000) == 50_000
    else:
        with pytest.raises(MynaError, match="a FLAC without a whole header"):
            clip_frames(path, 16000)


def test_a_cut_flac_is_noticed_before_the_first_step(tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", noise(20000))
    whole = path.read_bytes()
    manifest = tmp_path / "train.csv"
    manifest.write_text(f"wav_filename,wav_filesize,transcript\na.flac,{len(whole)},ab\n")
    alphabet = Alphabet(("a", "b"))
    assert len(read_clips([manifest], alphabet, DEEPSPEECH).clips) == 1
    path.write_bytes(whole[:-1])
    with pytest.raises(MynaError, match=r"train\.csv:2: .*a\.flac: is shorter than its manifest"):
        read_clips([manifest], alphabet, DEEPSPEECH)


def test_a_wav_that_is_cut_off(tmp_path: Path) -> None:
    path = wav(tmp_path / "clip.wav", noise(5000))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(MynaError, match=r"ends before the length in its header\. Import it again"):
        read_samples(path, 16000)


@pytest.mark.parametrize(
    ("rate", "channels", "subtype", "what"),
    [
        (8000, 1, "PCM_16", "8000 Hz, 16 bit, 1 channels"),
        (16000, 2, "PCM_16", "16000 Hz, 16 bit, 2 channels"),
        (16000, 1, "PCM_24", "16000 Hz, 24 bit, 1 channels"),
    ],
)
@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_another_kind_of_file_is_said(
    tmp_path: Path, kind: str, rate: int, channels: int, subtype: str, what: str
) -> None:
    path = tmp_path / "clip"
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((100, channels)), rate, format=kind, subtype=subtype)
    path.write_bytes(buffer.getvalue())
    for ask in (clip_frames, read_samples):
        with pytest.raises(MynaError) as caught:
            ask(path, 16000)
        assert str(caught.value) == (
            f"{path}: {what}; it must be 16000 Hz, 16 bit, mono, as importing makes it"
        )


def test_audio_is_known_by_path_size_and_time_of_change(tmp_path: Path) -> None:
    path = wav(tmp_path / "clip.wav", EDGES)
    os.utime(path, ns=(0, 1_000_000_007))
    assert audio_identity(path) == f"{path}\n54\n1000000007"
    (tmp_path / "way").symlink_to(tmp_path)
    (tmp_path / "deep").mkdir()
    for way in ("way", "deep/.."):
        assert audio_identity(tmp_path / way / "clip.wav") == audio_identity(path)
    others = {audio_identity(path)}
    os.utime(path, ns=(0, 1_000_000_008))
    others.add(audio_identity(path))
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(0, 1_000_000_007))
    others.add(audio_identity(path))
    path.rename(tmp_path / "other.wav")
    others.add(audio_identity(tmp_path / "other.wav"))
    assert len(others) == 4
    with pytest.raises(MynaError, match=r"clip\.wav: no such clip"):
        audio_identity(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MynaError, match=r"no such clip\. Paths count from the CSV"):
        read_samples(tmp_path / "none.flac", 16000)
    with pytest.raises(MynaError, match="cannot be read: Is a directory"):
        clip_frames(tmp_path, 16000)

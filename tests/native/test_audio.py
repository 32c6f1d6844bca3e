"""Audio conversion: real clips, exact samples, hostile files, and what a failing disk leaves."""

import csv
import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from native.audio import PROBLEMS, ClipJob, Outcome, convert, library_description, resample

Samples = NDArray[np.float32]
Whole = NDArray[np.int16]
COMMON_VOICE = "cv-corpus-21.0-delta-2025-03-14/en"


class Converter:
    """Converts into a folder of its own and reads back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.count = 0

    def job(self, source: Path | bytes, **options: Any) -> ClipJob:
        self.count += 1
        target = str(self.folder / "wavs" / f"{self.count}.wav")
        data = source if isinstance(source, bytes) else str(source)
        return ClipJob(data, target, **options)

    def run(self, jobs: list[ClipJob], threads: int = 2, **options: Any) -> list[Outcome]:
        return convert(jobs, temporary=str(self.temporary), threads=threads, **options)

    def one(self, source: Path | bytes, **options: Any) -> tuple[Outcome, Whole]:
        job = self.job(source, **options)
        outcome = self.run([job])[0]
        assert outcome.problem is None, outcome
        return outcome, read(job.target)

    def reject(self, source: Path | bytes, **options: Any) -> Outcome:
        job = self.job(source, **options)
        outcome = self.run([job])[0]
        assert outcome.problem in PROBLEMS
        assert outcome.frames == 0
        assert not Path(job.target).exists()
        assert list(self.temporary.iterdir()) == []
        return outcome


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    return Converter(tmp_path)


def read(path: str | Path) -> Whole:
    samples, rate = soundfile.read(str(path), dtype="int16")
    assert rate == 16000
    whole: Whole = np.asarray(samples, np.int16)
    return whole


def to_int16(samples: NDArray[np.floating]) -> Whole:
    whole: Whole = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return whole


def encode(
    samples: NDArray[np.floating], rate: int, kind: str, subtype: str | None = None
) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def speechlike(rate: int, seconds: float = 3.0) -> Samples:
    """A chirp with a silence in its middle, so that a variable bit rate varies."""
    time = np.arange(int(rate * seconds)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (200 + 300 * time) * time)
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(time))
    tone[len(time) // 3 : len(time) // 2] = 0
    mixed: Samples = (tone + noise * (tone != 0)).astype(np.float32)
    return mixed


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


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_cut_is_what_lies_between(converter: Converter, kind: str) -> None:
    source = encode(speechlike(48000), 48000, kind)
    decoded, _ = soundfile.read(io.BytesIO(source), dtype="float32")
    for start, end in ((0.0, 1.0), (0.7134, 2.0), (1.5, None), (2.9, 99.0)):
        first = int(start * 48000 + 0.5)
        last = None if end is None else int(end * 48000 + 0.5)
        outcome, wav = converter.one(source, start=start, end=end)
        expected = to_int16(resample(decoded[first:last], 48000))
        assert outcome.source_frames == len(decoded[first:last])
        assert len(wav) == len(expected)
        # An MP3 decoder that jumps in starts with another overlap buffer's last bits.
        assert np.abs(wav.astype(int) - expected).max() <= (1 if kind == "MP3" else 0)
        assert not outcome.partial
    assert converter.reject(source, start=50.0).problem == "no_frames"
    assert converter.reject(source, start=1.0, end=1.0).problem == "no_frames"


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


# Hostile files -----------------------------------------------------------------------------------


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
    whole, full = converter.one(source)
    outcome, wav = converter.one(source[second_frame:])
    guessed = len(soundfile.read(io.BytesIO(source[second_frame:]))[0])
    assert guessed < 0.7 * whole.source_frames
    assert outcome.source_frames % 1152 == 0
    assert 0 <= outcome.source_frames - whole.source_frames < 3 * 1152
    assert not outcome.partial
    # Only the tag would take away LAME's delay of 576 samples and the decoder's of 529.
    _, timed = converter.one(source[second_frame:], start=1105 / 48000)
    inside = slice(0, len(full) - 50)
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


# The batch ---------------------------------------------------------------------------------------


def test_threads_change_nothing_and_keep_the_order(converter: Converter) -> None:
    sources = [encode(speechlike(32000, 0.1 + i % 7 / 10), 32000, "MP3") for i in range(40)]
    sources[7], sources[20] = b"", b"<html>"
    alone = [converter.job(source) for source in sources]
    together = [converter.job(source) for source in sources]
    expected = converter.run(alone, threads=1)
    assert converter.run(together, threads=4) == expected
    assert expected[7].problem == "empty_file"
    for i, (one, other) in enumerate(zip(alone, together, strict=True)):
        if i not in (7, 20):
            assert Path(one.target).read_bytes() == Path(other.target).read_bytes()
    assert list(converter.temporary.iterdir()) == []
    assert converter.run([]) == []


def test_more_threads_than_clips_and_batches_side_by_side(converter: Converter) -> None:
    source = encode(speechlike(44100, 0.3), 44100, "WAV")
    results: list[Outcome] = []

    def batch(jobs: list[ClipJob]) -> None:
        results.extend(converter.run(jobs, threads=8))

    batches = [[converter.job(source) for _ in range(3)] for _ in range(4)]
    threads = [threading.Thread(target=batch, args=(jobs,)) for jobs in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.problem for outcome in results] == [None] * 12


FULL_DISK = """
import resource, sys
from pathlib import Path
from native.audio import ClipJob, convert
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # Python ignores SIGXFSZ
folder, source = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
jobs = [ClipJob(source, str(folder / f"{i}.wav")) for i in range(8)]
try:
    convert(jobs, temporary=str(folder / "temporary"), threads=3)
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.mark.parametrize("seconds", [10.0, 60.0])  # written at once, and in several parts
def test_a_file_that_cannot_grow_ends_the_batch(tmp_path: Path, seconds: float) -> None:
    source = tmp_path / "source.wav"
    soundfile.write(str(source), speechlike(16000, seconds), 16000)
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(source)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    number, name = run.stdout.split()
    assert int(number) == errno.EFBIG
    assert Path(name).parent == tmp_path
    assert list((tmp_path / "temporary").iterdir()) == []
    assert [path.name for path in tmp_path.glob("*.wav")] == ["source.wav"]


def test_a_full_disk_arrives_as_no_space(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small tmpfs can be mounted only by root with CAP_SYS_ADMIN")
    try:
        jobs = [ClipJob(encode(speechlike(16000, 9), 16000, "WAV"), str(disk / "a" / "1.wav"))]
        with pytest.raises(OSError) as caught:
            convert(jobs, temporary=str(disk / "temporary"), threads=1)
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.filename == jobs[0].target
        assert list((disk / "temporary").iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_target_that_cannot_be_written_names_itself(converter: Converter, tmp_path: Path) -> None:
    source = encode(speechlike(16000, 1), 16000, "WAV")
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.wav").mkdir()
    for target, kind in (
        (tmp_path / "folder.wav", IsADirectoryError),
        (tmp_path / "file" / "a.wav", NotADirectoryError),
    ):
        with pytest.raises(kind) as caught:
            converter.run([ClipJob(source, str(target))])
        assert caught.value.filename == str(target)
        assert list(converter.temporary.iterdir()) == []


def test_a_source_that_cannot_be_read_is_no_reject(converter: Converter, tmp_path: Path) -> None:
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    good = encode(speechlike(16000, 1), 16000, "WAV")
    jobs = [converter.job(good) for _ in range(5)]
    with pytest.raises(OSError) as caught:
        converter.run([*jobs[:2], converter.job(tmp_path / "loop.mp3"), *jobs[2:]])
    assert caught.value.errno == errno.ELOOP
    assert caught.value.filename == str(tmp_path / "loop.mp3")
    assert list(converter.temporary.iterdir()) == []


def test_an_interrupt_stops_the_batch(tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    soundfile.write(str(source), speechlike(48000, 20), 48000)
    program = """
import signal, sys
from native.audio import ClipJob, convert
def stop(*_): raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
jobs = [ClipJob(sys.argv[1], f"{sys.argv[2]}/{i}.wav") for i in range(10000)]
try:
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    convert(jobs, temporary=sys.argv[2] + "/temporary", threads=2)
except KeyboardInterrupt:
    print("stopped")
"""
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout == "stopped\n"
    assert list((tmp_path / "out" / "temporary").iterdir()) == []


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Ten minutes of stereo at 48 kHz are 220 MiB as floats."""
    source = tmp_path / "long.flac"
    soundfile.write(str(source), np.zeros((600 * 48000, 2), np.int16), 48000)
    program = """
import resource, sys
from native.audio import ClipJob, convert
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
convert([ClipJob(sys.argv[1], sys.argv[2] + "/a.wav")], temporary=sys.argv[2], threads=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(source), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 16 << 10  # KiB


def test_arguments_are_checked(converter: Converter) -> None:
    good = converter.job(b"x")
    for jobs, options, words in (
        ([good], {"threads": 0}, "threads"),
        ([good], {"sample_rate": 5}, "sample_rate"),
        ([converter.job(b"x", channel=-1)], {}, "channel"),
        ([converter.job(b"x", start=-1.0)], {}, "start and end"),
        ([converter.job(b"x", end=float("nan"))], {}, "start and end"),
        ([ClipJob("a\0b", "c.wav")], {}, "zero byte"),
    ):
        with pytest.raises(ValueError, match=words):
            converter.run(jobs, **options)


def test_says_which_library_decodes() -> None:
    assert library_description().startswith("libsndfile-1.")


def test_a_missing_library_is_named() -> None:
    """In a process of its own: a library once loaded stays."""
    program = """
from native import _native
_native.sndfile_version(["/nowhere/libsndfile.so", "libc.so.6"])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install soundfile" in run.stderr
    assert "/nowhere/libsndfile.so" in run.stderr
    assert "libc.so.6: not a libsndfile" in run.stderr

"""A batch on threads: order, interrupts, memory, and what a failing disk leaves behind."""

import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from native.audio import ClipJob, Outcome, convert, library_description
from tests.native.converter import Converter, encode, speechlike


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
jobs = [ClipJob(source, str(folder / f"{i}.out")) for i in range(8)]
try:
    convert(jobs, temporary=str(folder / "temporary"), threads=3, audio_format=sys.argv[3])
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.mark.parametrize("seconds", [10.0, 60.0])  # written at once, and in several parts
@pytest.mark.parametrize("audio_format", ["wav", "flac"])
def test_a_file_that_cannot_grow_ends_the_batch(
    tmp_path: Path, seconds: float, audio_format: str
) -> None:
    source = tmp_path / "source.wav"
    soundfile.write(str(source), speechlike(16000, seconds), 16000)
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(source), audio_format]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    number, name = run.stdout.split()
    assert int(number) == errno.EFBIG
    assert Path(name).parent == tmp_path
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.wav", "temporary"]


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
def test_a_full_disk_arrives_as_no_space(tmp_path: Path, audio_format: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small tmpfs can be mounted only by root with CAP_SYS_ADMIN")
    try:
        jobs = [ClipJob(encode(speechlike(16000, 9), 16000, "WAV"), str(disk / "a" / "1.wav"))]
        with pytest.raises(OSError) as caught:
            convert(jobs, temporary=str(disk / "temporary"), threads=1, audio_format=audio_format)
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


def test_a_source_that_cannot_be_read_is_that_clips_matter(
    converter: Converter, tmp_path: Path
) -> None:
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    good = encode(speechlike(16000, 1), 16000, "WAV")
    jobs = [converter.job(good), converter.job(tmp_path / "loop.mp3"), converter.job(good)]
    outcomes = converter.run(jobs)
    assert [outcome.problem for outcome in outcomes] == [None, "unreadable", None]
    assert outcomes[1].detail == os.strerror(errno.ELOOP)


def test_more_than_a_wav_holds_is_too_long(converter: Converter) -> None:
    """38 hours of digital silence are half a megabyte of FLAC, and would be 4 GB of WAV."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 1000, 1, format="FLAC") as flac:
        for _ in range(38):
            flac.write(np.zeros(3_600_000, np.int16))
    (outcome,) = converter.run([converter.job(buffer.getvalue())])
    assert (outcome.problem, outcome.frames) == ("too_long", 0)
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

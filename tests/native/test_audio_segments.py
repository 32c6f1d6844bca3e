"""Segments of a long recording: slices of its signal, however many are cut, and with whom."""

import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from native.audio import ClipJob, Outcome, by_recording, convert, decode
from tests.native.converter import Converter, Whole, encode, read, speechlike, to_int16

# (start, end, channel)
Segment = tuple[float, float | None, int | None]


def noise(rate: int, seconds: float, channels: int = 1, seed: int = 0) -> np.ndarray[Any, Any]:
    """Of which no two parts are alike."""
    shape = (int(rate * seconds), channels)
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def cut(
    converter: Converter, source: bytes | Path, segments: Sequence[Segment], **options: Any
) -> list[tuple[Outcome, bytes]]:
    """The outcome of each segment and the bytes of its file; b"" where there is none."""
    jobs = [converter.job(source, start=a, end=b, channel=c) for a, b, c in segments]
    outcomes = converter.run(jobs, **options)
    files = [Path(job.target) for job in jobs]
    contents = [file.read_bytes() if file.exists() else b"" for file in files]
    return list(zip(outcomes, contents, strict=True))


def samples_of(content: bytes) -> Whole:
    return np.frombuffer(content[44:], np.int16)


def slice_of(whole: Whole, start: float, end: float | None) -> Whole:
    return whole[round(start * 16000) : None if end is None else round(end * 16000)]


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_a_segment_is_a_slice_of_the_whole(converter: Converter, kind: str, rate: int) -> None:
    source = encode(noise(rate, 6.0), rate, kind)
    whole = decode(source)
    bounds = [(0.0, 1.0), (0.7134, 2.0), (1.9999, 2.0001), (2.5, None), (5.9, 6.3), (0.0, 6.0)]
    found = cut(converter, source, [(start, end, None) for start, end in bounds])
    for (start, end), (outcome, content) in zip(bounds, found, strict=True):
        assert outcome.problem is None
        assert not outcome.partial
        assert (outcome.source_rate, outcome.source_channels) == (rate, 1)
        assert np.array_equal(samples_of(content), slice_of(whole, start, end))
        assert outcome.frames == len(slice_of(whole, start, end))
        assert abs(outcome.source_frames * 16000 / rate - outcome.frames) <= 2


def test_boundaries_are_the_nearest_samples(converter: Converter) -> None:
    source = encode(speechlike(16000), 16000, "WAV")
    whole = decode(source)
    for start, end, samples in (
        (0.4 / 16000, 1.0, slice(0, 16000)),
        (0.6 / 16000, 1.0, slice(1, 16000)),
        (1.0, 1.0 + 1.5 / 16000, slice(16000, 16002)),
        (1.0, 1.0 + 1.4 / 16000, slice(16000, 16001)),
    ):
        assert np.array_equal(converter.one(source, start=start, end=end)[1], whole[samples])


def test_segments_lie_over_each_other_in_any_order(converter: Converter) -> None:
    source = encode(noise(44100, 5.0), 44100, "FLAC")
    whole = decode(source)
    bounds = [(3.0, 4.0), (0.5, 4.5), (1.0, 2.0), (1.0, 2.0), (1.5, 3.5), (0.0, None)]
    found = cut(converter, source, [(start, end, None) for start, end in bounds])
    for (start, end), (_, content) in zip(bounds, found, strict=True):
        assert np.array_equal(samples_of(content), slice_of(whole, start, end))


def test_channels_are_cut_side_by_side(converter: Converter) -> None:
    both = noise(8000, 4.0, channels=2)
    source = encode(both, 8000, "WAV", "FLOAT")
    left, right, mean = (
        decode(encode(one, 8000, "WAV", "FLOAT")) for one in (*both.T, both.mean(axis=1))
    )
    segments: list[Segment] = [(0.5, 1.5, 0), (1.0, 2.0, 1), (1.2, 3.0, None), (1.1, 9.0, 2)]
    found = cut(converter, source, segments)
    for whole, (start, end, _), (_, content) in zip(
        (left, right, mean), segments, found, strict=False
    ):
        assert np.array_equal(samples_of(content), slice_of(whole, start, end))
    outcome, content = found[3]
    assert (outcome.problem, content) == ("decode_error", b"")
    assert outcome.detail == "channel 2 of a file with 2 (counted from 0)"


def test_a_real_call_gives_its_parts(converter: Converter, test_data: Path) -> None:
    (call,) = (test_data / "derived" / "fisher_like").rglob("*.sph")
    for channel in (0, 1):
        whole = converter.one(call, channel=channel)[1]
        segments: list[Segment] = [(t / 7, t / 7 + 2.5, channel) for t in range(400)]
        for (start, end, _), (_, content) in zip(
            segments, cut(converter, call, segments), strict=True
        ):
            assert np.array_equal(samples_of(content), slice_of(whole, start, end))


def test_more_segments_lie_over_each_other_than_files_may_be_open(tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    soundfile.write(str(source), noise(16000, 3.0), 16000)
    program = """
import resource, sys
from native.audio import ClipJob, convert
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
jobs = [ClipJob(sys.argv[1], f"{sys.argv[2]}/{i}.flac", start=i / 1000) for i in range(500)]
outcomes = convert(jobs, temporary=sys.argv[2], threads=1, audio_format="flac")
assert [outcome.frames for outcome in outcomes] == [48000 - 16 * i for i in range(500)], outcomes
"""
    subprocess.run([sys.executable, "-c", program, str(source), str(tmp_path / "out")], check=True)
    whole = decode(str(source))
    for i in (0, 63, 64, 499):
        assert np.array_equal(read(tmp_path / "out" / f"{i}.flac"), whole[16 * i :])


SECONDS = st.floats(0, 3.2)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_what_else_is_cut_changes_nothing(
    converter: Converter, two_channels: bytes, data: st.DataObject
) -> None:
    """Outcomes and bytes of each are those of the same segment alone."""
    channels = st.none() | st.integers(0, 2)
    segments = data.draw(
        st.lists(st.tuples(SECONDS, st.none() | SECONDS, channels), min_size=1, max_size=8)
    )
    source = two_channels[: len(two_channels) - data.draw(st.sampled_from([0, 0, 20_000]))]
    options = {
        "keep_partial": data.draw(st.booleans()),
        "pad_start": data.draw(st.sampled_from([0.0, 0.15])),
        "pad_end": data.draw(st.sampled_from([0.0, 0.9])),
        "silence_dbfs": -60.0,
        "max_seconds": 2.0,
    }
    together = cut(converter, source, segments, threads=3, **options)
    alone = [cut(converter, source, [one], threads=1, **options)[0] for one in segments]
    assert together == alone


@pytest.fixture(scope="module")
def two_channels() -> bytes:
    both = noise(44100, 3.0, channels=2)
    both[44100:88200] *= 1e-5  # a pause
    return encode(both, 44100, "WAV")


def test_what_lies_behind_the_end(converter: Converter) -> None:
    source = encode(noise(16000, 3.0), 16000, "WAV")

    def said(start: float, end: float | None, **options: Any) -> tuple[str | None, str, int, bool]:
        ((outcome, content),) = cut(converter, source, [(start, end, None)], **options)
        assert (content != b"") == (outcome.problem is None)
        return outcome.problem, outcome.detail, outcome.frames, outcome.partial

    assert said(2.0, 3.5, keep_partial=False) == (None, "", 16000, False)
    assert said(2.0, 3.51, keep_partial=False) == (
        "truncated", "ends at 3.510 s, and the audio at 3.000 s", 0, True,
    )  # fmt: skip
    assert said(2.0, 3.51) == (None, "", 16000, True)
    for end in (3.2, 9.0, None):
        assert said(3.0, end, keep_partial=False) == (
            "no_frames", "begins at 3.000 s, and the audio has 3.000 s", 0, False,
        )  # fmt: skip
    for start, end in ((1.0, 1.0), (2.0, 1.0), (9.0, 8.0), (1.0, 1.00001)):
        assert said(start, end)[:2] == ("no_frames", "no samples between start and end")


def test_what_was_cut_off_costs_what_lay_there(converter: Converter) -> None:
    source = encode(noise(16000, 4.0), 16000, "WAV")[: 44 + 2 * 32000]
    whole = decode(source, keep_partial=True)
    segments: list[Segment] = [
        (0.0, 1.0, None),
        (1.0, 2.05, None),
        (1.0, 2.2, None),
        (3.0, 3.5, None),
    ]
    found = cut(converter, source, segments, keep_partial=False)
    assert [(outcome.problem, outcome.detail) for outcome, _ in found] == [
        (None, ""),
        (None, ""),  # by less than an MP3 frame
        ("truncated", "1.000 s of 1.200 s"),
        ("truncated", "0.000 s of 0.500 s"),
    ]
    assert np.array_equal(samples_of(found[0][1]), whole[:16000])
    assert np.array_equal(samples_of(found[1][1]), whole[16000:])


def test_a_decoder_that_fails_costs_what_comes_after(converter: Converter) -> None:
    content = bytearray(encode(noise(16000, 20.0), 16000, "FLAC"))
    content[len(content) // 2 : len(content) // 2 + 4000] = b"\xff" * 4000
    segments: list[Segment] = [(i * 1.0, i + 1.0, None) for i in range(20)]
    found = cut(converter, bytes(content), segments, keep_partial=False)
    problems = [outcome.problem for outcome, _ in found]
    broken = problems.index("decode_error")
    assert problems == [None] * broken + ["decode_error"] * (20 - broken)
    assert 8 <= broken <= 10


def test_segments_are_padded_within_the_recording(converter: Converter) -> None:
    source = encode(noise(48000, 4.0), 48000, "FLAC")
    whole = decode(source)
    pads: dict[str, Any] = {"pad_start": 0.15, "pad_end": 1.0, "keep_partial": False}
    segments: list[Segment] = [
        (1.0, 2.0, None), (0.1, 0.5, None), (2.0, 2.5, None), (3.0, 4.4, None), (2.0, None, None),
        (0.0, None, None),
    ]  # fmt: skip
    wanted = [(0.85, 3.0), (0.0, 1.5), (1.85, 3.5), (2.85, 4.0), (1.85, 4.0), (0.0, 4.0)]
    found = cut(converter, source, segments, **pads)
    for (start, end), (outcome, content) in zip(wanted, found, strict=True):
        assert outcome.problem is None
        assert np.array_equal(samples_of(content), slice_of(whole, start, end))
    # What is behind the end is not made good by what lies before it.
    assert [one.problem for one, _ in cut(converter, source, [(4.05, 4.2, None)], **pads)] == [
        "no_frames"
    ]
    assert [one.problem for one, _ in cut(converter, source, [(3.0, 4.6, None)], **pads)] == [
        "truncated"
    ]
    for name in ("pad_start", "pad_end"):
        for value in (-1.0, float("nan"), float("inf")):
            options: dict[str, Any] = {name: value}
            with pytest.raises(ValueError, match="pad_start and pad_end"):
                converter.run([converter.job(source)], **options)


def test_silence_and_lengths_are_each_segments_own(converter: Converter) -> None:
    samples = noise(16000, 6.0)
    samples[32000:64000] = 0
    source = encode(samples, 16000, "WAV")
    segments: list[Segment] = [
        (0.0, 2.0, None),
        (2.0, 4.0, None),
        (0.0, 4.0, None),
        (5.0, 5.2, None),
    ]
    limits: dict[str, Any] = {"silence_dbfs": -60.0, "min_seconds": 0.5, "max_seconds": 3.0}
    found = cut(converter, source, segments, **limits)
    assert [outcome.problem for outcome, _ in found] == [None, "silence", "too_long", "too_short"]
    assert found[2][0].detail == "longer than wanted: 4.000 s"


def test_flacs_hold_what_the_wavs_hold(converter: Converter) -> None:
    source = encode(noise(22050, 4.0), 22050, "WAV")
    jobs = [converter.job(source, start=i / 4, end=i / 4 + 1) for i in range(12)]
    converter.run(jobs)
    wavs = [read(job.target) for job in jobs]
    converter.run(jobs, audio_format="flac")
    for job, wav in zip(jobs, wavs, strict=True):
        assert Path(job.target).read_bytes()[:4] == b"fLaC"
        assert np.array_equal(read(job.target), wav)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_a_thousand_segments_in_bounded_memory(tmp_path: Path, rate: int) -> None:
    """Ten minutes of two channels at 44.1 kHz are 200 MiB as floats."""
    source = tmp_path / "long.flac"
    soundfile.write(str(source), np.zeros((600 * rate, 2), np.int16), rate)
    program = """
import resource, sys
from native.audio import ClipJob, convert
jobs = [
    ClipJob(sys.argv[1], f"{sys.argv[2]}/{i}.wav", i % 2, i * 0.6, i * 0.6 + 3) for i in range(1000)
]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcomes = convert(jobs, temporary=sys.argv[2], threads=1)
assert sum(outcome.frames for outcome in outcomes) > 990 * 48000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 24 << 10  # KiB


def test_what_cannot_be_opened_is_every_segments_matter(
    converter: Converter, tmp_path: Path
) -> None:
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    segments: list[Segment] = [(0.0, 1.0, None), (1.0, 2.0, 0)]
    for source, problem, detail in (
        (tmp_path / "loop.wav", "unreadable", os.strerror(errno.ELOOP)),
        (tmp_path / "absent.wav", "missing_audio", str(tmp_path / "absent.wav")),
        (tmp_path, "not_audio", "a folder or device, not a file"),
        (b"", "empty_file", "the file has 0 bytes"),
    ):
        found = cut(converter, source, segments)
        assert {(outcome.problem, outcome.detail) for outcome, _ in found} == {(problem, detail)}


def test_a_target_that_cannot_be_written_stops_all(converter: Converter, tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    source = encode(noise(16000, 3.0), 16000, "WAV")
    targets = ("a.wav", "folder.wav", "c.wav")
    jobs = [ClipJob(source, str(tmp_path / name), start=i) for i, name in enumerate(targets)]
    with pytest.raises(IsADirectoryError):
        converter.run(jobs)
    assert list(converter.temporary.iterdir()) == []


def test_an_interrupt_stops_within_a_recording(tmp_path: Path) -> None:
    source = tmp_path / "source.flac"
    soundfile.write(str(source), np.zeros(1800 * 44100, np.int16), 44100)
    program = """
import signal, sys, time
from native.audio import ClipJob, convert
def stop(*_): raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
jobs = [ClipJob(sys.argv[1], f"{sys.argv[2]}/{i}.wav", start=i, end=i + 5) for i in range(1700)]
try:
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    convert(jobs, temporary=sys.argv[2] + "/temporary", threads=2)
except KeyboardInterrupt:
    print("stopped")
"""
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "stopped\n"
    assert list((tmp_path / "out" / "temporary").iterdir()) == []
    assert len(list((tmp_path / "out").glob("*.wav"))) < 1700


def test_by_recording() -> None:
    one, other = b"x" * 3, bytes(bytearray(b"x" * 3))
    sources: list[str | bytes] = ["a", one, "b", "a", other, one]
    jobs = [ClipJob(source, "") for source in sources]
    assert by_recording(jobs) == [[0, 3], [1, 5], [2], [4]]
    assert by_recording([]) == []


def test_rounding_is_that_of_whole_clips(converter: Converter) -> None:
    values = np.array([0.5, 1.5, 2.5, -0.5, 40000, -40000], np.float32) / 32768
    source = encode(np.tile(values, 4000), 16000, "WAV", "FLOAT")
    _, wav = converter.one(source, start=6 / 16000, end=12 / 16000)
    assert np.array_equal(wav, to_int16(values))
    assert convert([], temporary=str(converter.temporary), threads=1) == []

"""Imports of long recordings: each is decoded once, and every segment is a slice of it."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from native.audio import ClipJob, convert
from pipelines.shard_reading import SPOOL_BYTES

Digests = Callable[[Path], dict[str, str]]
RowsOf = Callable[[Path], list[dict[str, str]]]

PROGRAM = """
import sys
from importers import corpora
corpora.__path__.append(sys.argv.pop(1))
from pipelines.import_command import main
sys.argv[0] = "import-corpus"
sys.exit(main())
"""
LONG, SHORT, BROKEN = "audio/long.wav", "audio/short.wav", "audio/broken.flac"


@dataclass(frozen=True, slots=True)
class Segment:
    key: str
    path: str
    start: float = 0.0
    end: float | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Calls:
    """A release with its segments, as a folder and as an archive."""

    root: Path
    archive: Path
    segments: tuple[Segment, ...]

    def of(self, path: str) -> list[Segment]:
        return [one for one in self.segments if one.path == path]


def command(checkout: Path, *arguments: object) -> list[str]:
    corpora = checkout / "tests" / "pipelines" / "corpora"
    return [sys.executable, "-c", PROGRAM, str(corpora), "calls", *map(str, arguments)]


@pytest.fixture(scope="module")
def run(checkout: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(checkout)}
        line = command(checkout, *arguments)
        return subprocess.run(line, capture_output=True, text=True, timeout=300, env=env)

    return run


Run = Callable[..., subprocess.CompletedProcess[str]]


def noise(seconds: float, rate: int, channels: int) -> NDArray[np.float32]:
    dice = np.random.default_rng(rate)
    return dice.normal(0, 0.1, (int(seconds * rate), channels)).astype(np.float32)


def write_table(root: Path, segments: Sequence[Segment]) -> None:
    with (root / "segments.tsv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(["key", "path", "start", "end", "channel", "text"])
        for one in segments:
            end = "" if one.end is None else one.end
            channel = "" if one.channel is None else one.channel
            rows.writerow([one.key, one.path, one.start, end, channel, "yes no"])


def pack(root: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w") as tar:
        for path in (root / "audio", root / "segments.tsv"):
            tar.add(path, f"{root.name}/{path.name}")
    return archive


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """1,000 segments of a call of five minutes, 300 of a short one, and what is amiss, mixed."""
    folder = tmp_path_factory.mktemp("calls")
    root = folder / "calls-1"
    (root / "audio").mkdir(parents=True)
    soundfile.write(str(root / LONG), noise(300, 16000, 2), 16000)
    soundfile.write(str(root / SHORT), noise(100, 8000, 2), 8000, subtype="ULAW")
    soundfile.write(str(root / BROKEN), noise(60, 22050, 1), 22050)
    content = bytearray((root / BROKEN).read_bytes())
    content[len(content) // 2 : len(content) // 2 + 9000] = bytes(9000)
    (root / BROKEN).write_bytes(content)
    soundfile.write(str(root / "audio" / "whole.wav"), noise(2, 16000, 1), 16000)
    assert (root / LONG).stat().st_size > SPOOL_BYTES
    segments = [Segment(f"long-{i:04}", LONG, i * 0.29, i * 0.29 + 1.0, i % 2) for i in range(1000)]
    segments += [Segment(f"short-{i}", SHORT, i * 0.33, i * 0.33 + 0.7, i % 2) for i in range(300)]
    segments += [Segment(f"broken-{i}", BROKEN, i * 1.0, i + 1.0) for i in range(60)]
    segments += [
        Segment("whole", "audio/whole.wav"),
        Segment("behind", SHORT, 100.5, 101.0, 0),
        Segment("rounded", SHORT, 99.0, 100.4, 0),
        Segment("too-far", SHORT, 99.0, 100.6, 0),
        Segment("no-channel", SHORT, 1.0, 2.0, 2),
        Segment("lost-1", "audio/lost.wav", 1.0, 2.0),
        Segment("lost-2", "audio/lost.wav", 2.0, 3.0),
    ]
    dice = np.random.default_rng(0)
    mixed = tuple(segments[i] for i in dice.permutation(len(segments)))
    write_table(root, mixed)
    return Calls(root, pack(root, folder / "calls-1.tar"), mixed)


@pytest.fixture(scope="module")
def imported(calls: Calls, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("imported")
    done = run(target, calls.root)
    assert done.returncode == 0, done.stderr
    return target


def whole_channels(root: Path, path: str, folder: Path) -> dict[int | None, NDArray[np.int16]]:
    """The signal that segments are slices of, by channel."""
    channels = soundfile.info(str(root / path)).channels
    wanted: list[int | None] = [None] if channels == 1 else list(range(channels))
    jobs = [ClipJob(str(root / path), str(folder / f"{c}.wav"), c) for c in wanted]
    convert(jobs, temporary=str(folder / "temporary"), threads=1)
    return {
        job.channel: soundfile.read(job.target, dtype="int16")[0]
        for job in jobs
        if Path(job.target).exists()
    }


def wavs(target: Path) -> dict[str, NDArray[np.int16]]:
    return {
        path.stem: soundfile.read(str(path), dtype="int16")[0] for path in target.glob("clips/*/*")
    }


def assert_slices(
    calls: Calls, path: str, found: dict[str, NDArray[np.int16]], folder: Path,
    pads: tuple[float, float] = (0.0, 0.0),
) -> int:  # fmt: skip
    whole, count = whole_channels(calls.root, path, folder), 0
    for one in calls.of(path):
        if one.key in found:
            assert one.end is not None
            first = round(max(one.start - pads[0], 0) * 16000)
            last = round((one.end + pads[1]) * 16000)
            assert np.array_equal(found[one.key], whole[one.channel][first:last]), one
            count += 1
    return count


def test_every_segment_is_a_slice_of_its_recording(
    calls: Calls, imported: Path, tmp_path: Path
) -> None:
    found = wavs(imported)
    assert assert_slices(calls, LONG, found, tmp_path / "long") == 1000
    assert assert_slices(calls, SHORT, found, tmp_path / "short") == 301
    assert len(found["rounded"]) == 16000
    assert len(found["whole"]) == 32000


def test_what_is_amiss_is_listed_and_costs_no_other(
    calls: Calls, imported: Path, rows_of: RowsOf
) -> None:
    rejects = {
        row["key"]: (row["reason"], row["detail"]) for row in rows_of(imported / "rejects.csv")
    }
    broken = sorted(int(key.split("-")[1]) for key in rejects if key.startswith("broken"))
    assert broken == list(range(broken[0], 60))
    assert 20 < broken[0] <= 30
    assert {rejects.pop(f"broken-{i}")[0] for i in broken} == {"decode_error"}
    assert rejects == {
        "behind": ("no_frames", "begins at 100.500 s, and the audio has 100.000 s"),
        "too-far": ("truncated", "ends at 100.600 s, and the audio at 100.000 s"),
        "no-channel": ("decode_error", "channel 2 of a file with 2 (counted from 0)"),
        "lost-1": ("missing_audio", "audio/lost.wav"),
        "lost-2": ("missing_audio", "audio/lost.wav"),
    }
    assert len(wavs(imported)) == len(calls.segments) - len(broken) - len(rejects)


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_the_segments_of_a_recording_are_in_one_shard(
    calls: Calls, imported: Path, run: Run, tmp_path: Path, source: str
) -> None:
    target = imported
    if source == "archive":
        target = tmp_path
        assert run(target, calls.archive).returncode == 0
    shards = [
        {*content["frames"], *(key for key, *_ in content["rejects"])}
        for content in map(json.loads, (p.read_text() for p in target.glob(".import/shards/*")))
    ]
    assert sum(map(len, shards)) == len(calls.segments)
    for path in (LONG, SHORT, BROKEN):
        keys = {one.key for one in calls.of(path)}
        assert [keys & shard for shard in shards if keys & shard] == [keys]


def test_an_archive_gives_what_the_folder_gives(
    calls: Calls, imported: Path, run: Run, digests: Digests, tmp_path: Path
) -> None:
    """The long recording goes through a file, of which nothing is left."""
    done = run(tmp_path, calls.archive, "--threads", 1)
    assert done.returncode == 0, done.stderr
    mine, theirs = digests(tmp_path), digests(imported)
    assert {**mine, "report.json": ""} == {**theirs, "report.json": ""}
    assert list((tmp_path / ".import" / "temporary").iterdir()) == []


def test_segments_that_are_lost_are_made_again_alone(
    calls: Calls, imported: Path, run: Run, digests: Digests, tmp_path: Path
) -> None:
    target = tmp_path / "copy"
    shutil.copytree(imported, target)
    before = digests(target)
    for path in sorted(target.glob("clips/*/*"))[::97]:
        path.unlink()
    done = run(target)
    assert done.returncode == 0, done.stderr
    assert digests(target) == before


@pytest.mark.slow
def test_killed_and_run_again_nothing_tells(
    calls: Calls, imported: Path, run: Run, digests: Digests, checkout: Path, tmp_path: Path
) -> None:
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    kills = 0
    for wavs_before in (1, 400, 900):
        target = tmp_path / str(wavs_before)
        with subprocess.Popen(
            command(checkout, target, calls.archive), stdout=subprocess.PIPE, env=env
        ) as process:
            while process.poll() is None:
                if len(list(target.glob("clips/*/*.wav"))) >= wavs_before:
                    break
                time.sleep(0.001)
            process.kill()
        kills += process.returncode == -9
        assert run(target, calls.archive).returncode == 0
        mine, theirs = digests(target), digests(imported)
        assert {**mine, "report.json": ""} == {**theirs, "report.json": ""}
        assert list((target / ".import" / "temporary").iterdir()) == []
    assert kills


def test_pads_widen_segments_and_are_of_an_import_as_a_whole(
    calls: Calls, run: Run, tmp_path: Path
) -> None:
    pads = ("--pad-start", "0.15", "--pad-end", "0.1")
    target = tmp_path / "padded"
    done = run(target, calls.root, *pads, "--audio-format", "flac", "--keep-clips")
    assert done.returncode == 0, done.stderr
    found = wavs(target)
    assert assert_slices(calls, LONG, found, tmp_path / "long", (0.15, 0.1)) == 1000
    assert len(found["whole"]) == 32000
    again = run(target, calls.root, "--audio-format", "flac", "--pad-start", "0.15")
    assert again.returncode == 2
    assert "pad-end was 0.1, now not set" in again.stderr
    assert len(wavs(target)) == len(found)


def test_a_disk_too_small_for_a_recording(calls: Calls, run: Run, small_disk: Path) -> None:
    done = run(small_disk / "out", calls.archive)
    assert done.returncode == 1
    assert "no space is left on the disk" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert list((small_disk / "out" / ".import" / "temporary").iterdir()) == []


def test_real_calls_and_talks(run: Run, test_data: Path, tmp_path: Path, rows_of: RowsOf) -> None:
    """One second of each five, of both channels."""
    root = tmp_path / "calls-2"
    (root / "audio").mkdir(parents=True)
    segments = []
    for name, channels in (("fisher_like", (0, 1)), ("tedlium_like", (None,))):
        (source,) = (test_data / "derived" / name).rglob("*.sph")
        shutil.copyfile(source, root / "audio" / f"{name}.sph")
        segments += [
            Segment(f"{name}-{channel}-{i:02}", f"audio/{name}.sph", i * 5.0, i * 5 + 1.5, channel)
            for channel in channels
            for i in range(12)
        ]
    write_table(root, segments)
    made = Calls(root, root, tuple(segments))
    target = tmp_path / "out"
    assert run(target, root).returncode == 0
    found = wavs(target)
    rejected = {row["key"]: row["reason"] for row in rows_of(target / "rejects.csv")}
    assert set(rejected.values()) <= {"silence"}  # the other speaks, or nobody
    assert len(found) + len(rejected) == len(segments)
    for path in {one.path for one in segments}:
        count = assert_slices(made, path, found, tmp_path / path)
        assert count >= 8

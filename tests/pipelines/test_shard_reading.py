"""Recordings on their way into shards: shared, spooled, too large, foreign, hostile."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpus import Audio
from importers.errors import StorageError
from importers.report import Reason, Reject
from native.audio import ClipJob, Outcome, convert
from pipelines import shard_reading
from pipelines.conversion import ConvertShard, convert_shard
from pipelines.conversion_job import ConversionJob
from pipelines.converter_process import Converter
from pipelines.import_plan import PlannedClip, PlanWriter
from pipelines.import_state import ImportState, read_shard
from pipelines.shard_reading import ReadArchive, ReadSlice
from pipelines.shards import EncodedClip, Shard


@pytest.fixture
def state(tmp_path: Path) -> ImportState:
    made = ImportState(tmp_path / "target")
    made.prepare()
    return made


def job(state: ImportState, root: Path) -> ConversionJob:
    return ConversionJob(
        target=str(state.target),
        digest="d",
        root=str(root),
        prefix="",
        plan=str(state.plan(0)),
        first_shard=3,
        threads=2,
        silence_dbfs=None,
    )


def segments(name: str, count: int) -> list[PlannedClip]:
    return [
        PlannedClip(f"{Path(name).stem}-{i}", Audio(name, i / 10, i / 10 + 0.5))
        for i in range(count)
    ]


def write_plan(state: ImportState, clips: Sequence[PlannedClip]) -> PlanWriter:
    with state.plan(0).open("w", encoding="utf-8") as stream:
        plan = PlanWriter(stream, first_shard=0)
        for clip in clips:
            plan.write(clip)
        return plan


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def noise(seconds: float) -> bytes:
    buffer = io.BytesIO()
    samples = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16000))
    soundfile.write(buffer, samples, 16000, format="WAV")
    return buffer.getvalue()


def test_segments_of_a_small_recording_share_its_bytes(state: ImportState, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "a.tar", {"b.wav": b"bb", "a.wav": b"a"})
    write_plan(state, [*segments("a.wav", 300), *segments("b.wav", 20)])
    (shard,) = ReadArchive(job(state, archive)).process(0)
    assert shard.number == 3
    assert [one.clip for one in shard.clips] == [*segments("b.wav", 20), *segments("a.wav", 300)]
    assert {one.source for one in shard.clips[:20]} == {b"bb"}
    assert len({id(one.source) for one in shard.clips}) == 2
    assert shard.spooled == ()


def test_a_large_recording_goes_through_a_file_that_does_not_stay(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = noise(2.0)
    monkeypatch.setattr(shard_reading, "SPOOL_BYTES", len(content) - 1)
    whole = PlannedClip("whole", Audio("whole.wav"))
    mixed = [*segments("mixed.wav", 2), PlannedClip("all", Audio("mixed.wav"))]
    names = ("large.wav", "whole.wav", "mixed.wav")
    archive = write_archive(tmp_path / "a.tar", dict.fromkeys(names, content))
    write_plan(state, [*segments("large.wav", 16), whole, *mixed])
    (shard,) = ReadArchive(job(state, archive)).process(0)
    (spooled,) = shard.spooled
    assert {one.source for one in shard.clips[:16]} == {spooled}
    assert {one.source for one in shard.clips[16:]} == {content}
    assert Path(spooled).parent == state.spool
    assert Path(spooled).name == f"0-{os.getpid()}.wav"  # no other worker writes it
    assert Path(spooled).read_bytes() == content

    step = ConvertShard(job(state, archive))
    step.setup()
    (seconds,) = step.process(shard)
    step.teardown()
    assert seconds == pytest.approx(16 * 0.5 + 2 + 2 * 0.5 + 2)
    assert list(state.spool.iterdir()) == []
    with pytest.raises(StorageError, match="was removed while it was needed; the same command"):
        next(iter(step.process(shard)))  # the recording is in the archive: it is no reject
    (path,) = state.finished()
    result = read_shard(path, "d")
    assert result is not None
    assert set(result.frames.values()) == {8000, 32000}
    by_hand = [ClipJob(content, str(tmp_path / f"{i}.wav"), None, i / 10, i / 10 + 0.5)
               for i in range(16)]  # fmt: skip
    convert(by_hand, temporary=str(tmp_path / "temporary"), threads=1)
    for i, one in enumerate(by_hand):
        (ours,) = state.target.glob(f"clips/*/large-{i}.wav")
        assert ours.read_bytes() == Path(one.target).read_bytes()


def test_what_is_spooled_closes_a_shard(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_reading, "SPOOL_BYTES", 5)
    monkeypatch.setattr(shard_reading, "SPOOLED_SHARD_BYTES", 10)
    names = ("a.wav", "b.wav", "c.wav")
    archive = write_archive(tmp_path / "a.tar", dict.fromkeys(names, b"x" * 6))
    write_plan(state, [clip for name in names for clip in segments(name, 2)])
    shards = list(ReadArchive(job(state, archive)).process(0))
    assert [(shard.number, len(shard.clips), len(shard.spooled)) for shard in shards] == [
        (3, 4, 2),
        (4, 2, 1),
    ]


@pytest.mark.parametrize("is_archive", [True, False])
def test_recordings_may_be_larger_than_clips_but_not_endless(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_archive: bool
) -> None:
    monkeypatch.setattr(shard_reading, "MAX_MEMBER_BYTES", 5)
    monkeypatch.setattr(shard_reading, "MAX_RECORDING_BYTES", 7)
    files = {name: b"x" * size for name, size in
             [("clip.wav", 6), ("long.wav", 7), ("endless.wav", 8), ("mixed.wav", 7)]}  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    clip = PlannedClip("clip", Audio("clip.wav"))
    clips = [clip, *segments("long.wav", 2), *segments("endless.wav", 2)]
    clips += [*segments("mixed.wav", 2), PlannedClip("all", Audio("mixed.wav"))]
    plan = write_plan(state, clips)
    if is_archive:
        archive = write_archive(tmp_path / "a.tar", files)
        shards = list(ReadArchive(job(state, archive)).process(0))
    else:
        reader = ReadSlice(job(state, tmp_path))
        shards = [shard for piece in plan.slices() for shard in reader.process(piece)]
    rejects = [one.source for one in shards[0].clips if isinstance(one.source, Reject)]
    assert rejects == [
        Reject("clip", Reason.TOO_LARGE, "6 bytes"),
        Reject("endless-0", Reason.TOO_LARGE, "8 bytes"),
        Reject("endless-1", Reason.TOO_LARGE, "8 bytes"),
        Reject("all", Reason.TOO_LARGE, "7 bytes"),
    ]
    assert [one.clip for one in shards[0].clips] == clips


def test_a_foreign_recording_is_decoded_once(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sox = shutil.which("sox")
    assert sox is not None, "sox is not installed: make system-packages"
    for name in ("good.wv", "bad.wv"):
        synth = ["synth", "9", "pinknoise"]
        subprocess.run([sox, "-R", "-n", "-r", "16000", tmp_path / name, *synth], check=True)
    (tmp_path / "bad.wv").write_bytes(b"noise")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sox").write_text(f'#!/bin/sh\necho run >> "{tmp_path}/log"\nexec {sox} "$@"\n')
    (programs / "sox").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    clips = tuple(
        EncodedClip(clip, str(tmp_path / name))
        for name in ("good.wv", "bad.wv")
        for clip in segments(name, 40)
    )
    with Converter() as converter:
        result = convert_shard(Shard(0, clips), job(state, tmp_path), state, converter)
    assert result.frames == {f"good-{i}": 8000 for i in range(40)}
    assert [(one.key, one.reason) for one in result.rejects] == [
        (f"bad-{i}", Reason.DECODE_ERROR) for i in range(40)
    ]
    assert (tmp_path / "log").read_text() == "run\nrun\n"


def test_a_hostile_recording_costs_its_own_segments_alone(
    hostile_decoder: Path, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{hostile_decoder}:{checkout}")
    good, hostile = noise(3.0), noise(3.0) + b"ABORT-HERE"
    path = tmp_path / "hostile.wav"
    path.write_bytes(noise(3.0) + b"SEGFAULT-HERE")
    sources: list[str | bytes] = [good, hostile, str(path)]

    def jobs(folder: str) -> list[ClipJob]:
        return [
            ClipJob(sources[i % 3], str(tmp_path / folder / f"{i}.wav"), None, i / 30, i / 30 + 1)
            for i in range(30)
        ]

    here, there = jobs("here"), jobs("there")
    expected = convert(here[::3], temporary=str(tmp_path / "temporary"), threads=1)
    options = {"temporary": str(tmp_path / "temporary"), "threads": 2}
    with Converter() as converter:
        outcomes = converter.convert(there, options)
    assert outcomes[::3] == expected
    for start, words in ((1, "SIGABRT"), (2, "SIGSEGV")):
        crashed = Outcome(0, 0, 0, 0, "decoder_crashed", words, False, 0)
        assert outcomes[start::3] == [crashed] * 10
    for one, other in zip(here[::3], there[::3], strict=True):
        assert Path(one.target).read_bytes() == Path(other.target).read_bytes()

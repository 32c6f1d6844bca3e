"""Reading ahead, shards, and one shard's conversion with every kind of clip."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpus import Audio
from importers.report import Reason, Reject
from pipelines import shard_reading
from pipelines.conversion import convert_shard
from pipelines.conversion_job import ConversionJob
from pipelines.converter_process import Converter
from pipelines.import_plan import PlannedClip, PlanWriter
from pipelines.import_state import ImportState
from pipelines.shard_reading import ReadArchive, ReadSlice
from pipelines.shards import EncodedClip, Shard


def job(target: Path, root: Path, prefix: str = "") -> ConversionJob:
    return ConversionJob(
        target=str(target),
        digest="d",
        root=str(root),
        prefix=prefix,
        plan=str(ImportState(target).plan(0)),
        first_shard=0,
        threads=2,
    )


@pytest.fixture
def state(tmp_path: Path) -> ImportState:
    made = ImportState(tmp_path / "target")
    made.prepare()
    return made


def write_plan(state: ImportState, names: list[str]) -> PlanWriter:
    with state.plan(0).open("w", encoding="utf-8") as stream:
        plan = PlanWriter(stream, first_shard=0, shard_clips=2)
        for name in names:
            plan.write(PlannedClip(Path(name).stem, Audio(name)))
        return plan


def test_a_slice_of_the_plan_is_a_shard_of_paths(state: ImportState, tmp_path: Path) -> None:
    pieces = write_plan(state, ["clips/é.mp3", "clips/b.mp3", "clips/c.mp3"]).slices()
    reader = ReadSlice(job(state.target, tmp_path))
    shards = [shard for piece in pieces for shard in reader.process(piece)]
    assert [
        (shard.number, [(one.clip.key, one.source) for one in shard.clips]) for shard in shards
    ] == [
        (0, [("é", f"{tmp_path}/clips/é.mp3"), ("b", f"{tmp_path}/clips/b.mp3")]),
        (1, [("c", f"{tmp_path}/clips/c.mp3")]),
    ]


def test_an_archive_gives_planned_clips_in_its_order_and_then_the_missing(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_reading, "MAX_MEMBER_BYTES", 100)
    archive = tmp_path / "cv.tar"
    with tarfile.open(archive, "w") as tar:
        for name, size in [("b", 2), ("unplanned", 1), ("a", 1), ("huge", 101)]:
            info = tarfile.TarInfo(f"cv/en/clips/{name}.mp3")
            info.size = size
            tar.addfile(info, io.BytesIO(b"x" * size))
    write_plan(state, [f"clips/{name}.mp3" for name in ("a", "b", "missing", "huge")])
    reader = ReadArchive(job(state.target, archive, "cv/en/"))
    (shard,) = reader.process(0)
    assert [(one.clip.key, one.source) for one in shard.clips] == [
        ("b", b"xx"),
        ("a", b"x"),
        ("huge", Reject("huge", Reason.TOO_LARGE, "101 bytes")),
        ("missing", Reject("missing", Reason.MISSING_AUDIO, "clips/missing.mp3")),
    ]


def test_large_clips_close_a_shard_early(
    state: ImportState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_reading, "SHARD_BYTES", 10)
    archive = tmp_path / "cv.tar"
    with tarfile.open(archive, "w") as tar:
        for name in "abc":
            info = tarfile.TarInfo(f"{name}.mp3")
            info.size = 6
            tar.addfile(info, io.BytesIO(b"x" * 6))
    write_plan(state, ["a.mp3", "b.mp3", "c.mp3"])
    shards = list(ReadArchive(job(state.target, archive)).process(0))
    assert [(shard.number, len(shard.clips)) for shard in shards] == [(0, 2), (1, 1)]


def test_every_kind_of_clip_in_one_shard(
    state: ImportState, tmp_path: Path, test_data: Path
) -> None:
    real = test_data / "cv-corpus-21.0-delta-2025-03-14" / "en" / "clips"
    mp3 = (real / "common_voice_en_41917459.mp3").read_bytes()
    # Real clips do not announce their length: only the release can tell that one has been cut.
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, 96000)
    soundfile.write(buffer, noise, 32000, format="MP3", bitrate_mode="VARIABLE")
    tagged = buffer.getvalue()
    sources: dict[str, str | bytes | Reject] = {
        "good": mp3,
        "empty": b"",
        "page": b"<!DOCTYPE html><html>404</html>",
        "cut": tagged[: len(tagged) // 2],
        "told": mp3[: len(mp3) // 2],
        "absent": str(tmp_path / "absent.mp3"),
        "foreign": b"no m4a",
        "known": Reject("known", Reason.TOO_LARGE, "x"),
    }
    clips = tuple(
        EncodedClip(
            PlannedClip(
                key,
                Audio(f"clips/{key}.{'m4a' if key == 'foreign' else 'mp3'}"),
                7.596 if key in ("good", "told") else None,
            ),
            source,
        )
        for key, source in sources.items()
    )
    with Converter() as converter:
        result = convert_shard(Shard(0, clips), job(state.target, tmp_path), state, converter)
    assert result.frames == {"good": 121536}
    assert result.seconds == 121536 / 16000
    assert {reject.key: reject.reason for reject in result.rejects} == {
        "empty": Reason.EMPTY_FILE,
        "page": Reason.NOT_AUDIO,
        "cut": Reason.TRUNCATED,
        "told": Reason.TRUNCATED,
        "absent": Reason.MISSING_AUDIO,
        "foreign": Reason.DECODE_ERROR,
        "known": Reason.TOO_LARGE,
    }
    assert [path.name for path in state.target.glob("clips/*/*")] == ["good.wav"]

"""What an import keeps: shards, parameters, its lock."""

from pathlib import Path

import pytest

from importers.corpus import Audio
from importers.errors import StorageError, UsageError
from importers.manifest import wav_name
from importers.report import Reason, Reject
from pipelines.clip_files import all_names
from pipelines.import_plan import PlannedClip, PlanWriter
from pipelines.import_state import (
    ImportState,
    Parameters,
    ShardResult,
    differences,
    open_state,
    read_shard,
    write_shard,
)

FLACS = ShardResult({"a": 16000}, (), 1.0, {"a": 9000}, {"encoded/001/a.mp3": 700})
RESULT = ShardResult({"a": 16000, "é": 8000}, (Reject("b", Reason.NOT_AUDIO, "a page"),), 1.5)


@pytest.fixture
def state(tmp_path: Path) -> ImportState:
    made = ImportState(tmp_path)
    made.prepare()
    return made


def test_a_run_begins_without_what_the_one_before_left(state: ImportState) -> None:
    state.decoder_log.write_text("[mpg123] odd\n")
    state.stop.touch()
    state.spool.mkdir()
    (state.temporary / "1-2-3.part").touch()
    state.prepare()
    assert not state.decoder_log.exists()
    assert not state.stop.exists()
    assert list(state.temporary.iterdir()) == []


def test_a_shard_survives_and_belongs_to_its_parameters(state: ImportState) -> None:
    path = state.shard_path(3)
    for result in (RESULT, FLACS):
        write_shard(path, result, "digest")
        assert read_shard(path, "digest") == result
        assert read_shard(path, "another") is None


def test_results_are_looked_up_by_clip_and_the_last_counts(state: ImportState) -> None:
    missing = Reject("é", Reason.MISSING_AUDIO, "clips/é.mp3")
    assert state.next_shard() == 0
    write_shard(state.shard_path(0), RESULT, "digest")
    write_shard(state.shard_path(4), ShardResult({"c": 1}, (), 0.0), "digest")
    write_shard(state.shard_path(5), ShardResult({"d": 1}, (), 0.0), "another")
    write_shard(state.shard_path(12), ShardResult({"b": 5}, (missing,), 0.0), "digest")
    results = state.results("digest")
    assert results.frames == {"a": 16000, "c": 1, "b": 5}
    assert results.rejects == {"é": missing}
    assert results.size("a") == 32044
    assert state.next_shard() == 13
    write_shard(state.shard_path(13), FLACS, "digest")
    results = state.results("digest")
    assert (results.size("a"), results.size("b")) == (9000, 54)
    assert results.encoded == {"encoded/001/a.mp3": 700}
    assert state.next_shard() == 14


def test_a_clip_that_is_taken_over_twice_is_counted_once(state: ImportState) -> None:
    taken = ShardResult({"a": 1, "b": 2}, (), 0.0, reused=True)
    write_shard(state.shard_path(0), taken, "digest")
    write_shard(state.shard_path(1), ShardResult({"b": 2, "c": 3}, (), 0.0, reused=True), "digest")
    write_shard(state.shard_path(2), ShardResult({"d": 4}, (), 0.0), "digest")
    assert state.results("digest").reused == 3


def test_prepare_sweeps_what_a_killed_run_left(state: ImportState) -> None:
    leftovers = [
        state.temporary / "half.wav",
        state.target / ".cv-valid-train.csv.tmp-1",
        state.folder / ".plan-0.tsv.tmp-1",
        state.shard_path(0).with_name(".000000-1.json.tmp-1"),
        state.temporary / "foreign" / "0.wav",
        state.stop,
    ]
    (state.temporary / "foreign").mkdir()
    for path in leftovers:
        path.write_text("half")
    state.prepare()
    assert not any(path.exists() for path in leftovers)


def parameters(source: str = "cv.tar.gz", split: str = "official") -> Parameters:
    return Parameters({"corpus": "cv", "source": source}, {"split": split})


def test_equal_parameters_pass(state: ImportState) -> None:
    assert state.compare(parameters()) == []
    state.begin(parameters())
    assert state.compare(parameters()) == []
    state.finish(parameters())
    assert state.compare(parameters()) == []


def test_changed_labels_are_said_until_a_run_has_finished_with_them(state: ImportState) -> None:
    state.begin(parameters(split="of a run that was killed"))
    assert state.compare(parameters(split="speaker")) == []
    state.finish(parameters())
    state.begin(parameters(split="speaker"))
    assert state.compare(parameters(split="speaker")) == ["split was official, now speaker"]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("a1", "b2", "alphabet was another one"),
        ("a1", None, "alphabet was given, now not set"),
        (None, "b2", "alphabet was not set, now given"),
    ],
)
def test_of_files_that_have_changed_no_digest_is_shown(
    was: str | None, now: str | None, words: str
) -> None:
    old, new = ({"alphabet": one} if one else {} for one in (was, now))
    assert differences(old, new) == [words]


def test_changed_conversion_is_refused_with_the_difference_and_the_way_on(
    state: ImportState,
) -> None:
    state.begin(parameters())
    with pytest.raises(
        UsageError, match=r"source was cv\.tar\.gz, now new\.tar\.gz.*--fresh of import-cv$"
    ):
        state.compare(parameters(source="new.tar.gz"))


def test_the_digest_is_of_the_conversion_alone() -> None:
    assert parameters().digest == parameters(split="speaker").digest
    assert parameters().digest != parameters(source="x").digest


def test_fresh_forgets_shards_and_wavs_and_nothing_else(state: ImportState) -> None:
    state.begin(parameters())
    write_shard(state.shard_path(0), RESULT, "d")
    write_shard(state.shard_path(1), FLACS, "d")
    in_hand = PlannedClip("in-hand", Audio("clips/in-hand.mp3"))
    with state.plan(0).open("w") as plan:
        PlanWriter(plan, 0).write(in_hand)
    names = (
        wav_name("a"),
        wav_name("a", "flac"),
        "encoded/001/a.mp3",
        *all_names("in-hand", in_hand.audio),
        "clips/007/mine.wav",
        "clips/007/a.mp3",
    )
    for name in names:
        path = state.target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    state.start_fresh()
    state.prepare()
    assert state.next_shard() == 0
    assert state.compare(parameters(source="other")) == []
    assert not list(state.target.glob("encoded/*/*.*"))
    assert sorted(path.name for path in (state.target / "clips").rglob("*.*")) == [
        "a.mp3",
        "mine.wav",
    ]


def test_a_damaged_shard_is_not_done_and_damaged_parameters_are_said(state: ImportState) -> None:
    path = state.shard_path(0)
    write_shard(path, RESULT, "digest")
    whole = path.read_bytes()
    for content in (b"", whole[:-5], b"[]", b"\xff"):
        path.write_bytes(content)
        assert read_shard(path, "digest") is None
    state.begin(parameters())
    (state.folder / "parameters.json").write_text("{")
    with pytest.raises(StorageError, match=r"parameters\.json: is damaged\. Begin anew"):
        state.compare(parameters())


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        open_state(tmp_path),
        pytest.raises(StorageError, match=r"another import is at work here \(process \d+ on "),
        open_state(tmp_path),
    ):
        pass
    with open_state(tmp_path):
        pass

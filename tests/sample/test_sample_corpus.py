"""Holds the committed sample archive to what sample/README.md promises of it."""

import hashlib
import io
import json
import math
import re
import sys
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
soundfile = pytest.importorskip("soundfile")

SAMPLE = Path(__file__).parents[2] / "sample"
COLUMNS = (
    "client_id path sentence_id sentence sentence_domain up_votes down_votes "
    "age gender accents variant locale segment"
)
SPLITS = ("train", "dev", "test")
BUCKETS = ("validated", "invalidated", "other")
Row = dict[str, str]


@cache
def expected() -> dict[str, Any]:
    described: dict[str, Any] = json.loads((SAMPLE / "EXPECTED.json").read_text("utf-8"))
    return described


@cache
def members(archive: Path) -> dict[str, bytes]:
    """The files of an archive by their names below the locale's folder."""
    root = expected()["archive"].replace("-en.tar.gz", "/en/")
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None and member.name.startswith(root)
            found[member.name.removeprefix(root)] = stream.read()
    return found


def contents() -> dict[str, bytes]:
    return members(SAMPLE / expected()["archive"])


def rows(table: str) -> list[Row]:
    """A TSV read as it is written: no quoting, lines end in a line feed and in nothing else."""
    header, *lines = contents()[f"{table}.tsv"].decode().removesuffix("\n").split("\n")
    fields = header.split("\t")
    return [dict(zip(fields, line.split("\t"), strict=True)) for line in lines]


def words(sentence: str) -> str:
    plain = sentence.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(re.findall(r"[a-z0-9']+", plain))


@cache
def decoded(path: str) -> tuple[Any, int]:
    samples, rate = soundfile.read(io.BytesIO(contents()[f"clips/{path}"]), always_2d=True)
    return samples, rate


def unreadable() -> set[str]:
    return {p for kind in ("zero_bytes", "html", "missing") for p in expected()["clips"][kind]}


def whole_clips() -> list[str]:
    bad = unreadable() | set(expected()["clips"]["truncated"])
    return [row["path"] for bucket in BUCKETS for row in rows(bucket) if row["path"] not in bad]


def test_the_archive_is_the_one_described_and_small() -> None:
    data = (SAMPLE / expected()["archive"]).read_bytes()
    assert len(data) == expected()["bytes"] <= 6_000_000
    assert hashlib.sha256(data).hexdigest() == expected()["sha256"]


def test_the_layout_is_that_of_a_current_release() -> None:
    names = {name for name in contents() if not name.startswith("clips/")}
    tables = {*SPLITS, *BUCKETS, "reported", "clip_durations"}
    tables |= {"validated_sentences", "unvalidated_sentences"}
    assert names == {"README.md", *(f"{table}.tsv" for table in tables)}
    for table in (*SPLITS, *BUCKETS):
        assert contents()[f"{table}.tsv"].split(b"\n")[0].decode() == "\t".join(COLUMNS.split())
        for row in rows(table):
            assert re.fullmatch(r"[0-9a-f]{128}", row["client_id"])
            assert re.fullmatch(r"common_voice_en_\d+\.mp3", row["path"])
            assert re.fullmatch(r"[0-9a-f]{64}", row["sentence_id"])
            assert row["locale"] == "en"


def test_the_tables_have_the_expected_rows() -> None:
    counts = {table: len(rows(table)) for table in (*SPLITS, *BUCKETS)}
    assert counts == expected()["rows"]
    assert 450 <= sum(expected()["usable_rows"][split] for split in SPLITS) <= 550
    rejected = {p for kind in expected()["rejected_kinds"] for p in expected()["clips"][kind]}
    for table in counts:
        usable = [row for row in rows(table) if row["path"] not in rejected]
        assert len(usable) == expected()["usable_rows"][table]
        assert len({row["client_id"] for row in rows(table)}) == expected()["speakers"][table]


def test_hours_are_those_of_clip_durations() -> None:
    lengths = {row["clip"]: int(row["duration[ms]"]) for row in rows("clip_durations")}
    rejected = {p for kind in expected()["rejected_kinds"] for p in expected()["clips"][kind]}
    for table, hours in expected()["hours"].items():
        total = sum(lengths[r["path"]] for r in rows(table) if r["path"] not in rejected)
        assert total / 3_600_000 == pytest.approx(hours, abs=1e-5)


def test_every_clip_is_in_one_bucket_and_splits_are_validated() -> None:
    paths = [row["path"] for bucket in BUCKETS for row in rows(bucket)]
    assert len(paths) == len(set(paths)) == len(rows("clip_durations"))
    in_splits = [tuple(row.values()) for split in SPLITS for row in rows(split)]
    assert len(in_splits) == len(set(in_splits))
    assert set(in_splits) < {tuple(row.values()) for row in rows("validated")}


@pytest.mark.parametrize("pair", [("train", "dev"), ("train", "test"), ("dev", "test")])
def test_splits_share_no_speaker_and_no_sentence(pair: tuple[str, str]) -> None:
    for of in (lambda row: row["client_id"], lambda row: words(row["sentence"])):
        one, other = ({of(row) for row in rows(split)} for split in pair)
        assert not one & other


def _valid(up: int, down: int) -> bool:
    return up + down > 1 and up > down


def _invalid(up: int, down: int) -> bool:
    return (up + down > 1 and up < down) or (up == down and up + down > 2)


def _undecided(up: int, down: int) -> bool:
    return up + down <= 1 or (up, down) == (1, 1)


@pytest.mark.parametrize(
    ("bucket", "rule", "kinds"),
    [
        ("validated", _valid, {(2, 0), (2, 1), (3, 0), (3, 1), (3, 2), (4, 1)}),
        ("invalidated", _invalid, {(0, 2), (1, 2), (2, 2), (0, 3), (3, 3), (1, 3)}),
        ("other", _undecided, {(0, 0), (1, 0), (0, 1), (1, 1)}),
    ],
)
def test_votes_of_every_kind_agree_with_their_table(
    bucket: str, rule: Callable[[int, int], bool], kinds: set[tuple[int, int]]
) -> None:
    votes = {(int(row["up_votes"]), int(row["down_votes"])) for row in rows(bucket)}
    assert all(rule(up, down) for up, down in votes)
    assert votes == kinds


def test_the_language_is_small_and_train_has_each_word_often() -> None:
    read = [words(row["sentence"]) for b in BUCKETS for row in rows(b)]
    vocabulary = {word for text in read for word in text.split() if not word.isdigit()}
    assert len(vocabulary) == expected()["words"]
    assert 35 <= len(vocabulary) <= 50
    in_train = " ".join(words(row["sentence"]) for row in rows("train")).split()
    assert min(in_train.count(word) for word in vocabulary) >= 12


def test_sentences_hold_the_known_traps() -> None:
    sentences = [row["sentence"] for bucket in BUCKETS for row in rows(bucket)]
    for trap in ("\u2028", "\N{RIGHT SINGLE QUOTATION MARK}", ",", "?"):
        assert any(trap in sentence for sentence in sentences)
    assert any(s.startswith('"') and s.count('"') == 1 for s in sentences)
    assert {bool(row["accents"]) for row in rows("train")} == {True, False}
    with_digits = {r["path"] for b in BUCKETS for r in rows(b) if re.search(r"\d", r["sentence"])}
    assert with_digits == set(expected()["clips"]["digits"])


def test_bad_clips_are_bad() -> None:
    clips, kinds = contents(), expected()["clips"]
    assert all(clips[f"clips/{path}"] == b"" for path in kinds["zero_bytes"])
    assert all(b"<html" in clips[f"clips/{path}"] for path in kinds["html"])
    assert all(f"clips/{path}" not in clips for path in kinds["missing"])
    lengths = {row["clip"]: int(row["duration[ms]"]) for row in rows("clip_durations")}
    for path in kinds["truncated"]:
        samples, rate = decoded(path)
        assert 1000 * len(samples) / rate < 0.6 * lengths[path]
    for path in kinds["stereo"]:
        samples, rate = decoded(path)
        assert (samples.shape[1], rate) == (2, 44100)
    assert all(path not in lengths for path in kinds["unlisted"])
    assert all(f"clips/{path}" in clips for path in kinds["unlisted"])


def test_the_clips_are_those_of_the_tables_and_the_unlisted() -> None:
    present = {name.removeprefix("clips/") for name in contents() if name.startswith("clips/")}
    listed = {row["path"] for bucket in BUCKETS for row in rows(bucket)}
    assert len(present) == expected()["clips_in_archive"]
    assert present - listed == set(expected()["clips"]["unlisted"])
    assert listed - present == set(expected()["clips"]["missing"])


def test_clips_decode_to_their_published_length_and_are_heard() -> None:
    lengths = {row["clip"]: int(row["duration[ms]"]) for row in rows("clip_durations")}
    for path in whole_clips():
        samples, rate = decoded(path)
        assert rate == (44100 if path in expected()["clips"]["stereo"] else 32000)
        assert abs(1000 * len(samples) / rate - lengths[path]) <= 50
        assert 0.1 < np.abs(samples).max() < 1.0
        assert 20 * math.log10(float(np.sqrt(np.mean(samples**2)))) > -45
        assert 0.5 < len(samples) / rate < 5


def test_the_text_for_the_language_model_is_not_the_test() -> None:
    held_out = {words(row["sentence"]) for split in ("dev", "test") for row in rows(split)}
    commands = (SAMPLE / "text" / "commands.txt").read_text("utf-8").splitlines()
    assert len(commands) >= 200
    assert not held_out & {words(line) for line in commands}
    story = (SAMPLE / "text" / "story.txt").read_text("utf-8")
    assert len(story.split()) > 700


@pytest.mark.slow
def test_the_script_makes_the_same_corpus_again(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    from tools.make_sample_corpus import make
    from tools.sample_corpus.expected import made_with

    make(tmp_path)
    archive = tmp_path / expected()["archive"]
    again = members(archive)
    assert again.keys() == contents().keys()
    commands = Path("text") / "commands.txt"
    assert (tmp_path / commands).read_bytes() == (SAMPLE / commands).read_bytes()
    if made_with() == expected()["made_with"] and sys.platform == "linux":
        assert archive.read_bytes() == (SAMPLE / archive.name).read_bytes()
        assert json.loads((tmp_path / "EXPECTED.json").read_text()) == expected()
    for name in again.keys() - {"clip_durations.tsv"}:
        if name.endswith(".tsv"):
            assert again[name] == contents()[name], name

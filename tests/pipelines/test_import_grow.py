"""Imports that grow: a delta put to a release, and WAVs taken over from an older import."""

import json
import random
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
Digests = Callable[[Path], dict[str, str]]
RowsOf = Callable[[Path], list[dict[str, str]]]
WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]

BASE, WHOLE = "cv-corpus-24.0-2025-12-05", "cv-corpus-25.0-2026-03-09"
DELTA = "cv-corpus-25.0-delta-2026-03-09"
Rows = list[dict[str, str]]


def read_tsv(path: Path) -> Rows:
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def write_durations(root: Path, lengths: Mapping[str, str]) -> None:
    lines = [f"{clip}\t{length}" for clip, length in lengths.items()]
    content = "\n".join(["clip\tduration[ms]", *lines]) + "\n"
    (root / "clip_durations.tsv").write_text(content)


@pytest.fixture(scope="module")
def archives(
    real_release: Path, write_clips: WriteTable, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with an old release, its delta, and both as one; clips 26 to 29 are in both.

    In the delta these have had more votes.
    """
    folder = tmp_path_factory.mktemp("archives")
    rows = read_tsv(real_release / "en" / "validated.tsv")
    lengths = read_tsv(real_release / "en" / "clip_durations.tsv")
    durations = {row["clip"]: row["duration[ms]"] for row in lengths}
    more = [{**row, "up_votes": "7"} for row in rows[26:30]]
    parts = {BASE: rows[:30], DELTA: [*more, *rows[30:]], WHOLE: [*rows[:26], *more, *rows[30:]]}
    for name, part in parts.items():
        root = folder / name / "en"
        write_clips(root / "validated.tsv", part)
        write_durations(root, {row["path"]: durations[row["path"]] for row in part})
        (root / "clips").mkdir()
        for row in part:
            shutil.copy(real_release / "en" / "clips" / row["path"], root / "clips")
        with tarfile.open(folder / f"{name}-en.tar", "w") as tar:
            tar.add(folder / name, name)
        shutil.rmtree(folder / name)
    return folder


@pytest.fixture(scope="module")
def base(archives: Path) -> Path:
    return archives / f"{BASE}-en.tar"


@pytest.fixture(scope="module")
def delta(archives: Path) -> Path:
    return archives / f"{DELTA}-en.tar"


@pytest.fixture(scope="module")
def whole(archives: Path) -> Path:
    return archives / f"{WHOLE}-en.tar"


@pytest.fixture(scope="module")
def grown(
    run_import: Run, base: Path, delta: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The old release, and then its delta."""
    target = tmp_path_factory.mktemp("grown")
    assert run_import(target, base).returncode == 0
    done = run_import(target, delta, "--add")
    assert done.returncode == 0, done.stderr
    assert "read 51 clips (0.09 h): imported 47 (0.08 h), rejected 4" in done.stdout
    return target


def inodes(target: Path) -> dict[str, int]:
    return {wav.stem: wav.stat().st_ino for wav in target.glob("clips/*/*.wav")}


def test_a_delta_is_put_to_a_release(
    grown: Path, base: Path, delta: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    report = json.loads((grown / "report.json").read_text())
    assert report["source"] == f"{base.name} + {delta.name}"
    rows = [row for path in grown.glob("cv-valid-*.csv") for row in rows_of(path)]
    assert sorted(row["up_votes"] for row in rows) == ["2"] * 43 + ["7"] * 4
    voted = {Path(row["wav_filename"]).stem for row in rows if row["up_votes"] == "7"}
    rejects = rows_of(grown / "rejects.csv")
    assert {row["key"] for row in rejects} == voted
    assert {(row["reason"], row["detail"]) for row in rejects} == {
        ("duplicate", f"is in {delta.name} too")
    }
    assert run_import(tmp_path, base).returncode == 0
    first = inodes(tmp_path)
    assert len(first) == 30
    assert run_import(tmp_path, delta, "--add").returncode == 0
    assert first.items() <= inodes(tmp_path).items()  # none was converted again


def test_whatever_is_named_all_sources_are_gone_on_with(
    grown: Path, base: Path, delta: Path, run_import: Run, digests: Digests
) -> None:
    before, wavs = digests(grown), inodes(grown)
    for arguments in ((), (base,), (delta,), (delta, "--add"), (base, "--add")):
        done = run_import(grown, *arguments)
        assert done.returncode == 0, done.stderr
        assert digests(grown) == before
        assert inodes(grown) == wavs


def test_an_archive_that_is_gone_is_missed_when_it_is_needed(
    base: Path, delta: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    target, old, new = tmp_path / "out", tmp_path / base.name, tmp_path / delta.name
    shutil.copy(base, old)
    shutil.copy(delta, new)
    assert run_import(target, old).returncode == 0
    assert run_import(target, new, "--add").returncode == 0
    before = digests(target)
    moved = tmp_path / "moved.tar"
    old.rename(moved)
    assert run_import(target).returncode == 0
    assert run_import(target, new).returncode == 0
    assert digests(target) == before
    rows = read_tsv_of(base)
    next(target.glob(f"clips/*/{Path(rows[0]['path']).stem}.wav")).unlink()
    done = run_import(target)
    assert done.returncode == 2
    assert f"{old}: is no longer there, and is needed. Put it back, or name" in done.stderr
    done = run_import(target, moved)
    assert done.returncode == 0, done.stderr
    after = digests(target)
    del before["report.json"], after["report.json"]  # the archive is called otherwise now
    assert after == before


def read_tsv_of(archive: Path) -> Rows:
    with tarfile.open(archive) as tar:
        (table,) = (one for one in tar if one.name.endswith("validated.tsv"))
        stream = tar.extractfile(table)
        assert stream is not None
        header, *lines = stream.read().decode().rstrip("\n").split("\n")
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.fixture
def silent(delta: Path, tmp_path: Path) -> tuple[Path, str]:
    """The delta without the audio of one clip that the old release has too, and its key."""
    path = tmp_path / "silent.tar"
    with tarfile.open(delta) as whole, tarfile.open(path, "w") as tar:
        (table,) = (one for one in whole if one.name.endswith("validated.tsv"))
        stream = whole.extractfile(table)
        assert stream is not None
        key = stream.read().decode().split("\n")[1].split("\t")[1].removesuffix(".mp3")
        for one in whole:
            if not one.name.endswith(f"{key}.mp3"):
                tar.addfile(one, whole.extractfile(one) if one.isreg() else None)
    return path, key


def test_audio_that_a_delta_lacks_is_the_older_release_s(
    base: Path, silent: tuple[Path, str], run_import: Run, tmp_path: Path
) -> None:
    """However much of the old release was converted before the delta was added."""
    delta, key = silent
    target = tmp_path / "out"
    assert run_import(target, base).returncode == 0
    (wav,) = target.glob(f"clips/*/{key}.wav")
    content = wav.read_bytes()
    wav.unlink()
    done = run_import(target, delta, "--add")
    assert "imported 47 (0.08 h), rejected 4" in done.stdout
    assert wav.read_bytes() == content
    # The other way round the clip has been rejected by then.
    assert "missing_audio           1" in run_import(tmp_path / "two", delta).stdout
    done = run_import(tmp_path / "two", base, "--add")
    assert "imported 47 (0.08 h), rejected 4" in done.stdout
    assert (tmp_path / "two" / wav.relative_to(target)).read_bytes() == content


def refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_what_cannot_be_added(
    base: Path, delta: Path, whole: Path, run_import: Run, tmp_path: Path
) -> None:
    refused(run_import(tmp_path, base, "--add"), "--add puts a release to an import, and none")
    assert run_import(tmp_path, base).returncode == 0
    refused(run_import(tmp_path, delta, "--add", "--fresh"), "--fresh begins a new one")
    refused(run_import(tmp_path, delta), f"{delta} is another release. Put it to that import")
    namesake = tmp_path / "corrected" / base.name
    namesake.parent.mkdir()
    shutil.copy(delta, namesake)
    refused(run_import(tmp_path, namesake), "another release (of the same name, but other content)")
    refused(run_import(tmp_path, "--add"), "no release to add lies here. Name it: import-cv")
    shutil.copy(delta, tmp_path)
    refused(run_import(tmp_path), f"{delta.name} is another release")
    shutil.copy(whole, tmp_path)
    refused(run_import(tmp_path, "--add"), "several releases here are not of its import")
    (tmp_path / whole.name).unlink()
    assert run_import(tmp_path, "--add").returncode == 0
    assert "imported 47" in run_import(tmp_path).stdout


@pytest.mark.slow
def test_kills_while_growing(
    grown: Path, base: Path, delta: Path, start_import: Start, run_import: Run, digests: Digests,
    tmp_path: Path,
) -> None:  # fmt: skip
    dice = random.Random(3)
    kills = 0
    for number in range(4):
        target = tmp_path / str(number)
        for arguments in ((base,), (delta, "--add")):
            for _ in range(2):
                with start_import(target, *arguments) as process:
                    time.sleep(dice.uniform(0.2, 2.0))
                    process.kill()
                kills += process.returncode == -9
            if (target / "report.json").exists() or arguments == (base,):
                assert run_import(target, *arguments).returncode == 0
        assert run_import(target, delta, "--add").returncode == 0
        assert digests(target) == digests(grown)
    assert kills >= 6


def test_wavs_of_an_older_release_are_taken_over(
    base: Path, whole: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    old, new, anew = tmp_path / "24", tmp_path / "25", tmp_path / "anew"
    assert run_import(old, base).returncode == 0
    lost, cut, *_ = sorted(old.glob("clips/*/*.wav"))
    content = cut.read_bytes()
    lost.unlink()
    cut.write_bytes(content[:100])
    done = run_import(new, whole, "--reuse", old)
    assert done.returncode == 0, done.stderr
    assert "reused: 28 clips of other imports were taken over" in done.stdout
    shared = inodes(old).items() & inodes(new).items()
    assert len(shared) == 28
    assert not {lost.stem, cut.stem} & dict(shared).keys()
    assert run_import(anew, whole).returncode == 0
    as_reused, as_converted = digests(new), digests(anew)
    assert as_reused.pop("report.json") != as_converted.pop("report.json")  # it says so
    assert as_reused == as_converted
    before = digests(new)
    assert run_import(new, whole).returncode == 0
    assert digests(new) == before
    shutil.rmtree(old)
    assert run_import(new, whole).returncode == 0
    assert digests(new) == before
    assert not list((new / ".import").glob("plan-reuse.tsv"))


def test_a_run_that_ended_within_a_line_of_its_list_can_be_begun_anew(
    base: Path, whole: Path, delta: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    """As a full disk leaves it: of the first clip a part of its line, of the second nothing."""
    old, target = tmp_path / "old", tmp_path / "new"
    assert run_import(old, base).returncode == 0
    assert run_import(target, delta).returncode == 0
    before = digests(target)
    listed = target / ".import" / "plan-reuse.tsv"
    listed.write_text("clips/common_voice_en_1")
    blocked = target / "clips.old"
    (target / "clips").rename(blocked)
    (target / "clips").write_text("no folder")  # the first clip that is taken over fails
    assert run_import(target, whole, "--add", "--reuse", old).returncode == 1
    assert len(listed.read_text().splitlines()) == 2
    (target / "clips").unlink()
    blocked.rename(target / "clips")
    done = run_import(target, delta, "--fresh")
    assert done.returncode == 0, done.stderr
    assert digests(target) == before
    assert not listed.exists()


def test_taken_over_across_file_systems_as_copies(
    base: Path, whole: Path, run_import: Run, digests: Digests, small_disk: Path, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    assert run_import(tmp_path / "old", base).returncode == 0
    assert run_import(small_disk, whole, "--reuse", tmp_path / "old").returncode == 0
    assert run_import(tmp_path / "new", whole, "--reuse", tmp_path / "old").returncode == 0
    assert digests(small_disk) == digests(tmp_path / "new")
    assert list((small_disk / ".import" / "temporary").iterdir()) == []


def test_other_audio_of_the_same_name_is_converted(
    base: Path, whole: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    """Told by the length that the release publishes."""
    assert run_import(tmp_path / "old", base).returncode == 0
    other = tmp_path / "other"
    with tarfile.open(whole) as tar:
        tar.extractall(other, filter="data")
    clips = other / WHOLE / "en" / "clips"
    first, *_, last = (row["path"] for row in read_tsv_of(whole))
    shutil.copy(clips / last, clips / first)
    table = other / WHOLE / "en" / "clip_durations.tsv"
    lengths = {row["clip"]: row["duration[ms]"] for row in read_tsv(table)}
    assert abs(int(lengths[first]) - int(lengths[last])) > 1000
    lengths[first] = lengths[last]
    write_durations(table.parent, lengths)
    done = run_import(tmp_path / "new", other, "--reuse", tmp_path / "old")
    assert "reused: 29 clips" in done.stdout, done.stderr
    assert run_import(tmp_path / "anew", other).returncode == 0
    after, anew = digests(tmp_path / "new"), digests(tmp_path / "anew")
    del after["report.json"], anew["report.json"]
    assert after == anew


def test_what_cannot_be_reused(base: Path, run_import: Run, tmp_path: Path) -> None:
    target = tmp_path / "out"
    refused(run_import(target, base, "--reuse", tmp_path), "no import stands there")
    assert run_import(target, base).returncode == 0
    refused(run_import(target, base, "--reuse", target), "is TARGET itself")
    parameters = target / ".import" / "parameters.json"
    content = json.loads(parameters.read_text())
    content["conversion"]["format"] = "other"
    parameters.write_text(json.dumps(content))
    refused(
        run_import(tmp_path / "new", base, "--reuse", target),
        "was made by other parameters: format was other, now not set",
    )


@pytest.mark.slow
def test_kills_while_reusing_and_a_fresh_start(
    base: Path, whole: Path, delta: Path, start_import: Start, run_import: Run, digests: Digests,
    tmp_path: Path,
) -> None:  # fmt: skip
    old, once = tmp_path / "old", tmp_path / "once"
    assert run_import(old, base).returncode == 0
    assert run_import(once, whole, "--reuse", old).returncode == 0
    alone = tmp_path / "alone"
    assert run_import(alone, delta).returncode == 0
    for number in range(4):
        target = tmp_path / str(number)
        with start_import(target, whole, "--reuse", old) as process:
            while process.poll() is None and not list(target.glob("clips/*")):
                time.sleep(0.0005)
            time.sleep(number * 0.002)
            process.kill()
        if number % 2:
            assert run_import(target, whole, "--reuse", old).returncode == 0
            assert digests(target) == digests(once)
        else:
            assert run_import(target, delta, "--fresh").returncode == 0
            assert digests(target) == digests(alone)


def test_flacs_and_encoded_clips_are_taken_over_too(
    base: Path, whole: Path, run_import: Run, tmp_path: Path
) -> None:
    options = ("--audio-format", "flac", "--keep-clips")
    old, new, anew = tmp_path / "old", tmp_path / "new", tmp_path / "anew"
    assert run_import(old, base, *options[:2]).returncode == 0
    done = run_import(new, whole, *options, "--reuse", old)  # which has kept no encoded clips
    assert done.returncode == 0, done.stderr
    said = f"reused: none, for {old} has none of these clips as a whole with their encoded clips"
    assert said in done.stdout
    assert run_import(old, base, *options).returncode == 0
    done = run_import(new, whole, *options, "--reuse", old, "--fresh")
    assert "reused: 30 clips" in done.stdout, done.stderr
    assert run_import(anew, whole, *options).returncode == 0
    names = ("cv-*.csv", "clips/*/*", "encoded/*/*")
    for pattern in names:
        ours = {str(p.relative_to(new)): p.read_bytes() for p in new.glob(pattern)}
        assert ours == {str(p.relative_to(anew)): p.read_bytes() for p in anew.glob(pattern)}
    shared = {p.stat().st_ino for p in old.glob("*/*/*")} & {
        p.stat().st_ino for p in new.glob("*/*/*")
    }
    assert len(shared) == 60

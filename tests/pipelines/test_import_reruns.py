"""Imports that are run again: with other options, another source, or what was missing."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]
Digests = Callable[[Path], dict[str, str]]
RowsOf = Callable[[Path], list[dict[str, str]]]

REAL = "cv-corpus-21.0-delta-2025-03-14"


def test_changed_labels_rewrite_the_manifests_and_convert_nothing(
    checkout: Path, run_import: Run, tmp_path: Path
) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    assert run_import(tmp_path, archive).returncode == 0
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("clips/*/*.wav")}
    done = run_import(tmp_path, archive, "--votes", "v1", "--split", "speaker")
    assert done.returncode == 0
    assert "changed: split was not set, now speaker" in done.stdout
    assert "changed: votes was not set, now v1" in done.stdout
    assert "votes: counted anew by v1, which moved" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_another_source_in_the_same_target_is_refused(
    real_release: Path, real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_release).returncode == 0
    before = digests(tmp_path)
    done = run_import(tmp_path, real_archive)
    assert done.returncode == 2
    assert (
        f"an import of {REAL}/en stands here, and {real_archive} is another release" in done.stderr
    )
    for way in ("--add", "choose another target", "--fresh"):
        assert way in done.stderr
    assert digests(tmp_path) == before


def test_fresh_begins_anew_and_leaves_other_files_alone(
    real_release: Path, real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_release).returncode == 0
    before = digests(tmp_path)
    (tmp_path / "clips" / "mine.mp3").write_bytes(b"mine")
    done = run_import(tmp_path, real_archive, "--fresh")
    assert done.returncode == 0, done.stderr
    after = digests(tmp_path)
    del before["report.json"], after["report.json"]
    assert before == after
    assert (tmp_path / "clips" / "mine.mp3").read_bytes() == b"mine"


def test_other_limits_convert_nothing_again(
    real_release: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path / "at-once", real_release, "--max-seconds", "7").returncode == 0
    assert run_import(tmp_path / "later", real_release).returncode == 0
    written = {wav: wav.stat().st_mtime_ns for wav in (tmp_path / "later").glob("clips/*/*.wav")}
    assert len(written) == 47
    assert run_import(tmp_path / "later", real_release, "--max-seconds", "7").returncode == 0
    assert {wav: wav.stat().st_mtime_ns for wav in written} == written
    at_once, later = digests(tmp_path / "at-once"), digests(tmp_path / "later")
    del at_once["report.json"], later["report.json"]  # the second tells what was changed
    assert at_once == later


def test_a_lost_or_cut_wav_is_made_again(
    real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_archive).returncode == 0
    before = digests(tmp_path)
    first, second, *_ = sorted(tmp_path.glob("clips/*/*.wav"))
    first.unlink()
    second.write_bytes(second.read_bytes()[:100])
    assert run_import(tmp_path, real_archive).returncode == 0
    assert digests(tmp_path) == before


def test_a_clip_that_comes_later_is_imported_by_a_rerun(
    real_release: Path, run_import: Run, tmp_path: Path, rows_of: RowsOf
) -> None:
    root = tmp_path / "release"
    shutil.copytree(real_release / "en", root)
    clip = next((root / "clips").iterdir())
    content = clip.read_bytes()
    clip.unlink()
    assert "imported 46" in run_import(tmp_path / "out", root).stdout
    (reject,) = rows_of(tmp_path / "out" / "rejects.csv")
    assert (reject["reason"], reject["detail"]) == ("missing_audio", f"clips/{clip.name}")
    clip.write_bytes(content)
    assert "imported 47 (0.08 h), rejected 0" in run_import(tmp_path / "out", root).stdout


def test_rejects_are_tried_again_when_asked(
    checkout: Path, real_archive: Path, run_import: Run, digests: Digests,
    hostile_decoder: Path, import_command: list[str], tmp_path: Path,
) -> None:  # fmt: skip
    """A decoder that crashes over some MP3s, and then a better one."""
    archive = tmp_path / "cv.tar"
    with tarfile.open(real_archive) as source, tarfile.open(archive, "w") as tar:
        for info in source:
            stream = source.extractfile(info)
            content = stream.read() if stream else b""
            if info.name.endswith(("1.mp3", "2.mp3")):
                content += b"ABORT-HERE"
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    target = tmp_path / "out"
    worse = {**os.environ, "PYTHONPATH": f"{hostile_decoder}:{checkout}"}
    subprocess.run([*import_command, "cv", target, archive], env=worse, check=True)
    assert "decoder_crashed" in (target / "rejects.csv").read_text()
    first = digests(target)
    assert run_import(target, archive).returncode == 0
    assert digests(target) == first
    shards = list((target / ".import" / "shards").iterdir())
    assert run_import(target, archive, "--retry-rejects").returncode == 0
    assert "decoder_crashed" not in (target / "rejects.csv").read_text()
    assert len(list((target / ".import" / "shards").iterdir())) == len(shards) + 1
    assert run_import(tmp_path / "once", archive).returncode == 0
    assert digests(target) == digests(tmp_path / "once")


def test_where_no_clip_is_left_no_alphabet_stays(
    real_release: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    later, once = tmp_path / "later", tmp_path / "once"
    assert run_import(later, real_release).returncode == 0
    assert (later / "alphabet.txt").exists()
    for target in (later, once):
        assert run_import(target, real_release, "--min-seconds", "19").returncode == 1
    after, at_once = digests(later), digests(once)
    del after["report.json"], at_once["report.json"]  # the first tells what was changed
    assert after == at_once
    assert not (later / "alphabet.txt").exists()

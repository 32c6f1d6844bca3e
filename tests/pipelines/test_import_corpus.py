"""Whole imports: real clips, the sample corpus, reruns, and what changed options do."""

import json
import shutil
import subprocess
import tarfile
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Digests = Callable[[Path], dict[str, str]]
RowsOf = Callable[[Path], list[dict[str, str]]]

SPLITS = ("train", "dev", "test", "rest")
SETS = [f"cv-{group}-{split}" for group in ("valid", "other") for split in SPLITS] + ["cv-invalid"]


@pytest.fixture(scope="module")
def imported(run_import: Run, real_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real release, imported from its folder."""
    target = tmp_path_factory.mktemp("imported")
    done = run_import(target, real_release)
    assert done.returncode == 0, done.stderr
    assert "read 47 clips (0.08 h): imported 47 (0.08 h), rejected 0; speakers: 47" in done.stdout
    assert done.stderr == ""  # quiet when piped
    return target


def test_real_clips_are_all_imported(imported: Path, real_release: Path, rows_of: RowsOf) -> None:
    sentences = {row["path"]: row["sentence"] for row in _tsv(real_release / "en/validated.tsv")}
    durations = {
        row["clip"]: int(row["duration[ms]"]) / 1000
        for row in _tsv(real_release / "en/clip_durations.tsv")
    }
    rows = [row for name in SETS for row in rows_of(imported / f"{name}.csv")]
    assert len(rows) == 47
    for row in rows:
        wav = imported / row["wav_filename"]
        clip = f"{wav.stem}.mp3"
        assert row["sentence"] == sentences[clip]
        assert float(row["duration"]) == pytest.approx(durations[clip], abs=0.05)
        with wave.open(str(wav)) as reader:
            assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (
                16000,
                1,
                2,
            )
            assert f"{reader.getnframes() / 16000:.4f}" == row["duration"]
        assert wav.stat().st_size == int(row["wav_filesize"])


def test_real_clips_by_published_split(imported: Path, rows_of: RowsOf) -> None:
    counts = {name: len(rows_of(imported / f"{name}.csv")) for name in SETS}
    assert {name: count for name, count in counts.items() if count} == {
        "cv-valid-train": 29,
        "cv-valid-dev": 9,
        "cv-valid-test": 9,
    }
    assert rows_of(imported / "rejects.csv") == []


def test_an_archive_gives_the_same_bytes_and_keeps_no_mp3(
    imported: Path, real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    done = run_import(tmp_path, real_archive)
    assert done.returncode == 0, done.stderr
    from_archive = digests(tmp_path)
    from_folder = digests(imported)
    del from_archive["report.json"], from_folder["report.json"]  # names its source
    assert from_archive == from_folder
    assert list(tmp_path.rglob("*.mp3")) == []


def test_the_one_archive_in_the_target_is_used_and_a_rerun_converts_nothing(
    real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    (tmp_path / real_archive.name).symlink_to(real_archive)
    assert run_import(tmp_path).returncode == 0
    first = digests(tmp_path)
    shards = sorted((tmp_path / ".import" / "shards").iterdir())
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("clips/*/*.wav")}
    assert run_import(tmp_path).returncode == 0
    assert digests(tmp_path) == first
    assert sorted((tmp_path / ".import" / "shards").iterdir()) == shards
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_the_sample_corpus_comes_out_as_expected(
    checkout: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    sample = checkout / "sample"
    expected = json.loads((sample / "EXPECTED.json").read_text())
    done = run_import(tmp_path, sample / expected["archive"], "--split", "official")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    rows = sum(expected["rows"][name] for name in ("validated", "invalidated", "other"))
    usable = expected["usable_rows"]
    assert report["read"] == rows == report["imported"] + report["rejected"]
    assert {name: report["sets"][name]["clips"] for name in SETS} == {
        "cv-valid-train": usable["train"],
        "cv-valid-dev": usable["dev"],
        "cv-valid-test": usable["test"],
        "cv-valid-rest": usable["validated"] - sum(usable[s] for s in ("train", "dev", "test")),
        "cv-other-train": 0,
        "cv-other-dev": 0,
        "cv-other-test": 0,
        "cv-other-rest": usable["other"],
        "cv-invalid": usable["invalidated"],
    }
    kinds = {
        "zero_bytes": "empty_file",
        "html": "not_audio",
        "truncated": "truncated",
        "missing": "missing_audio",
        "digits": "digits",
    }
    rejects = {(row["key"], row["reason"]) for row in rows_of(tmp_path / "rejects.csv")}
    assert rejects == {
        (name.removesuffix(".mp3"), reason)
        for kind, reason in kinds.items()
        for name in expected["clips"][kind]
    }


def test_by_default_train_grows_and_dev_and_test_stay(
    checkout: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    usable = json.loads((checkout / "sample" / "EXPECTED.json").read_text())["usable_rows"]
    done = run_import(tmp_path, archive)
    assert done.returncode == 0, done.stderr
    # Of 20 validated clips in no split, 8 say what is said in dev or test.
    assert "split: 8 validated clips share a speaker or sentence with dev or test" in done.stdout
    counts = {name: len(rows_of(tmp_path / f"{name}.csv")) for name in SETS}
    assert {name: count for name, count in counts.items() if count} == {
        "cv-valid-train": usable["train"] + 12,
        "cv-valid-dev": usable["dev"],
        "cv-valid-test": usable["test"],
        "cv-valid-rest": 8,
        "cv-other-train": usable["other"],
        "cv-invalid": usable["invalidated"],
    }
    held_out = [
        row for split in ("dev", "test") for row in rows_of(tmp_path / f"cv-valid-{split}.csv")
    ]
    train = [
        row for group in ("valid", "other") for row in rows_of(tmp_path / f"cv-{group}-train.csv")
    ]
    for column in ("speaker", "transcript"):
        assert not {row[column] for row in train} & {row[column] for row in held_out}
    rest = rows_of(tmp_path / "cv-valid-rest.csv")
    assert {row["transcript"] for row in rest} <= {row["transcript"] for row in held_out}


def test_corpora_creator_takes_each_sentence_once(
    checkout: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    assert run_import(tmp_path, archive, "--split", "corpora-creator").returncode == 0
    found = {
        split: rows_of(tmp_path / f"cv-valid-{split}.csv") for split in ("train", "dev", "test")
    }
    rows = [row for split in found.values() for row in split]
    assert all(found.values())
    assert len({row["sentence"] for row in rows}) == len(rows)
    by_speaker = {(row["speaker"], split) for split, of in found.items() for row in of}
    assert len({speaker for speaker, _ in by_speaker}) == len(by_speaker)
    done = run_import(tmp_path, archive, "--duplicate-sentences", "2")
    assert done.returncode == 2
    assert "--duplicate-sentences is for --split corpora-creator alone" in done.stderr


def test_split_by_speaker_parts_speakers_and_sentences(
    checkout: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    archive = next((checkout / "sample").glob("*.tar.gz"))
    assert run_import(tmp_path, archive, "--split", "speaker").returncode == 0
    for column in ("speaker", "transcript"):
        found = [
            {
                row[column]
                for group in ("valid", "other")
                for row in rows_of(tmp_path / f"cv-{group}-{split}.csv")
            }
            for split in ("train", "dev", "test")
        ]
        assert all(found)
        assert not found[0] & found[1] | found[0] & found[2] | found[1] & found[2]
    assert rows_of(tmp_path / "cv-other-train.csv")


def test_absolute_paths(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_release, "--absolute-paths").returncode == 0
    for row in rows_of(tmp_path / "cv-valid-train.csv"):
        assert row["wav_filename"].startswith(f"{tmp_path}/clips/")
        assert Path(row["wav_filename"]).is_file()


def test_length_limits(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    done = run_import(tmp_path, real_release, "--min-seconds", "4", "--max-seconds", "10")
    assert done.returncode == 0
    reasons = [row["reason"] for row in rows_of(tmp_path / "rejects.csv")]
    kept = [float(row["duration"]) for name in SETS for row in rows_of(tmp_path / f"{name}.csv")]
    assert set(reasons) == {"too_short", "too_long"}
    assert len(reasons) + len(kept) == 47
    assert min(kept) >= 4
    assert max(kept) <= 10


def test_text_that_cannot_be_spoken_in_the_time_is_left_out(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    root = tmp_path / "release" / "en"
    shutil.copytree(real_release / "en", root)
    table = root / "validated.tsv"
    sentences = [row["sentence"] for row in _tsv(table)]
    text = table.read_text(encoding="utf-8")
    text = text.replace(f"\t{sentences[3]}\t", f"\t{sentences[3] * 12}\t")
    table.write_text(text.replace(f"\t{sentences[5]}\t", f"\t{sentences[5] * 4}\t"), newline="\n")
    done = run_import(tmp_path / "out", root, "--alphabet", "bytes")
    assert done.returncode == 0, done.stderr
    rejects = {row["reason"]: row["detail"] for row in rows_of(tmp_path / "out" / "rejects.csv")}
    assert set(rejects) == {"text_too_long", "speech_rate"}
    assert " frames, " in rejects["text_too_long"]
    assert "characters a second, the median is 1" in rejects["speech_rate"]
    kept = run_import(tmp_path / "out", root, "--ctc-step-ms", "0", "--rate-factor", "0")
    assert "imported 47" in kept.stdout


def test_transcripts_that_the_alphabet_cannot_write_are_left_out(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    alphabet = tmp_path / "mine.txt"
    alphabet.write_text(" \n" + "\n".join("abcdefghiklmnopqrstuvwxyz'") + "\n")  # no j
    target = tmp_path / "out"
    assert run_import(target, real_release, "--alphabet", str(alphabet)).returncode == 0
    rejects = rows_of(target / "rejects.csv")
    assert {row["reason"] for row in rejects} == {"not_in_alphabet"}
    assert all("j" in row["detail"] for row in rejects)
    assert len(rejects) == sum(
        "j" in row["sentence"].lower() for row in _tsv(real_release / "en" / "validated.tsv")
    )
    assert (target / "alphabet.txt").read_text() == alphabet.read_text()


def test_an_alphabet_that_is_none_is_one_clear_line(
    real_release: Path, run_import: Run, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("a\na\n")
    done = run_import(tmp_path / "out", real_release, "--alphabet", str(tmp_path / "mine.txt"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "mine.txt" in done.stderr


def _tsv(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def test_odd_names_do_not_stop_an_import(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    """U+2028 and U+0085 in names, from an archive and from a folder; a tab in a CSV of 2017."""
    root = tmp_path / "cv_corpus_v1"
    folder = root / "cv-valid-train"
    folder.mkdir(parents=True)
    content = next((real_release / "en" / "clips").iterdir()).read_bytes()
    names = ["a\u2028b.mp3", "c\u0085d.mp3", "e f.mp3"]
    for name in names:
        (folder / name).write_bytes(content)
    table = "filename,text,up_votes,down_votes\n" + "".join(
        f'"cv-valid-train/{name}",hello,2,0\n' for name in [*names, "bad\tname.mp3"]
    )
    (root / "cv-valid-train.csv").write_text(table, encoding="utf-8")
    with tarfile.open(tmp_path / "cv_corpus_v1.tar.gz", "w:gz") as tar:
        tar.add(root, "cv_corpus_v1")
    found = []
    for target, source in (("a", root), ("b", tmp_path / "cv_corpus_v1.tar.gz")):
        done = run_import(tmp_path / target, source)
        assert done.returncode == 0, done.stderr
        rows = rows_of(tmp_path / target / "cv-valid-train.csv")
        rejects = rows_of(tmp_path / target / "rejects.csv")
        found.append((rows, rejects))
    assert found[0] == found[1]
    assert len(found[0][0]) == 3
    assert [reject["reason"] for reject in found[0][1]] == ["bad_name"]


def test_a_language_is_chosen_among_several(
    real_release: Path, run_import: Run, tmp_path: Path
) -> None:
    for locale in ("en", "cy"):
        shutil.copytree(real_release / "en", tmp_path / "cv" / locale)
    with tarfile.open(tmp_path / "cv.tar", "w") as tar:
        tar.add(tmp_path / "cv", "cv")
    for target, source in (("a", "cv"), ("b", "cv.tar")):
        done = run_import(tmp_path / target, tmp_path / source)
        assert done.returncode == 2
        assert "--locale" in done.stderr
        done = run_import(tmp_path / target, tmp_path / source, "--locale", "cy")
        assert done.returncode == 0, done.stderr


def test_another_runner_with_processes_of_its_own(
    real_release: Path, run_import: Run, digests: Digests, imported: Path, tmp_path: Path
) -> None:
    done = run_import(
        tmp_path, real_release, "--runner", "FnApiRunner",
        "--direct_running_mode", "multi_processing", "--direct_num_workers", "2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path) == digests(imported)


def test_clips_that_are_links_or_stand_twice_in_an_archive(
    real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    """As unpacking would have it: links lead to their files, the last of a name counts."""
    clips = sorted((real_release / "en" / "clips").iterdir())
    archive, root = tmp_path / "cv.tar.gz", "cv-corpus-9.0-2022-04-27/en"
    table = "path\tsentence\n" + "".join(f"{name}.mp3\thello\n" for name in "abcdef")
    (tmp_path / "validated.tsv").write_text(table)
    with tarfile.open(archive, "w:gz") as tar:
        for name, source in (("a", clips[0]), ("b", clips[1]), ("a", clips[2])):
            tar.add(source, f"{root}/clips/{name}.mp3")
        links = (
            ("c", "b.mp3", tarfile.SYMTYPE),
            ("d", f"{root}/clips/c.mp3", tarfile.LNKTYPE),
            ("e", "../clips/a.mp3", tarfile.SYMTYPE),
            ("f", "/etc/passwd", tarfile.SYMTYPE),
        )
        for name, target, kind in links:
            info = tarfile.TarInfo(f"{root}/clips/{name}.mp3")
            info.type, info.linkname = kind, target
            tar.addfile(info)
        tar.add(tmp_path / "validated.tsv", f"{root}/validated.tsv")
    assert run_import(tmp_path / "out", archive).returncode == 0
    assert run_import(tmp_path / "all", real_release).returncode == 0
    expected = {"a": clips[2], "b": clips[1], "c": clips[1], "d": clips[1], "e": clips[2]}
    made = {wav.stem: wav.read_bytes() for wav in (tmp_path / "out").glob("clips/*/*.wav")}
    assert made == {
        name: next((tmp_path / "all").glob(f"clips/*/{clip.stem}.wav")).read_bytes()
        for name, clip in expected.items()
    }
    assert rows_of(tmp_path / "out" / "rejects.csv") == [
        {"key": "f", "reason": "missing_audio", "detail": "clips/f.mp3"}
    ]

"""import-folder from end to end: real recordings with texts beside them, in tables, in archives."""

import csv
import json
import os
import re
import shlex
import subprocess
import tarfile
import wave
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
RowsOf = Callable[[Path], list[dict[str, str]]]
Digests = Callable[[Path], dict[str, str]]

SETS = ("train", "dev", "test", "rest")


@pytest.fixture
def run(checkout: Path, import_command: list[str]) -> Run:
    """Runs ``import-corpus folder`` with the arguments given."""

    def import_folder(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*import_command, "folder", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )

    return import_folder


def link_all(folder: Path, into: Path, *patterns: str) -> Path:
    into.mkdir(parents=True, exist_ok=True)
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            (into / path.name).symlink_to(path)
    return into


def imported(target: Path, rows_of: RowsOf) -> dict[str, dict[str, str]]:
    """The rows of all sets by the names of their WAVs."""
    rows = [row for name in SETS for row in rows_of(target / f"folder-{name}.csv")]
    return {Path(row["wav_filename"]).stem: row for row in rows}


def rejected(target: Path, rows_of: RowsOf) -> dict[str, str]:
    return {row["key"]: row["reason"] for row in rows_of(target / "rejects.csv")}


def check_sum(target: Path, read: int) -> None:
    report = json.loads((target / "report.json").read_text())
    assert report["read"] == read == report["imported"] + report["rejected"]


def seconds_of(path: Path) -> float:
    with wave.open(str(path)) as reader:
        return float(reader.getnframes() / reader.getframerate())


def test_long_readings_with_texts_beside(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    names = ("*_??.mp3", "*_??.txt")
    source = link_all(test_data / "longform", tmp_path / "data" / "longform", *names)
    target = tmp_path / "out"
    done = run(target, source, "--max-seconds", 100, "--locale", "de")
    assert done.returncode == 0, done.stderr
    assert "split: the corpus names no speakers, so sentences alone are kept apart" in done.stdout
    (row,) = imported(target, rows_of).values()
    assert row["wav_filename"].endswith("/simplicissimus_de.wav")
    assert row["transcript"].startswith("hans jakob christoffel von grimmelshausen der abenteuer")
    assert row["locale"] == "de"
    assert float(row["duration"]) == pytest.approx(68, abs=0.5)
    assert rejected(target, rows_of) == {"sonnet001_en": "digits"}
    check_sum(target, 2)
    # By the usual limit it is too long, and nothing has to be converted to say so.
    done = run(target)
    assert done.returncode == 1
    assert "no clip was imported: see rejects.csv for the reasons" in done.stderr
    assert rejected(target, rows_of) == {"sonnet001_en": "digits", "simplicissimus_de": "too_long"}


def test_folders_of_speakers_with_txt_and_lab(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    source = tmp_path / "data"
    link_all(test_data / "librivox_austen", source / "austen", "*.wav", "*.txt")
    link_all(test_data / "mfa", source / "mfa", "*")
    target = tmp_path / "out"
    done = run(target, source, "--locale", "en")
    assert done.returncode == 0, done.stderr
    rows = imported(target, rows_of)
    assert set(rows) == {
        *(f"austen-sense_and_sensibility_01_austen_64kb-0{n}" for n in (870, 880, 890, 920, 930)),
        *("mfa-acoustic_corpus", "mfa-61-70968-0000", "mfa-mls_es_13697_11991_000000"),
    }
    assert rows["mfa-61-70968-0000"]["transcript"] == (
        "he began a confused complaint against the wizard who had vanished behind the curtain on "
        "the left"
    )
    assert rejected(target, rows_of) == {}
    check_sum(target, 8)


def test_a_manifest_of_nemo_cuts_segments(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    source = link_all(test_data / "librivox_austen", tmp_path / "data", "*.wav")
    clips = sorted(source.glob("*.wav"))
    lines = [
        {"audio_filepath": str(clip), "duration": seconds_of(clip), "text": f"clip {letter}"}
        for clip, letter in zip(clips, "abcde", strict=True)
    ]
    first, length = clips[0].name, seconds_of(clips[0])
    lines += [
        {"audio_filepath": first, "offset": 1.5, "duration": 2.0, "text": "a part"},
        {"audio_filepath": first, "offset": length - 1, "duration": 1.4, "text": "rounded"},
        {"audio_filepath": first, "offset": length - 0.5, "duration": 2.0, "text": "beyond"},
        {"audio_filepath": clips[0].name, "duration": length, "text": "again"},
        {"audio_filepath": "lost.wav", "duration": 1.0, "text": "lost"},
    ]
    manifest = "".join(json.dumps(line) + "\n" for line in lines)
    (source / "train_manifest.json").write_text(manifest)
    target = tmp_path / "out"
    done = run(target, source)
    assert done.returncode == 0, done.stderr
    rows = rows_of(target / "folder-train.csv")
    assert {row["transcript"] for row in rows} == {
        *(f"clip {letter}" for letter in "abcde"),
        "a part",
        "rounded",  # up to half a second behind the end
    }
    part = next(row for row in rows if row["transcript"] == "a part")
    assert part["wav_filename"].endswith("-0870-000150-000350.wav")
    assert part["duration"] == "2.0000"
    assert sorted(rejected(target, rows_of).values()) == ["duplicate", "missing_audio", "truncated"]
    check_sum(target, 10)
    padded, again = (tmp_path / name for name in ("padded", "again"))
    pads = ("--pad-start", 0.3, "--pad-end", 0.3)
    assert run(padded, source, *pads).returncode == 0
    done = run(again, source, *pads, "--reuse", padded)
    assert "reused: 7 clips of other imports were taken over" in done.stdout


def test_csvs_of_deepspeech_keep_their_splits(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    digits = sorted((test_data / "fsdd" / "recordings").glob("*_theo_*.wav"))[:30]
    source = tmp_path / "data"
    (source / "clips").mkdir(parents=True)
    for digit in digits:
        (source / "clips" / digit.name).symlink_to(digit)
    for number, split in enumerate(("train", "dev", "test")):
        with (source / f"{split}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("wav_filename", "wav_filesize", "transcript"))
            for digit in digits[number::3]:
                size = digit.stat().st_size
                writer.writerow((source / "clips" / digit.name, size, f"it is {split}"))
    target = tmp_path / "out"
    done = run(target, source, "--rate-factor", 0)
    assert done.returncode == 0, done.stderr
    counts = Counter({name: len(rows_of(target / f"folder-{name}.csv")) for name in SETS})
    assert counts == {"train": 10, "dev": 10, "test": 10, "rest": 0}
    assert "split: the corpus's own" in done.stdout
    check_sum(target, 30)
    # A CSV that is mended is another release: what was said of the old one is not mixed with it.
    (source / "test.csv").write_text("wav_filename,wav_filesize,transcript\n")
    done = run(target, source)
    assert done.returncode == 2
    assert "is not as it was when it was imported" in done.stderr


def test_an_archive_gives_what_its_folder_gives(
    test_data: Path, run: Run, rows_of: RowsOf, digests: Digests, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    for name in ("librivox_austen", "mfa"):
        (data / name).mkdir(parents=True)
        for path in sorted((test_data / name).iterdir()):
            (data / name / path.name).write_bytes(path.read_bytes())
    (data / "mfa" / "also.flac").symlink_to("61-70968-0000.flac")
    (data / "mfa" / "also.txt").write_text("the same again")
    (data / "untold.wav").write_bytes((data / "mfa" / "acoustic_corpus.wav").read_bytes())
    (tmp_path / "target").mkdir()
    with tarfile.open(tmp_path / "target" / "data.tar.gz", "w:gz") as tar:
        for path in sorted(data.iterdir()):
            tar.add(path, path.name)
    for arguments in ((tmp_path / "target",), (tmp_path / "out", data)):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    check_sum(tmp_path / "out", 10)
    assert rejected(tmp_path / "out", rows_of) == {"untold": "no_transcript"}
    found = digests(tmp_path / "target")
    expected = digests(tmp_path / "out")
    del found["report.json"], expected["report.json"]  # names its source
    assert found == expected
    again = run(tmp_path / "target")  # in which WAVs lie now, as in a folder of recordings
    assert again.returncode == 0, again.stderr
    assert digests(tmp_path / "target").items() >= found.items()


def test_columns_that_are_told_and_folders_that_are_speakers(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    source = tmp_path / "data"
    for name in ("ann", "bob", "cem"):
        link_all(test_data / "speechbrain_asr", source / name, "*")
    (source / "ann" / "transcripts.tsv").unlink()
    target = tmp_path / "out"
    done = run(target, source)
    assert done.returncode == 1
    assert f"{source}/bob/transcripts.tsv:1: needs a column for the files" in done.stderr
    told = ("--file-column", "id", "--speaker-from-folder", "--locale", "en")
    done = run(target, source, *told)
    assert done.returncode == 0, done.stderr
    rows = imported(target, rows_of)
    assert {(key.partition("-")[0], row["speaker"]) for key, row in rows.items()} == {
        ("bob", "bob"),
        ("cem", "cem"),
    }
    assert rows["bob-spk1_snt2"]["transcript"] == "drop the tue when you add the figures"
    assert set(rejected(target, rows_of).values()) == {"no_transcript"}
    check_sum(target, 15)
    # A flag decides over the CSVs alone.
    wav = target / rows["bob-spk1_snt2"]["wav_filename"]
    before = wav.stat().st_mtime_ns
    assert run(target, source, *told, "--table", "cem/transcripts.tsv").returncode == 0
    assert len(imported(target, rows_of)) == 5
    assert wav.stat().st_mtime_ns == before
    check_sum(target, 15)


def test_a_folder_that_grows(test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path) -> None:
    source = link_all(test_data / "librivox_austen", tmp_path / "data", "*-08?0.wav", "*-08?0.txt")
    assert run(tmp_path / "one", source).returncode == 0
    assert len(imported(tmp_path / "one", rows_of)) == 3
    link_all(test_data / "librivox_austen", source, "*-09?0.wav", "*-09?0.txt")
    done = run(tmp_path / "one", source)
    assert done.returncode == 2
    assert "is not as it was when it was imported" in done.stderr
    done = run(tmp_path / "two", source, "--reuse", tmp_path / "one")
    assert done.returncode == 0, done.stderr
    assert "reused: 3 clips of other imports were taken over" in done.stdout
    assert len(imported(tmp_path / "two", rows_of)) == 5


def test_the_commands_of_the_guide(
    checkout: Path, test_data: Path, run: Run, tmp_path: Path
) -> None:
    source = tmp_path / "recordings"
    clips = sorted((test_data / "librivox_austen").glob("*.wav"))
    for speaker, clip in zip(("ann", "bob", "cem"), clips, strict=False):
        (source / speaker).mkdir(parents=True)
        (source / speaker / "0001.wav").symlink_to(clip)
        (source / speaker / "0001.txt").symlink_to(clip.with_suffix(".txt"))
    (source / "lists").mkdir()
    (source / "lists" / "all.txt").write_text("id,words\nann/0001,well good morning\n")
    guide = (checkout / "docs" / "own-data.md").read_text(encoding="utf-8")
    commands = re.findall("^    import-folder (.+)$", guide, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        words = command.replace("~", str(tmp_path)).replace("/data/", f"{tmp_path}/")
        done = run(*shlex.split(words))
        assert done.returncode == 0, (command, done.stderr)


def test_names_that_are_not_utf_8_are_rejects(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    source = link_all(test_data / "librivox_austen", tmp_path / "data", "*-0870.wav", "*-0870.txt")
    for suffix in (".wav", ".txt"):
        (path,) = source.glob(f"*{suffix}")
        (source / os.fsdecode(b"gr\xfc\xdfe" + suffix.encode())).symlink_to(path.resolve())
    done = run(tmp_path / "out", source)
    assert done.returncode == 0, done.stderr
    assert rejected(tmp_path / "out", rows_of) == {"gr\\xfc\\xdfe.wav": "bad_name"}
    check_sum(tmp_path / "out", 2)


def test_a_folder_put_together_by_links(
    test_data: Path, run: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    source = tmp_path / "data"
    source.mkdir()
    for speaker, number in (("ann", 870), ("bob", 880)):
        names = (f"*-0{number}.wav", f"*-0{number}.txt")
        link_all(test_data / "librivox_austen", tmp_path / "disks" / speaker, *names)
        (source / speaker).symlink_to(tmp_path / "disks" / speaker)
    (source / "lost.txt").symlink_to("nowhere")
    done = run(tmp_path / "out", source, "--speaker-from-folder")
    assert done.returncode == 0, done.stderr
    assert {row["speaker"] for row in imported(tmp_path / "out", rows_of).values()} == {
        "ann",
        "bob",
    }
    assert rejected(tmp_path / "out", rows_of) == {"lost": "missing_audio"}


def test_recordings_and_what_is_made_of_them_are_kept_apart(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "data"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a.wav").touch()
    for arguments in ((source,), (source, source), (source / "out", source)):
        done = run(*arguments)
        assert done.returncode == 2
        assert "the recordings are here. Import into a folder outside of theirs" in done.stderr
    assert sorted(path.name for path in source.rglob("*")) == ["a.wav", "sub"]


def test_a_folder_without_audio_is_told_what_to_put_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = run(tmp_path / "out", tmp_path / "data")
    assert done.returncode == 2
    assert "nor a folder with **/*.wav or **/*.mp3" in done.stderr
    assert "beside each its text under the same name (a.wav, a.txt)" in done.stderr

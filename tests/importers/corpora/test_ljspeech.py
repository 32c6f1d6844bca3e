"""LJ Speech: ten real clips, both folders, and rows that are none."""

import tarfile
from pathlib import Path

import numpy as np
import soundfile

from importers.corpora.ljspeech import read
from importers.corpus import Audio, ReadOptions, Utterance
from tests.importers.corpora.whole_imports import import_whole


def write_sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 2 * 22050), 22050)


def test_the_real_ones_are_imported(test_data: Path, tmp_path: Path) -> None:
    source = test_data / "LJSpeech"
    done = import_whole("ljspeech", tmp_path, source)
    assert done.report.read == 10
    assert done.rejects == []
    assert done.names == {"ljspeech-train": [f"LJ001-{number:04d}" for number in range(1, 11)]}
    assert done.transcripts["LJ001-0007"] == (
        "the earliest book printed with movable types the gutenberg or forty two line bible of "
        "about fourteen fifty five"
    )
    for row in done.sets["ljspeech-train"]:
        info = soundfile.info(source / "flac" / f"{Path(row['wav_filename']).stem}.flac")
        frames = (2 * info.frames * 16000 + info.samplerate) // (2 * info.samplerate)
        assert row["duration"] == f"{frames / 16000:.4f}"
        assert (row["speaker"], row["locale"]) == ("LJ", "en")


def test_the_published_layout_with_all_that_can_be_wrong(tmp_path: Path) -> None:
    root = tmp_path / "LJSpeech-1.1"
    for name in ("LJ001-0001", "LJ001-0002", "LJ001-0003", "LJ001-0004", "LJ001-0005"):
        write_sound(root / "wavs" / f"{name}.wav")
    (root / "wavs" / "LJ001-0005.wav").write_bytes(b"")
    (root / "README").write_text("The LJ Speech Dataset\n")
    lines = [
        b'LJ001-0001|In 1455, "they|In fourteen fifty-five, "they\r',
        b"LJ001-0002|Dr. No||",
        b"LJ001-0002|Dr. No|\r",
        b"LJ001-0003|in 1455",
        b"LJ001-0001|again|again",
        b"LJ001-0004||",
        b"LJ001-0005|no sound|no sound",
        b"LJ001-0006|no file|no file",
        b"../LJ001-0001|out|out",
        b"LJ001-0007|caf\xe9|caf\xe9",
        b"",
        b"LJ001-0008",
    ]
    (root / "metadata.csv").write_bytes(b"\n".join(lines) + b"\n")
    expected = [
        ("../LJ001-0001", "bad_name"),
        ("LJ001-0001", "duplicate"),
        ("LJ001-0003", "digits"),
        ("LJ001-0004", "empty_text"),
        ("LJ001-0005", "empty_file"),
        ("LJ001-0006", "missing_audio"),
        ("metadata.csv:10", "bad_row"),
        ("metadata.csv:12", "bad_row"),
        ("metadata.csv:2", "bad_row"),
    ]
    archive = tmp_path / "LJSpeech-1.1.tar.bz2"
    with tarfile.open(archive, "w:bz2") as tar:
        tar.add(root, root.name)
    for source in (root, archive):
        done = import_whole("ljspeech", tmp_path / f"out of {source.name}", source)
        assert done.report.read == 11
        assert done.transcripts == {
            "LJ001-0001": "in fourteen fifty five they",
            "LJ001-0002": "dr no",
        }
        assert done.rejects == expected


def test_wavs_before_flacs(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("a|b\n")
    (tmp_path / "flac").mkdir()
    utterance = Utterance("a", Audio("flac/a.flac"), "b", "LJ", "en")
    assert list(read(tmp_path, ReadOptions())) == [utterance]
    (tmp_path / "wavs").mkdir()
    utterance = Utterance("a", Audio("wavs/a.wav"), "b", "LJ", "en")
    assert list(read(tmp_path, ReadOptions())) == [utterance]

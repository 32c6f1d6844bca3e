"""LDC93S1: two files, one sentence."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpora.ldc93s1 import INFO, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.report import Reason, Reject
from tests.importers.corpora.whole_imports import import_whole

LINE = "0 46797 She had your dark suit in greasy wash water all year."


def release(folder: Path, text: str | bytes, samples: int = 46797) -> Path:
    folder.mkdir(exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    (folder / "LDC93S1.txt").write_bytes(content)
    noise = np.random.default_rng(1).normal(0, 0.1, samples)
    soundfile.write(folder / "LDC93S1.wav", noise, 16000, subtype="PCM_16")
    return folder


@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n\n"])
def test_the_numbers_are_samples_and_no_words(tmp_path: Path, end: str) -> None:
    assert list(read(release(tmp_path, LINE + end), ReadOptions())) == [
        Utterance(
            key="LDC93S1",
            audio=Audio("LDC93S1.wav"),
            text="She had your dark suit in greasy wash water all year.",
            locale="en",
            split="train",
            seconds=46797 / 16000,
        )
    ]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"She had your dark suit", "no first sample, last sample and text"),
        (b"0 46797.5 She had", "no first sample, last sample and text"),
        (b"46797 0 She had", "it ends at sample 0, begins at 46797"),
        (b"0 46797 She h\xe4d", "not UTF-8"),
    ],
)
def test_a_line_that_is_none(tmp_path: Path, content: bytes, detail: str) -> None:
    expected = Reject("LDC93S1.txt:2", Reason.BAD_ROW, detail)
    assert list(read(release(tmp_path, b"\n" + content), ReadOptions())) == [expected]


def test_it_is_all_there_is_to_train_on(tmp_path: Path) -> None:
    done = import_whole("ldc93s1", tmp_path / "out", release(tmp_path / "in", LINE))
    assert done.report.read == 1
    assert done.names == {"ldc93s1-train": ["LDC93S1"]}
    assert done.transcripts == {
        "LDC93S1": "she had your dark suit in greasy wash water all year"  # as DeepSpeech has it
    }
    assert done.sets["ldc93s1-train"][0]["duration"] == "2.9248"


@pytest.mark.parametrize(
    ("text", "samples", "rejects"),
    [
        (LINE, 30000, [("LDC93S1", "truncated")]),
        ("0 46797", 46797, [("LDC93S1", "empty_text")]),
        (f"{LINE}\n{LINE}", 30000, [("LDC93S1", "duplicate"), ("LDC93S1", "truncated")]),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, text: str, samples: int, rejects: list[tuple[str, str]]
) -> None:
    done = import_whole("ldc93s1", tmp_path / "out", release(tmp_path / "in", text, samples))
    assert (done.names, done.rejects) == ({}, rejects)


def test_without_its_sound(tmp_path: Path) -> None:
    folder = release(tmp_path / "in", LINE)
    (folder / "LDC93S1.wav").unlink()
    done = import_whole("ldc93s1", tmp_path / "out", folder)
    assert done.rejects == [("LDC93S1", "missing_audio")]


def test_both_files_are_downloads_of_one_set() -> None:
    assert [(one.name, one.url.rpartition("/")[2]) for one in INFO.archives] == [
        ("LDC93S1", "LDC93S1.wav"),
        ("LDC93S1", "LDC93S1.txt"),
    ]

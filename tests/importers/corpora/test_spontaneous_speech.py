"""Spontaneous speech: the tree of a release with its traps, and the markup of its transcribers."""

import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from importers.corpora.spontaneous_speech import INFO, normalise, read, total_seconds
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import FormatError
from importers.releases import find_roots
from importers.report import Reason, Reject

COLUMNS = [
    "client_id", "audio_id", "audio_file", "duration_ms", "prompt_id", "prompt", "transcription",
    "votes", "age", "gender", "accents", "variant", "language", "prompt_upvotes", "prompt_reports",
    "is_edited", "split", "char_per_sec", "quality_tags",
]  # fmt: skip
REPORTED_COLUMNS = [
    "client_id", "audio_id", "audio_file", "duration_ms", "prompt_id", "prompt", "reason",
    "comment", "language",
]  # fmt: skip


def answer(number: int, transcription: str = "Well", **more: str) -> dict[str, str]:
    return {
        "client_id": "ann",
        "audio_file": f"spontaneous-speech-en-{number}.mp3",
        "duration_ms": "2500",
        "transcription": transcription,
        "votes": "1",
        "split": "train",
        **more,
    }


def write(
    path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS, end: str = "\n"
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(columns), *("\t".join(row.get(c, "") for c in columns) for row in rows)]
    path.write_text(end.join(lines) + end, encoding="utf-8", newline="")


def rows(root: Path) -> list[Utterance | Reject]:
    return list(read(root, ReadOptions()))


def test_an_answer_as_the_table_tells_it(tmp_path: Path) -> None:
    row = answer(
        *(1, "[noise] Well, [disfluency] yes."), prompt_id="7", prompt="What?", age="fifties",
        quality_tags="short-audio|speech-rate", char_per_sec="31.5", language="English",
    )  # fmt: skip
    write(tmp_path / "ss-corpus-en.tsv", [row])
    assert rows(tmp_path) == [
        Utterance(
            key="spontaneous-speech-en-1",
            audio=Audio("audios/spontaneous-speech-en-1.mp3"),
            text="[noise] Well, [disfluency] yes.",
            speaker="ann",
            locale="en",
            group="valid",
            split="train",
            seconds=2.5,
            extra={
                "age": "fifties",
                "gender": "",
                "accents": "",
                "variant": "",
                "prompt_id": "7",
                "prompt": "What?",
                "votes": "1",
                "is_edited": "",
                "char_per_sec": "31.5",
                "quality_tags": "short-audio|speech-rate",
            },
        )
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Common Voice's guidelines, "Transcribe the audio": special tags, false starts.
        (
            "And then I [noise] went on holiday. Well, [noise] [laugh] it wasn’t exactly a holiday "
            "[laugh]",
            "And then I went on holiday. Well, it wasn’t exactly a holiday",
        ),
        ("His name is Jo- Jona- Jonathan.", "His name is Jo- Jona- Jonathan."),
        ("[disfluency]I think[disfluency] so", "I think so"),
        # Datasheets of 1.0 (common-voice/cv-datasheets): Malay, Sabah Malay, Heng Hua.
        ("[noise] [um] Saya dua-dua", "Saya dua-dua"),
        ("mencapai puncaknya. <bunyi> Tetapi", "mencapai puncaknya. Tetapi"),
        ("[um]走路，[cough]去运动啊", "走路， 去运动啊"),
        ("[laugh] [noise]", ""),
        ("five < six [and so on", "five < six [and so on"),
    ],
)
def test_tags_are_no_words(text: str, words: str) -> None:
    assert normalise(text) == words


def full_tree(root: Path) -> Path:
    """Every trap in a release: 14 rows, of which 5 can be used."""
    write(
        root / "ss-corpus-en.tsv",
        [
            answer(1, "one", split="train"),
            answer(2, "two", split="dev", client_id="bob"),
            answer(3, '"She said ""three"""', split="test", client_id="cem"),
            answer(4, "four", split="unassigned"),
            answer(5, "", split="unassigned"),
            answer(6, "six [Unclear] more"),
            answer(7, "reported all the same"),
            answer(8, "[laugh]"),
            answer(9, "nine hundred 99"),
            answer(10, '"lines\r\nof ten"', split="train", client_id=""),
            {**answer(11), "audio_file": ""},
            answer(1, "one again"),
        ],
        end="\r\n",
    )
    with (root / "ss-corpus-en.tsv").open("a") as stream:
        stream.write("torn\trow\n")
    write(
        root / "ss-reported-audios-en.tsv",
        [
            {"audio_file": "spontaneous-speech-en-7.mp3", "reason": "offensive_speech"},
            {
                "audio_file": "spontaneous-speech-en-20.mp3",
                "reason": "other",
                "comment": "free\ttext",
            },
            {"audio_file": "spontaneous-speech-en-21.mp3", "reason": "other"},
            {"audio_file": "spontaneous-speech-en-21.mp3", "reason": "different_language"},
        ],
        REPORTED_COLUMNS,
    )
    (root / "ss-corpus-en.qa-summary.json").write_text("{}")
    (root / "README.md").write_text("# English")
    return root


def test_a_release_with_every_trap(tmp_path: Path) -> None:
    found = rows(full_tree(tmp_path))
    used = [(r.key[-2:], r.group, r.split) for r in found if isinstance(r, Utterance)]
    assert used == [
        ("-1", "valid", "train"),
        ("-2", "valid", "dev"),
        ("-3", "valid", "test"),
        ("-4", "other", None),
        ("-8", "valid", "train"),
        ("-9", "valid", "train"),
        ("10", "valid", "train"),
        ("-1", "valid", "train"),  # which the importer rejects as a duplicate
    ]
    sentences = {r.key[-2:]: r.text for r in found if isinstance(r, Utterance)}
    assert sentences["-3"] == 'She said "three"'
    assert sentences["10"] == "lines\nof ten"
    assert [r for r in found if isinstance(r, Reject)] == [
        Reject("spontaneous-speech-en-5", Reason.NO_TRANSCRIPT),
        Reject("spontaneous-speech-en-6", Reason.UNSURE, "six [Unclear] more"),
        Reject("spontaneous-speech-en-7", Reason.EXCLUDED, "reported: offensive_speech"),
        Reject("ss-corpus-en.tsv:13", Reason.BAD_NAME, "no audio_file"),
        Reject("ss-corpus-en.tsv:15", Reason.BAD_ROW, "2 columns where the header has 19"),
        Reject("spontaneous-speech-en-21", Reason.EXCLUDED, "reported: other, different_language"),
    ]
    assert total_seconds(tmp_path) == 12 * 2.5


def test_a_table_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ss-corpus-en.tsv").write_text("client_id\taudio_file\n")
    with pytest.raises(FormatError, match=r"ss-corpus-en\.tsv:1: no column 'transcription'; its"):
        rows(tmp_path)


def test_sets_and_roots(tmp_path: Path) -> None:
    assert INFO.set_names()[:4] == tuple(f"sps-valid-{n}" for n in ("train", "dev", "test", "rest"))
    root = full_tree(tmp_path / "sps-corpus-3.0-2026-03-09-en")
    assert list(find_roots(INFO, tmp_path)) == [root]


def test_an_archive_of_real_clips(test_data: Path, checkout: Path, tmp_path: Path) -> None:
    """Real clips of Common Voice under the names of a release of spontaneous speech."""
    name = "sps-corpus-3.0-2026-03-09-en"
    root = full_tree(tmp_path / name)
    clips = sorted((test_data / "cv-corpus-21.0-delta-2025-03-14" / "en" / "clips").iterdir())
    (root / "audios").mkdir()
    for number, clip in enumerate(clips[:10], start=1):
        (root / "audios" / f"spontaneous-speech-en-{number}.mp3").write_bytes(clip.read_bytes())
    with tarfile.open(tmp_path / f"{name}.tar.gz", "w:gz") as tar:
        tar.add(root, name)
    done = subprocess.run(
        [
            *(sys.executable, str(checkout / "pipelines" / "import_command.py"), "sps"),
            *(str(tmp_path / "out"), str(tmp_path / f"{name}.tar.gz"), "--ctc-step-ms", "0"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["read"], report["imported"], report["rejected"]) == (14, 5, 9)
    assert Counter(report["rejects"]) == {
        "bad_name": 1,
        "bad_row": 1,
        "digits": 1,
        "duplicate": 1,
        "empty_text": 1,
        "no_transcript": 1,
        "excluded": 2,
        "unsure": 1,
    }
    assert {name: one["clips"] for name, one in report["sets"].items() if one["clips"]} == {
        "sps-valid-train": 2,
        "sps-valid-dev": 1,
        "sps-valid-test": 1,
        "sps-other-rest": 1,
    }
    test_rows = (tmp_path / "out" / "sps-valid-test.csv").read_text().splitlines()
    assert test_rows[0].endswith(",prompt_id,prompt,votes,is_edited,char_per_sec,quality_tags")
    assert ",she said three," in test_rows[1]

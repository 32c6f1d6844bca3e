"""Common Voice: both layouts, official splits, and rows that other readers lose."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from importers.corpora.common_voice import INFO, is_v1, read, release_locale, total_seconds
from importers.corpus import Audio, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.votes import Votes

WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]
V1_HEADER = "filename,text,up_votes,down_votes,age,gender,accent,duration\n"


def clip(name: str, sentence: str = "Hello", speaker: str = "ann", **more: str) -> dict[str, str]:
    return {"path": name, "sentence": sentence, "client_id": speaker, "locale": "en", **more}


def read_all(root: Path, locale: str | None = None) -> list[Utterance | Reject]:
    return list(read(root, ReadOptions(locale=locale)))


def utterances(root: Path) -> list[Utterance]:
    return [row for row in read_all(root) if isinstance(row, Utterance)]


def test_a_clip_as_the_table_tells_it(tmp_path: Path, write_clips: WriteTable) -> None:
    row = clip(
        "common_voice_en_1.mp3", 'Say "hi', up_votes="3", down_votes="1", age="fifties", variant="v"
    )
    write_clips(tmp_path / "validated.tsv", [row])
    assert read_all(tmp_path) == [
        Utterance(
            key="common_voice_en_1",
            audio=Audio("clips/common_voice_en_1.mp3"),
            text='Say "hi',
            speaker="ann",
            locale="en",
            group="valid",
            split=None,
            votes=Votes(3, 1),
            seconds=None,
            extra={
                "age": "fifties",
                "gender": "",
                "accents": "",
                "variant": "v",
                "segment": "",
                "sentence_id": "",
                "sentence_domain": "",
                "up_votes": "3",
                "down_votes": "1",
            },
        )
    ]


def test_groups_and_official_splits(tmp_path: Path, write_clips: WriteTable) -> None:
    write_clips(tmp_path / "validated.tsv", [clip(f"{n}.mp3") for n in range(4)])
    write_clips(tmp_path / "other.tsv", [clip("4.mp3")])
    write_clips(tmp_path / "invalidated.tsv", [clip("5.mp3")])
    for number, split in enumerate(("train", "dev", "test")):
        write_clips(tmp_path / f"{split}.tsv", [clip(f"{number}.mp3")])
    found = [(one.key, one.group, one.split) for one in utterances(tmp_path)]
    assert found == [
        ("0", "valid", "train"),
        ("1", "valid", "dev"),
        ("2", "valid", "test"),
        ("3", "valid", None),
        ("4", "other", None),
        ("5", "invalid", None),
    ]


def test_splits_without_validated_are_read_from_their_own_tables(
    tmp_path: Path, write_clips: WriteTable
) -> None:
    write_clips(tmp_path / "train.tsv", [clip("0.mp3"), clip("1")])
    write_clips(tmp_path / "test.tsv", [clip("2.mp3"), clip("0.mp3")])
    found = [(one.key, one.group, one.split) for one in utterances(tmp_path)]
    assert found == [
        ("0", "valid", "train"),
        ("1", "valid", "train"),
        ("2", "valid", "test"),
        ("0", "valid", "test"),  # which the importer rejects as a duplicate
    ]


def test_rows_of_a_split_that_validated_lacks_or_that_are_wrong(
    tmp_path: Path, write_clips: WriteTable
) -> None:
    write_clips(tmp_path / "validated.tsv", [clip("0.mp3")])
    table = write_clips(tmp_path / "train.tsv", [clip("0.mp3"), clip("1.mp3")])
    with table.open("a", encoding="utf-8") as stream:
        stream.write("torn\n")
    write_clips(tmp_path / "test.tsv", [clip("0.mp3")])
    assert [
        (row.key, row.split) if isinstance(row, Utterance) else row for row in read_all(tmp_path)
    ] == [
        ("0", "train"),
        ("1", "train"),
        Reject("train.tsv:4", Reason.BAD_ROW, "1 columns where the header has 13"),
        Reject("0", Reason.DUPLICATE, "test.tsv: is in train.tsv already"),
    ]


def test_bad_rows_become_rejects_with_file_and_line(
    tmp_path: Path, write_clips: WriteTable
) -> None:
    table = write_clips(tmp_path / "validated.tsv", [clip("1.mp3"), clip("")])
    with table.open("a", encoding="utf-8") as stream:
        stream.write("torn row\n")
    rejects = [row for row in read_all(tmp_path) if isinstance(row, Reject)]
    assert rejects == [
        Reject("validated.tsv:3", Reason.BAD_NAME, "no path"),
        Reject("validated.tsv:4", Reason.BAD_ROW, "1 columns where the header has 13"),
    ]


def test_locale_from_the_option_the_column_or_the_folder(
    tmp_path: Path, write_clips: WriteTable
) -> None:
    root = tmp_path / "cv-corpus-1_cy"
    write_clips(root / "validated.tsv", [clip("1.mp3", locale=""), clip("2.mp3", locale="de")])
    assert [one.locale for one in utterances(root)] == ["cy", "de"]
    assert [one.locale for one in read_all(root, "br") if isinstance(one, Utterance)] == [
        "br",
        "de",
    ]


@pytest.mark.parametrize(
    ("folder", "locale"),
    [
        ("cv-corpus-5-2020-06-22/en", "en"),
        ("cv-corpus-5-2020-06-22/zh-CN", "zh-CN"),
        ("cv-corpus-5-2020-06-22/clips", ""),
        ("en", ""),  # might as well be a name like cv or tmp
        ("cv-corpus-1_cy", "cy"),
        ("cv-corpus-21.0-2025-03-14-sah", "sah"),
        ("cv-corpus-21.0-2025-03-14-nn-NO", "nn-NO"),
        ("cv-corpus-21.0-2025-03-14", ""),
        ("data", ""),
    ],
)
def test_release_locale(folder: str, locale: str) -> None:
    assert release_locale(Path("/x") / folder) == locale


def test_release_locale_from_the_archive_and_from_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release_locale(tmp_path, "cv-corpus-1_cy.tar.tar") == "cy"
    assert release_locale(tmp_path, "cv-corpus-21.0-2025-03-14-sah.tar.gz") == "sah"
    assert release_locale(tmp_path, "download.tar.gz") == ""
    inside = tmp_path / "cv-corpus-5-2020-06-22" / "tr"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert release_locale(Path()) == "tr"


def test_2017_release(tmp_path: Path) -> None:
    row = 'cv-valid-train/sample-000000.mp3,"learn, he said",2,0,twenties,male,us,\n'
    (tmp_path / "cv-valid-train.csv").write_text(V1_HEADER + row)
    (tmp_path / "cv-other-dev.csv").write_text(
        V1_HEADER + "cv-other-dev/sample-000000.mp3,x,1,0,,,,\n,y,0,0,,,,\n"
    )
    (tmp_path / "cv-invalid.csv").write_text(V1_HEADER + "cv-invalid/sample-000000.mp3,z,0,2,,,,\n")
    assert is_v1(tmp_path)
    rows = read_all(tmp_path)
    assert [row for row in rows if isinstance(row, Reject)] == [
        Reject("cv-other-dev.csv:3", Reason.BAD_NAME, "no filename")
    ]
    found = [
        (one.key, one.audio.path, one.group, one.split, one.speaker, one.locale, one.text)
        for one in rows
        if isinstance(one, Utterance)
    ]
    assert found == [
        (
            "cv-valid-train-sample-000000",
            "cv-valid-train/sample-000000.mp3",
            "valid",
            "train",
            None,
            "en",
            "learn, he said",
        ),
        (
            "cv-other-dev-sample-000000",
            "cv-other-dev/sample-000000.mp3",
            "other",
            "dev",
            None,
            "en",
            "x",
        ),
        (
            "cv-invalid-sample-000000",
            "cv-invalid/sample-000000.mp3",
            "invalid",
            None,
            None,
            "en",
            "z",
        ),
    ]


def test_2017_release_with_doubled_folders(tmp_path: Path) -> None:
    (tmp_path / "cv-invalid" / "cv-invalid").mkdir(parents=True)
    (tmp_path / "cv-invalid.csv").write_text(V1_HEADER + "cv-invalid/sample-1.mp3,z,0,2,,,,\n")
    (one,) = utterances(tmp_path)
    assert one.audio.path == "cv-invalid/cv-invalid/sample-1.mp3"
    assert one.key == "cv-invalid-sample-1"


def test_total_seconds_of_both_formats(tmp_path: Path) -> None:
    assert total_seconds(tmp_path) is None
    (tmp_path / "times.txt").write_text("a.mp3\t1500\nb.mp3\t500\n")
    assert total_seconds(tmp_path) == 2.0
    (tmp_path / "clip_durations.tsv").write_text("clip\tduration[ms]\na.mp3\t2500\nb.mp3\t\n")
    assert total_seconds(tmp_path) == 2.5
    (tmp_path / "clip_durations.tsv").write_text("clip\tlength\na.mp3\t2500\n")
    assert total_seconds(tmp_path) is None


def test_published_lengths_are_told(tmp_path: Path, write_clips: WriteTable) -> None:
    write_clips(tmp_path / "validated.tsv", [clip("a.mp3"), clip("b.mp3")])
    (tmp_path / "clip_durations.tsv").write_text("clip\tduration[ms]\na.mp3\t2500\n")
    assert [one.seconds for one in utterances(tmp_path)] == [2.5, None]


def test_real_release(test_data: Path) -> None:
    root = test_data / "cv-corpus-21.0-delta-2025-03-14" / "en"
    found = utterances(root)
    assert len(found) == len(read_all(root)) == 47
    assert Counter(one.split for one in found) == {"train": 29, "dev": 9, "test": 9}
    assert all((root / one.audio.path).is_file() for one in found)
    assert total_seconds(root) == pytest.approx(298, abs=1)


def test_sets() -> None:
    assert INFO.set_names() == (
        "cv-valid-train",
        "cv-valid-dev",
        "cv-valid-test",
        "cv-valid-rest",
        "cv-other-train",
        "cv-other-dev",
        "cv-other-test",
        "cv-other-rest",
        "cv-invalid",
    )

"""LibriSpeech: sets, splits, readers, odd trees; and the real clips of test-other."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers.corpora.librispeech import INFO, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import UsageError
from importers.published import archives_of
from importers.report import Reason, Reject
from pipelines.import_corpus import ImportRequest, import_corpus

SPEAKERS = """\
;ID  |SEX| SUBSET           |MINUTES| NAME
84   | F | dev-clean        | 8.02  | Christie Nowak
60   | M | train-clean-100  | 20.18 | Name with | a bar
7
"""
SPLITS = {
    "dev-clean": "dev",
    "dev-other": "dev",
    "test-clean": "test",
    "test-other": "test",
    "train-clean-100": "train",
    "train-clean-360": "train",
    "train-other-500": "train",
    "dev-clean-2": "dev",
    "train-clean-5": "train",
}


def chapter(root: Path, folder: str, *lines: str | bytes) -> Path:
    """Writes the lines of ``dev-clean/84/121123``."""
    _, speaker, number = folder.split("/")
    table = root / folder / f"{speaker}-{number}.trans.txt"
    table.parent.mkdir(parents=True)
    content = [line.encode() if isinstance(line, str) else line for line in lines]
    table.write_bytes(b"".join(line + b"\n" for line in content))
    return table


def utterances(root: Path, **values: str) -> list[Utterance]:
    rows = read(root, ReadOptions(values=values))
    return [row for row in rows if isinstance(row, Utterance)]


def test_a_line_as_the_table_tells_it(tmp_path: Path) -> None:
    chapter(tmp_path, "dev-clean/84/121123", "84-121123-0000 GO  DO YOU HEAR\r")
    (tmp_path / "SPEAKERS.TXT").write_text(SPEAKERS)
    assert list(read(tmp_path, ReadOptions())) == [
        Utterance(
            "84-121123-0000",
            Audio("dev-clean/84/121123/84-121123-0000.flac"),
            "GO  DO YOU HEAR",
            "84",
            "en",
            split="dev",
            extra={"set": "dev-clean", "chapter": "121123", "gender": "F"},
        )
    ]


def test_every_published_set_has_its_split(tmp_path: Path) -> None:
    assert INFO.published_sets == tuple(SPLITS)
    for number, name in enumerate(SPLITS):
        chapter(tmp_path, f"{name}/1/{number}", f"1-{number}-0 A")
    chapter(tmp_path, "my-own/1/99", "1-99-0 A")
    found = {row.extra["set"]: row.split for row in utterances(tmp_path)}
    assert found == {**SPLITS, "my-own": None}


def test_sets_limit_what_is_read(tmp_path: Path) -> None:
    for number, name in enumerate(SPLITS):
        chapter(tmp_path, f"{name}/1/{number}", f"1-{number}-0 A")
    found = [row.extra["set"] for row in utterances(tmp_path, sets="dev-clean,test-clean")]
    assert found == ["dev-clean", "test-clean"]


def test_the_root_may_be_a_set(tmp_path: Path) -> None:
    chapter(tmp_path, "LibriSpeech/84/121123", "84-121123-0000 A")
    shutil.move(tmp_path / "LibriSpeech", tmp_path / "train-clean-5")
    (row,) = utterances(tmp_path / "train-clean-5")
    assert (row.split, row.extra["set"]) == ("train", "train-clean-5")
    assert row.audio.path == "84/121123/84-121123-0000.flac"


def test_bad_lines_and_odd_files(tmp_path: Path) -> None:
    chapter(
        tmp_path, "dev-clean/60/1", "60-1-0000 A", "", "60-1-0001", "60-1-0002 É".encode("latin-1")
    )
    (tmp_path / "dev-clean/60/1/._60-1.trans.txt").write_bytes(b"\0\5\x16\7")  # of a Mac
    (tmp_path / "dev-clean" / "60" / "2").mkdir()
    (tmp_path / "SPEAKERS.TXT").write_bytes(SPEAKERS.encode() + b"9 | F | \xe9\n")
    rows = list(read(tmp_path, ReadOptions()))
    assert rows[2] == Reject("dev-clean/60/1/60-1.trans.txt:4", Reason.BAD_ROW, "not UTF-8")
    assert [(row.key, row.text, row.extra["gender"]) for row in utterances(tmp_path)] == [
        ("60-1-0000", "A", "M"),
        ("60-1-0001", "", "M"),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=60), speakers=st.binary(max_size=60))
def test_every_line_is_a_row_whatever_stands_in_it(
    tmp_path: Path, content: bytes, speakers: bytes
) -> None:
    table = tmp_path / "dev-clean" / "1" / "2" / "1-2.trans.txt"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_bytes(b"1-2-0000 A\n" + content)
    (tmp_path / "SPEAKERS.TXT").write_bytes(speakers)
    lines = [line for line in content.split(b"\n") if line.decode(errors="replace").strip()]
    assert len(list(read(tmp_path, ReadOptions()))) == 1 + len(lines)


def test_mini_librispeech_is_fetched_only_where_it_is_named() -> None:
    assert [one.name for one in archives_of(INFO, frozenset())] == list(SPLITS)[:7]
    named = archives_of(INFO, frozenset({"dev-clean-2"}))
    assert [one.url for one in named] == ["https://www.openslr.org/resources/31/dev-clean-2.tar.gz"]


def test_an_import_counts_every_row(test_data: Path, tmp_path: Path) -> None:
    """A tree with real audio in it, and with what goes wrong."""
    root = tmp_path / "LibriSpeech"
    real = test_data / "LibriSpeech" / "test-other" / "1688" / "142285"
    lines = (real / "1688-142285.trans.txt").read_text().splitlines()[:4]
    chapter(
        root,
        "test-other/1688/142285",
        *(f"{line}\r" for line in lines),
        "1688-142285-0004",
        lines[0],  # again
        "1688-142285-0999 NEVER RECORDED",
        b"1688-142285-0005 CAF\xc9",
        "../../1688-142285-0006 ELSEWHERE",
    )
    for number in (0, 1, 2, 4):
        shutil.copy(real / f"1688-142285-000{number}.flac", root / "test-other/1688/142285")
    (root / "test-other/1688/142285/1688-142285-0003.flac").touch()
    target = tmp_path / "target"
    report = import_corpus(ImportRequest("librispeech", target, root))
    assert (report.read, report.imported, report.rejected) == (9, 3, 6)
    rejects = [
        line.split(",")[:2] for line in (target / "rejects.csv").read_text().splitlines()[1:]
    ]
    assert sorted(rejects) == [
        ["../../1688-142285-0006", "bad_name"],
        ["1688-142285-0000", "duplicate"],
        ["1688-142285-0003", "empty_file"],
        ["1688-142285-0004", "empty_text"],
        ["1688-142285-0999", "missing_audio"],
        ["test-other/1688/142285/1688-142285.trans.txt:8", "bad_row"],
    ]


def test_real_speech_is_all_imported(test_data: Path, tmp_path: Path) -> None:
    """One of the 50 clips lasts 21.5 s: sets that others measure on have no limit of length."""
    report = import_corpus(ImportRequest("librispeech", tmp_path, test_data / "LibriSpeech"))
    assert (report.read, report.imported, report.rejected) == (50, 50, 0)
    rows = (tmp_path / "librispeech-test.csv").read_text().splitlines()
    assert len(rows) == 51
    durations = sorted(float(row.split(",")[3]) for row in rows[1:])
    assert durations[-1] == pytest.approx(21.5, abs=0.05)
    assert sum("THERE'S IRON" in row and "there's iron they say" in row for row in rows) == 1
    genders = {(row.split(",")[4], row.split(",")[-1]) for row in rows[1:]}
    assert genders == {("367", "F"), ("1998", "F"), ("3331", "F"), ("1688", "M"), ("2414", "M")}


def test_nothing_there_tells_of_the_download(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        import_corpus(ImportRequest("librispeech", tmp_path))
    said = str(caught.value)
    assert "no LibriSpeech release is here" in said
    assert "import-librispeech TARGET --download fetches it: dev-clean (338 MB), dev-other" in said
    assert "train-other-500 (30.6 GB), dev-clean-2 (126 MB)" in said

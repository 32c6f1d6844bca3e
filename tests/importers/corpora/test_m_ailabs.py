"""M-AILABS: languages by folder or archive, readers and mixed books, rows that are none."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpora.m_ailabs import INFO, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import UsageError
from importers.releases import find_roots
from tests.importers.corpora.whole_imports import import_whole

BOOK = "by_book/female/judy_bieber/dorothy"


def write_book(root: Path, book: str, metadata: str | bytes, *names: str) -> None:
    folder = root / book
    (folder / "wavs").mkdir(parents=True)
    content = metadata.encode() if isinstance(metadata, str) else metadata
    (folder / "metadata.csv").write_bytes(content)
    (folder / "metadata_mls.json").write_text("{}")
    (folder.parent / "info.txt").write_text("LibriVox")
    for name in names:
        noise = np.random.default_rng(len(name)).normal(0, 0.1, 2 * 16000)
        soundfile.write(folder / "wavs" / f"{name}.wav", noise, 16000)


def only(root: Path, release: str = "", locale: str | None = None) -> Utterance:
    (row,) = read(root, ReadOptions(locale=locale, release=release))
    assert isinstance(row, Utterance)
    return row


def test_an_utterance_of_a_book_with_one_reader(tmp_path: Path) -> None:
    write_book(tmp_path / "en_US", BOOK, "dorothy_01_f000001|In 1455|In fourteen fifty-five\n")
    assert only(tmp_path / "en_US") == Utterance(
        key="judy_bieber-dorothy-dorothy_01_f000001",
        audio=Audio(f"{BOOK}/wavs/dorothy_01_f000001.wav"),
        text="In fourteen fifty-five",
        speaker="judy_bieber",
        locale="en-US",
        extra={"gender": "female"},
    )


@pytest.mark.parametrize(
    ("book", "key"),
    [
        ("by_book/mix/don_quijote", "don_quijote-q_01"),
        ("by_book/mix/mix/various", "mix-various-q_01"),
    ],
)
def test_readers_of_a_mixed_book_are_not_named(tmp_path: Path, book: str, key: str) -> None:
    write_book(tmp_path / "es_ES", book, "q_01|En un lugar|En un lugar\n")
    assert only(tmp_path / "es_ES") == Utterance(
        key=key,
        audio=Audio(f"{book}/wavs/q_01.wav"),
        text="En un lugar",
        locale="es",
        extra={"gender": ""},
    )


@pytest.mark.parametrize(
    ("folder", "release", "locale", "expected"),
    [
        ("de_DE", "", None, "de"),
        ("en_UK", "", None, "en-GB"),
        ("uk_UK", "", None, "uk"),
        ("data", "fr_FR.tgz", None, "fr"),
        ("data", "pl_PL.tar.gz", None, "pl"),
        ("data", "ru_RU.tar", None, "ru"),
        ("data", "", "it", "it"),
        ("de_DE", "", "it", "de"),
        ("data", "", None, ""),
    ],
)
def test_the_language_of_a_release(
    tmp_path: Path, folder: str, release: str, locale: str | None, expected: str
) -> None:
    write_book(tmp_path / folder, BOOK, "a|b|b\n")
    assert only(tmp_path / folder, release, locale).locale == expected


def test_each_language_is_a_release(tmp_path: Path) -> None:
    for language in ("de_DE", "es_ES"):
        write_book(tmp_path / language, BOOK, "a|b|b\n", "a")
    assert list(find_roots(INFO, tmp_path)) == [tmp_path / "de_DE", tmp_path / "es_ES"]
    with pytest.raises(UsageError, match="several releases are here"):
        import_whole("m-ailabs", tmp_path / "out", tmp_path)


def test_a_language_with_all_that_can_be_wrong(tmp_path: Path) -> None:
    root = tmp_path / "de_DE"
    lines = [
        b'\xef\xbb\xbfa_01|Er sagte: "Ja|Er sagte: "Ja\r',
        b"a_02|Stra\xdfe|Stra\xdfe",
        b"a_03||",
        b"a_04|1455|",
        b"a_05|kein Ton|kein Ton",
        b"a_06|leer|leer",
        b"a_01|noch einmal|noch einmal",
        b"a_07",
        b"",
    ]
    write_book(root, "by_book/female/ann/buch", b"\n".join(lines), "a_01", "a_02", "a_03", "a_04")
    (root / "by_book/female/ann/buch/wavs/a_06.wav").write_bytes(b"")
    (root / "by_book/female/ann/buch/._metadata.csv").write_bytes(b"\0\5\26\7Mac OS X")
    # Of another reader, with the same names.
    write_book(root, "by_book/male/bob/buch", "a_01|Äpfel|Äpfel\n", "a_01")
    write_book(root, "by_book/mix/briefe", "a_01|Größe|Größe\n", "a_01")
    (root / "by_book/male/cid").mkdir()
    (root / "by_book/info.txt").write_text("M-AILABS")
    expected = [
        ("ann-buch-a_01", "duplicate"),
        ("ann-buch-a_03", "empty_text"),
        ("ann-buch-a_04", "digits"),
        ("ann-buch-a_05", "missing_audio"),
        ("ann-buch-a_06", "empty_file"),
        ("by_book/female/ann/buch/metadata.csv:2", "bad_row"),
        ("by_book/female/ann/buch/metadata.csv:8", "bad_row"),
    ]
    archive = tmp_path / "de_DE.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root, root.name)
    bare = tmp_path / "bare" / "de_DE.tgz"
    bare.parent.mkdir()
    with tarfile.open(bare, "w:gz") as tar:
        tar.add(root / "by_book", "by_book")
    for number, source in enumerate((root, archive, bare)):
        done = import_whole("m-ailabs", tmp_path / f"out {number}", source)
        assert done.report.read == 10
        assert done.rejects == expected
        assert done.transcripts == {
            "ann-buch-a_01": "er sagte ja",
            "bob-buch-a_01": "äpfel",
            "briefe-a_01": "größe",
        }
        rows = [row for rows in done.sets.values() for row in rows]
        assert {row["locale"] for row in rows} == {"de"}
        assert {row["gender"] for row in rows} == {"female", "male", ""}
        assert {row["speaker"] for row in rows} == {"ann", "bob", ""}

"""Multilingual LibriSpeech: languages by the folder's name, FLAC or Opus, genders, odd lines."""

import shutil
from pathlib import Path

import pytest

from importers.corpora.mls import INFO, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.report import Reason, Reject
from pipelines.import_corpus import ImportRequest, import_corpus

METAINFO = (
    " SPEAKER   |   GENDER   | PARTITION  |  MINUTES   |  BOOK ID   | TITLE | CHAPTER \n"
    "   3685    |     F      |    dev     |   12.5     |   3559     | A Book | One \n"
    "  13697    |     M      |   train    |   15.1     |   11991    | Persuasión | 1 | 2 \n"
)


def release(folder: Path, **lines: bytes) -> Path:
    for split, content in lines.items():
        (folder / split).mkdir(parents=True)
        (folder / split / "transcripts.txt").write_bytes(content)
    (folder / "metainfo.txt").write_text(METAINFO, encoding="utf-8")
    return folder


def test_a_line_as_the_table_tells_it(tmp_path: Path) -> None:
    root = release(tmp_path / "mls_german", dev=b"3685_3559_000004\tes war einmal\r\n")
    assert list(read(root, ReadOptions())) == [
        Utterance(
            "3685_3559_000004",
            Audio("dev/audio/3685/3559/3685_3559_000004.flac"),
            "es war einmal",
            "3685",
            "de",
            split="dev",
            extra={"gender": "F"},
        )
    ]


def test_odd_lines(tmp_path: Path) -> None:
    root = release(
        tmp_path / "mls_polish_opus",
        train="1_2_000001\tzażółć\n1_2_000002\t\n\nno id at all\n".encode(),
        test=b"1_2_000003\t" + "ż".encode("iso8859-2") + b"\n1_2_000004 blank for a tab\n",
    )
    rows = list(read(root, ReadOptions()))
    assert [(row.key, row.text, row.split) for row in rows if isinstance(row, Utterance)] == [
        ("1_2_000001", "zażółć", "train"),
        ("1_2_000002", "", "train"),  # which the importer rejects
    ]
    assert [row for row in rows if isinstance(row, Reject)] == [
        Reject("train/transcripts.txt:4", Reason.BAD_ROW, "no id: no id at all"),
        Reject("test/transcripts.txt:1", Reason.BAD_ROW, "not UTF-8"),
        Reject("test/transcripts.txt:2", Reason.BAD_ROW, "no id: 1_2_000004 blank for a tab"),
    ]


@pytest.mark.parametrize(
    ("folder", "options", "locale", "suffix"),
    [
        ("mls_portuguese", ReadOptions(), "pt", "flac"),
        ("mls_dutch_opus", ReadOptions(), "nl", "opus"),
        ("0123456789ab", ReadOptions(release="mls_italian_opus.tar.gz"), "it", "opus"),
        ("mls_german", ReadOptions(locale="de-AT"), "de-AT", "flac"),
        ("mls_germanic", ReadOptions(), "", "flac"),
    ],
)
def test_languages_and_formats(
    folder: str, options: ReadOptions, locale: str, suffix: str, tmp_path: Path
) -> None:
    root = release(tmp_path / folder, dev=b"1_2_3\ta\n")
    (row,) = read(root, options)
    assert isinstance(row, Utterance)
    assert (row.locale, row.audio.path.rpartition(".")[2]) == (locale, suffix)


def test_without_a_name_the_audio_tells_the_format(tmp_path: Path) -> None:
    root = release(tmp_path / "mine", dev=b"1_2_3\ta\n")
    (root / "dev" / "audio" / "1" / "2").mkdir(parents=True)
    (root / "dev" / "audio" / "1" / "2" / "1_2_3.opus").touch()
    (row,) = read(root, ReadOptions(locale="it"))
    assert row == Utterance(
        "1_2_3",
        Audio("dev/audio/1/2/1_2_3.opus"),
        "a",
        "1",
        "it",
        split="dev",
        extra={"gender": ""},
    )


def test_every_language_has_both_archives() -> None:
    assert INFO.languages == ("nl", "en", "fr", "de", "it", "pl", "pt", "es")
    assert len(INFO.published_sets) == 16
    assert INFO.published_sets[6:8] == ("mls_german", "mls_german_opus")
    assert INFO.archives[7].url == "https://dl.fbaipublicfiles.com/mls/mls_german_opus.tar.gz"


def test_real_speech_is_imported(test_data: Path, tmp_path: Path) -> None:
    """One Spanish clip with the id that it has in the corpus, and one that is lost."""
    source, key = test_data / "mfa", "mls_es_13697_11991_000000"
    words = (source / f"{key}.lab").read_text(encoding="utf-8").strip()
    name = key.removeprefix("mls_es_")
    root = release(
        tmp_path / "mls_spanish_opus",
        train=f"{name}\t{words}\n13697_11991_000001\tse perdió\n".encode(),
    )
    folder = root / "train" / "audio" / "13697" / "11991"
    folder.mkdir(parents=True)
    shutil.copy(source / f"{key}.opus", folder / f"{name}.opus")
    target = tmp_path / "target"
    report = import_corpus(ImportRequest("mls", target, root))
    assert (report.read, report.imported) == (2, 1)
    assert (target / "rejects.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "13697_11991_000001,missing_audio,train/audio/13697/11991/13697_11991_000001.opus"
    ]
    (row,) = (target / "mls-train.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert row.endswith(f",13697,es,{words},M")

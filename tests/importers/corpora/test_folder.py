"""Anyone's own data: texts beside audio, tables of every making, and all that is wrong in them."""

import argparse
import codecs
import json
from collections import Counter
from pathlib import Path

import pytest

from importers.corpora.folder import INFO, add_options, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import FormatError, UsageError
from importers.releases import find_roots
from importers.report import Reason, Reject

NO_OBJECT = "not a JSON object of Unicode text on a line of its own"

Rows = list[Utterance | Reject]


def put(root: Path, **files: str | bytes) -> Path:
    """Files by name, ``__`` for ``/`` and ``_`` for the dot of the suffix; audio may be empty."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def rows(root: Path, locale: str | None = None, **values: str) -> Rows:
    found = list(read(root, ReadOptions(locale=locale, values=values)))
    assert list(read(root, ReadOptions(locale=locale, values=values))) == found
    return found


def texts(found: Rows) -> dict[str, str]:
    return {row.key: row.text for row in found if isinstance(row, Utterance)}


def rejects(found: Rows) -> list[tuple[str, Reason, str]]:
    return [(row.key, row.reason, row.detail) for row in found if isinstance(row, Reject)]


def test_texts_beside_audio_at_any_depth(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", a_txt="Hello,\r\n\r\n  you \r\n", x__b_MP3="", x__b_LAB="two")
    assert rows(tmp_path, "en") == [
        Utterance("a", Audio("a.wav"), "Hello, you", None, "en"),
        Utterance("x-b", Audio("x/b.MP3"), "two", None, "en"),
    ]
    assert [row.speaker for row in rows(tmp_path, speaker_from_folder="yes")] == [  # type: ignore[union-attr]
        None,
        "x",
    ]


def test_what_has_no_other_half_or_two(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", b_txt="b", c_flac="", c_mp3="", c_txt="c", c_lab="c", README_txt="read")
    found = rows(tmp_path)
    assert [row.audio.path for row in found if isinstance(row, Utterance)] == ["c.flac"]
    assert rejects(found) == [
        ("a", Reason.NO_TRANSCRIPT, "a.wav: no .txt or .lab beside it"),
        ("c-88bd621e", Reason.DUPLICATE, "c.mp3: c.flac is taken"),
        ("c", Reason.DUPLICATE, "c.lab: c.txt is taken"),
        ("README", Reason.MISSING_AUDIO, "README.txt: no audio of this name beside it"),
        ("b", Reason.MISSING_AUDIO, "b.txt: no audio of this name beside it"),
    ]


def test_texts_in_other_encodings(tmp_path: Path) -> None:
    german = "Größe"
    put(tmp_path, a_wav="", a_txt=codecs.BOM_UTF8 + german.encode())
    put(tmp_path, b_wav="", b_txt=german.encode("utf-16"))
    put(tmp_path, c_wav="", c_txt=("eins\n" + german).encode("latin-1"))
    put(tmp_path, d_wav="", d_txt="")
    found = rows(tmp_path)
    assert texts(found) == {"a": german, "b": german, "d": ""}
    ((key, reason, detail),) = rejects(found)
    assert (key, reason) == ("c", Reason.BAD_ROW)
    assert detail.startswith("c.txt:2: not UTF-8; ")
    assert texts(rows(tmp_path, encoding="latin-1"))["c"] == "eins Größe"
    with pytest.raises(UsageError, match="there is no encoding called 'latin-99'"):
        rows(tmp_path, encoding="latin-99")


def test_a_csv_of_deepspeech_with_paths_of_every_kind(tmp_path: Path) -> None:
    put(tmp_path, clips__a_wav="", clips__b_wav="", c_wav="", d_wav="")
    put(
        tmp_path,
        train_csv="wav_filename,wav_filesize,transcript\r\n"
        f"{tmp_path}/clips/a.wav,1,one\r\n"
        'clips/b.wav,1,"two, ""three"""\r\n'
        "/elsewhere/c.wav,1,three\r\n"
        "../c.wav,1,four\r\n"
        ",1,five\r\n"
        "clips/lost.wav,1,six\r\n"
        "torn\r\n"
        "\r\n",
        dev_csv="wav_filename,wav_filesize,transcript\nc.wav,1,seven\nclips/a.wav,1,again\n",
    )
    found = rows(tmp_path)
    assert [(row.key, row.text, row.split) for row in found if isinstance(row, Utterance)] == [
        ("c", "seven", "dev"),
        ("clips-a", "again", "dev"),
        ("clips-a", "one", "train"),  # which the importer rejects as a duplicate
        ("clips-b", 'two, "three"', "train"),
    ]
    assert rejects(found) == [
        (
            "train.csv:4",
            Reason.BAD_NAME,
            f"/elsewhere/c.wav: an absolute path that leads out of {tmp_path}",
        ),
        ("train.csv:5", Reason.BAD_NAME, "../c.wav: leads out of the folder"),
        ("train.csv:6", Reason.BAD_NAME, "no file name"),
        ("clips-lost", Reason.MISSING_AUDIO, "train.csv:7: clips/lost.wav"),
        ("train.csv:8", Reason.BAD_ROW, "1 columns where the header has 3"),
        ("d", Reason.NO_TRANSCRIPT, "d.wav: no .txt or .lab beside it"),
    ]


def test_a_table_with_all_columns(tmp_path: Path) -> None:
    put(tmp_path, long_wav="", sub__long_wav="", e_wav="", f_wav="")
    header = "Audio File\tSentence\tClient-ID\tstart\tend\tduration\tchannel\tlang\tsubset\n"
    put(
        tmp_path,
        m_tsv=header
        + "long.wav\tone\tann\t1.5\t2.25\t\t0\ten\ttrain\n"
        + "long.wav\ttwo\tbob\t1.5\t2.25\t\tB\tde\tvalidation\n"
        + "sub/long.wav\tthree\t\t2\t\t0.5\t\t\ttest\n"
        + "sub/long.wav\tfour\t\t3\t\t\tright\t\tfold1\n"
        + "e.wav\tfive\t\t\t\t1234\t\t\t\n"
        + "f.wav\tsix\t\t2\t1\t\t\t\t\n"
        + "f.wav\tsix\t\tnan\t\t\t\t\t\n"
        + "f.wav\tsix\t\t-1\t\t\t\t\t\n"
        + "f.wav\tsix\t\t\t\t\tC3\t\t\n",
    )
    found = rows(tmp_path, "fr", speaker_from_folder="yes")
    assert found[:5] == [
        Utterance(
            *("long-A-000150-000225", Audio("long.wav", 1.5, 2.25, 0), "one", "ann", "en"),
            split="train",
        ),
        Utterance(
            *("long-B-000150-000225", Audio("long.wav", 1.5, 2.25, 1), "two", "bob", "de"),
            split="dev",
        ),
        Utterance(
            *("sub-long-000200-000250", Audio("sub/long.wav", 2, 2.5), "three", "sub", "fr"),
            split="test",
        ),
        Utterance("sub-long-B-000300", Audio("sub/long.wav", 3, None, 1), "four", "sub", "fr"),
        Utterance("e", Audio("e.wav"), "five", None, "fr"),
    ]
    assert rejects(found) == [
        ("m.tsv:7", Reason.BAD_ROW, "it ends at 1 s and begins at 2 s"),
        ("m.tsv:8", Reason.BAD_ROW, "start is no number of seconds: 'nan'"),
        ("m.tsv:9", Reason.BAD_ROW, "start is no number of seconds: '-1'"),
        ("m.tsv:10", Reason.BAD_ROW, "channel is not 0, 1, …, A, B, left or right: 'C3'"),
    ]


def test_a_manifest_of_nemo(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", wavs__b_wav="", c_wav="")
    lines = [
        {"audio_filepath": str(tmp_path / "a.wav"), "duration": 1.25, "text": "one", "lang": "en"},
        {"audio_filepath": "wavs/b.wav", "offset": 0.5, "duration": 1.0, "text": "two"},
        {"audio_filepath": "b.wav", "offset": 2, "duration": 1.0, "text": "three", "speaker": 7},
        {"audio_filepath": "c.wav", "duration": 1.0},
        ["a.wav", "four"],
    ]
    content = "\n".join(map(json.dumps, lines)) + "\n"
    put(tmp_path, **{"test-manifest_json": content, "words_json": '{"a.wav": 1}', "x_json": "[\n"})
    found = rows(tmp_path)
    assert [
        (row.key, row.audio, row.text, row.speaker, row.locale, row.split, row.seconds)
        for row in found
        if isinstance(row, Utterance)
    ] == [
        ("a", Audio("a.wav"), "one", None, "en", "test", 1.25),
        ("wavs-b-000050-000150", Audio("wavs/b.wav", 0.5, 1.5), "two", None, "", "test", None),
        ("wavs-b-000200-000300", Audio("wavs/b.wav", 2, 3), "three", "7", "", "test", None),
    ]
    assert rejects(found) == [
        ("test-manifest.json:4", Reason.BAD_ROW, "names no file, or no text"),
        ("test-manifest.json:5", Reason.BAD_ROW, NO_OBJECT),
        ("c", Reason.NO_TRANSCRIPT, "c.wav: no .txt or .lab beside it"),
    ]


def test_columns_of_other_names_are_told(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", b_wav="", t_csv="id^Text A^text\na^one^wrong\n")
    with pytest.raises(FormatError) as caught:
        rows(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/t.csv:1: needs a column for the files (path, file, filename, file_name, …) "
        "and a column for the texts (text, transcript, sentence, transcription); its columns are "
        "id^Text A^text. Name them with --file-column and --text-column, and what stands between "
        "them with --delimiter"
    )
    told = {"file_column": "ID", "text_column": "Text A", "delimiter": "^"}
    assert rows(tmp_path, **told) == [
        Utterance("a", Audio("a.wav"), "one"),
        Reject("b", Reason.NO_TRANSCRIPT, "b.wav: no .txt or .lab beside it"),
    ]
    put(tmp_path, a_txt="a text beside it")  # does not help: the columns are asked for
    with pytest.raises(FormatError, match="needs a column 'name' and a column for the texts"):
        rows(tmp_path, file_column="name")
    assert texts(rows(tmp_path)) == {"a": "a text beside it"}  # and the table is another matter


def test_one_table_that_is_told_decides_alone(tmp_path: Path) -> None:
    root = put(tmp_path / "data", a_wav="", b_wav="", b_txt="beside")
    put(root, x_csv="file,text\na.wav,one\n", y_csv="file,text\nb.wav,two\n")
    put(tmp_path, z_list="file,text\nb.wav,three\n")
    left = Reject("b", Reason.NO_TRANSCRIPT, "b.wav: x.csv does not name it")
    assert rows(root, table="x.csv") == [Utterance("a", Audio("a.wav"), "one"), left]
    assert texts(rows(root, table=str(root / "y.csv"))) == {"b": "two"}
    assert texts(rows(root, table=str(tmp_path / "z.list"))) == {"b": "three"}
    with pytest.raises(UsageError, match=r"--table: there is no q\.csv, neither in "):
        rows(root, table="q.csv")
    (root / "lost.csv").symlink_to("nowhere.csv")
    with pytest.raises(FormatError, match=r"lost\.csv:1: cannot be read: No such file"):
        rows(root, table="lost.csv")
    with pytest.raises(FormatError, match="needs a column 'q' and"):
        rows(root, table="x.csv", file_column="q")


def test_a_table_in_another_encoding_is_an_error_with_its_line(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", t_csv="file,text\na.wav,Größe\n".encode("latin-1"))
    with pytest.raises(FormatError, match=r"t\.csv:2: not UTF-8; "):
        list(read(tmp_path, ReadOptions()))
    assert texts(rows(tmp_path, encoding="latin-1")) == {"a": "Größe"}
    put(tmp_path, t_csv="file,text\na.wav,Größe\n".encode("utf-16"))
    assert texts(rows(tmp_path)) == {"a": "Größe"}


def test_tables_win_over_texts_beside_and_empty_ones_are_none(tmp_path: Path) -> None:
    put(tmp_path, a_wav="", a_txt="beside", b_wav="", b_txt="beside", empty_csv="")
    (tmp_path / "lost.csv").symlink_to("nowhere.csv")
    put(tmp_path, t_csv="file,text\na.wav,table\n", other_csv="speaker,age\nann,30\n")
    assert texts(rows(tmp_path)) == {"a": "table", "b": "beside"}


def test_names_that_are_not_utf_8_are_rejects(tmp_path: Path) -> None:
    (tmp_path / b"a\xe4.wav".decode(errors="surrogateescape")).touch()
    assert rejects(rows(tmp_path)) == [
        ("a\\xe4.wav", Reason.BAD_NAME, "the file's name is not UTF-8: rename it")
    ]


def test_any_folder_with_audio_is_a_root(tmp_path: Path) -> None:
    assert list(find_roots(INFO, put(tmp_path, x__y__a_WAV=""))) == [tmp_path]
    assert list(find_roots(INFO, put(tmp_path / "other", a_txt="no audio"))) == []


def test_its_flags() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert vars(parser.parse_args([])) == dict.fromkeys(
        ("table", "file_column", "text_column", "delimiter", "encoding", "speaker_from_folder")
    )
    assert parser.parse_args(["--speaker-from-folder"]).speaker_from_folder == "yes"


def link_tree(test_data: Path, root: Path, *patterns: str) -> Path:
    """A folder with links to real files."""
    for pattern in patterns:
        for path in sorted(test_data.glob(pattern)):
            place = root / path.relative_to(test_data)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    return root


def test_real_folders(test_data: Path, tmp_path: Path) -> None:
    root = link_tree(test_data, tmp_path, "longform/*", "librivox_austen/*", "mfa/*")
    found = rows(root)
    # The texts without audio are line times and a licence; fileids and TextGrids are neither.
    counts = Counter(row.reason if isinstance(row, Reject) else None for row in found)
    assert counts == {None: 2 + 5 + 3, Reason.MISSING_AUDIO: 2}
    assert texts(found)["librivox_austen-sense_and_sensibility_01_austen_64kb-0930"] == (
        "he might even have been made amiable himself"
    )
    assert texts(found)["mfa-mls_es_13697_11991_000000"].startswith("la sorpresa y el disgusto")


def test_a_real_table_without_suffixes(test_data: Path) -> None:
    found = rows(test_data / "speechbrain_asr", "en", file_column="id")
    assert [(row.key, row.audio.path) for row in found if isinstance(row, Utterance)] == [
        (f"spk1_snt{number}", f"spk1_snt{number}.wav") for number in range(1, 6)
    ]
    assert len(found) == 5

"""Manifests: exact bytes, and any text out and in again."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.errors import FormatError
from importers.manifest import (
    Entry,
    ManifestWriter,
    is_manifest,
    only_locale,
    read_manifest,
    wav_bytes,
    wav_name,
    write_rejects,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_exact_bytes() -> None:
    stream = io.StringIO()
    writer = ManifestWriter(stream, ("age", "accents"))
    writer.write(
        Entry("clips/001/a.wav", 32044, "hello", 1.0, "ann", "en", 'Hello, "x"', {"age": "teens"})
    )
    writer.write(Entry("b.wav", 44, "b"))
    assert stream.getvalue() == (
        "wav_filename,wav_filesize,transcript,duration,speaker,locale,sentence,age,accents\n"
        'clips/001/a.wav,32044,hello,1.0000,ann,en,"Hello, ""x""",teens,\n'
        "b.wav,44,b,,,,,,\n"
    )


@given(st.lists(st.builds(Entry, TEXT, st.integers(0, 9**9), TEXT, st.none(), TEXT, TEXT, TEXT)))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    path = tmp_path_factory.mktemp("manifest") / "m.csv"
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        writer = ManifestWriter(stream)
        for entry in entries:
            writer.write(entry)
    assert list(read_manifest(path)) == entries


def test_a_manifest_of_deepspeech_is_read(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("wav_filename,wav_filesize,transcript\n/a.wav,100,hello\n")
    assert list(read_manifest(path)) == [Entry("/a.wav", 100, "hello")]
    assert is_manifest(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "m.csv:1: no manifest: it has no column wav_filename, wav_filesize, transcript"),
        ("wav_filename,transcript\n", "m.csv:1: no manifest: it has no column wav_filesize"),
        ("wav_filename,wav_filesize,transcript\na,1\n", "m.csv:2: 2 columns where the header"),
        ("wav_filename,wav_filesize,transcript\na,big,x\n", "m.csv:2: invalid literal"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(content)
    with pytest.raises(FormatError, match=message):
        list(read_manifest(path))


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"wav_filename,wav_filesize,transcript\na,1,\xff\n")
    with pytest.raises(FormatError, match="not a readable CSV"):
        list(read_manifest(path))


def test_wav_names_are_spread_over_a_thousand_folders() -> None:
    names = [wav_name(f"common_voice_en_{number}") for number in range(100_000)]
    folders = [name.split("/")[1] for name in names]
    assert names[0] == "clips/453/common_voice_en_0.wav"
    assert len(set(folders)) == 1000
    assert max(folders.count(folder) for folder in ("000", "500", "999")) < 200


def test_a_flac_lies_where_the_wav_would() -> None:
    assert wav_name("a", "flac") == wav_name("a").removesuffix("wav") + "flac"


def test_wav_bytes() -> None:
    assert wav_bytes(16000) == 32044


def test_rejects() -> None:
    stream = io.StringIO()
    assert write_rejects(stream, [("a", "digits", "Route 66, please")]) == 1
    assert stream.getvalue() == 'key,reason,detail\na,digits,"Route 66, please"\n'


@pytest.mark.parametrize(
    ("locales", "only"),
    [("", None), ("en en", "en"), ("en de", None), ("- -", None), ("en -", None)],
)
def test_the_language_of_all_clips(locales: str, only: str | None) -> None:
    entries = [Entry("a.wav", 44, "a", locale=one.strip("-")) for one in locales.split()]
    assert only_locale(entries) == only

"""Encodings: what is told by a mark or by the user, and what cannot be told."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.errors import FormatError, UsageError
from importers.own_data.text_files import decoded_lines

# What a text file cannot hold: lone surrogates, zero bytes, and ends of lines within a line.
LINE = st.text(
    st.characters(exclude_characters="\n\r\0\ufeff\ufffd", exclude_categories=["Cs"]), max_size=20
)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "text.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_marks_tell_the_encoding(mark: bytes, encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path, mark + "Größe\r\nzwei\u2028\u0085\n\nÆ".encode(encoding))
    assert list(decoded_lines(path)) == [(1, "Größe"), (2, "zwei\u2028\u0085"), (3, ""), (4, "Æ")]


def test_what_the_user_tells_is_used_where_there_is_no_mark(tmp_path: Path) -> None:
    assert list(decoded_lines(write(tmp_path, "Größe".encode("latin-1")), "latin-1")) == [
        (1, "Größe")
    ]
    assert list(decoded_lines(write(tmp_path, "Привет".encode("cp1251")), "cp1251")) == [
        (1, "Привет")
    ]
    marked = write(tmp_path, codecs.BOM_UTF8 + "Größe".encode())
    assert list(decoded_lines(marked, "latin-1")) == [(1, "Größe")]


def test_what_cannot_be_told_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "one\ntwo\nGröße\n".encode("latin-1"))
    lines = decoded_lines(path)
    assert [next(lines), next(lines)] == [(1, "one"), (2, "two")]
    with pytest.raises(FormatError) as caught:
        next(lines)
    assert str(caught.value) == (
        f"{path}:3: not UTF-8; save it again as UTF-8, or tell its encoding: "
        "--encoding latin-1, say"
    )


def test_zero_bytes_are_utf_16_without_its_mark_or_no_text(tmp_path: Path) -> None:
    path = write(tmp_path, "abc".encode("utf-16-le"))
    with pytest.raises(FormatError, match=r"text\.txt:1: holds zero bytes: UTF-16 without"):
        list(decoded_lines(path))
    assert list(decoded_lines(path, "utf-16-le")) == [(1, "abc")]


def test_damaged_utf_16_is_an_error_with_its_line(tmp_path: Path) -> None:
    lone = codecs.BOM_UTF16_LE + "a\n".encode("utf-16-le") + b"\x00\xd8b\x00"
    with pytest.raises(FormatError, match=r"text\.txt:2: not UTF-16; "):
        list(decoded_lines(write(tmp_path, lone)))


def test_an_encoding_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--encoding: there is no encoding called 'latin-99'"):
        list(decoded_lines(write(tmp_path, b""), "latin-99"))


@settings(max_examples=50)
@given(lines=st.lists(LINE, min_size=1), encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_lines_are_what_was_written(
    lines: list[str], encoding: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(
        tmp_path_factory.mktemp("lines"), "".join(f"{one}\n" for one in lines).encode(encoding)
    )
    assert [line for _, line in decoded_lines(path)] == lines

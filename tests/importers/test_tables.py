"""Tables: what breaks other readers of Common Voice must not break this one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.errors import FormatError
from importers.tables import BadRow, Row, read_bare_csv, read_csv, read_tsv

CELL = st.text(st.characters(exclude_characters="\t\n", exclude_categories=["Cs"]), max_size=30)
LAST_CELL = CELL.filter(lambda text: not text.endswith("\r"))  # it would be half of a CRLF


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_columns_by_name_in_any_order(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", "sentence\tx\tpath\nHello\t1\ta.mp3\n")
    assert list(read_tsv(table, ("path", "sentence"), (("x",),))) == [
        Row(2, ("a.mp3", "Hello", "1"))
    ]


def test_optional_columns_by_any_of_their_names(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", "path\taccent\na\twelsh\n")
    rows = list(read_tsv(table, ("path",), (("accents", "accent"), ("variant",))))
    assert rows == [Row(2, ("a", "welsh", ""))]


def test_one_required_column_alone(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", "x\tpath\n1\ta\n2\tb\n")
    assert list(read_tsv(table, ("path",))) == [Row(2, ("a",)), Row(3, ("b",))]


def test_quotes_and_unicode_line_separators_are_text(tmp_path: Path) -> None:
    sentences = ['"Unbalanced', "line\u2028separator", "next\u0085line", '""Twice"" "', "\\t"]
    table = write(tmp_path / "t.tsv", "sentence\n" + "\n".join(sentences) + "\n")
    assert [row.values[0] for row in read_tsv(table, ("sentence",)) if isinstance(row, Row)] == (
        sentences
    )


def test_crlf_bom_and_no_final_line_end(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", "\ufeffpath\tlocale\r\na\ten\r\nb\tde")
    assert list(read_tsv(table, ("path", "locale"))) == [Row(2, ("a", "en")), Row(3, ("b", "de"))]


def test_bad_rows_are_told_with_their_line(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", b"path\tsentence\na\tx\tmore\nb\n\nc\t\xff\nd\tfine\n")
    assert list(read_tsv(table, ("path", "sentence"))) == [
        BadRow(2, "3 columns where the header has 2"),
        BadRow(3, "1 columns where the header has 2"),
        BadRow(4, "1 columns where the header has 2"),
        BadRow(5, "not UTF-8"),
        Row(6, ("d", "fine")),
    ]


def test_missing_column_names_it_and_what_is_there(tmp_path: Path) -> None:
    table = write(tmp_path / "t.tsv", "file\tsentence\na\tb\n")
    with pytest.raises(FormatError, match=r"t\.tsv:1: no column 'path'; .* file, sentence"):
        list(read_tsv(table, ("path", "sentence")))


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="the file is empty"):
        list(read_tsv(write(tmp_path / "t.tsv", ""), ("path",)))
    with pytest.raises(FormatError, match="the file is empty"):
        list(read_csv(write(tmp_path / "t.csv", ""), ("path",)))


def test_csv_has_quotes(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", 'filename,text\na.mp3,"one, ""two"""\nb.mp3\nc.mp3,x\n')
    assert list(read_csv(table, ("filename", "text"))) == [
        Row(2, ("a.mp3", 'one, "two"')),
        BadRow(3, "1 columns where the header has 2"),
        Row(4, ("c.mp3", "x")),
    ]


@given(st.lists(st.tuples(CELL, LAST_CELL), max_size=20))
def test_any_text_survives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    table = tmp_path_factory.mktemp("any") / "t.tsv"
    write(table, "path\tsentence\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    found = list(read_tsv(table, ("path", "sentence")))
    assert found == [Row(number, row) for number, row in enumerate(rows, start=2)]


def test_a_csv_without_a_header_has_its_cells_and_lines(tmp_path: Path) -> None:
    table = write(
        tmp_path / "t.csv", b'\xef\xbb\xbf2001, "A", 1020 ,""\r\n\r\n2001, "B\n,", caf\xe9\r\n'
    )
    assert list(read_bare_csv(table)) == [
        (1, ["2001", "A", "1020", ""]),
        (4, ["2001", "B\n,", "caf\ufffd"]),
    ]


def test_a_headless_csv_that_is_none(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", '1,2\n"' + "x" * 200_000)
    with pytest.raises(FormatError, match=r"t\.csv:2: not a readable CSV"):
        list(read_bare_csv(table))

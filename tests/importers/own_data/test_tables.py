"""Tables of people's own: delimiters, quotes as programs disagree on them, JSON lines."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.errors import FormatError, UsageError
from importers.own_data.tables import OwnTable, Record, delimiter_of
from importers.tables import BadRow

NO_OBJECT = "not a JSON object of Unicode text on a line of its own"
CELL = st.text(
    st.characters(exclude_characters="\r\n\0\ufeff", exclude_categories=["Cs"]), max_size=15
)


def table(folder: Path, content: str, name: str = "t.csv") -> OwnTable:
    path = folder / name
    path.write_text(content, encoding="utf-8", newline="")
    return OwnTable(path)


def rows(folder: Path, content: str) -> list[tuple[int, list[str]] | BadRow]:
    """Lines and cells of all rows."""
    found = table(folder, content).rows()
    return [(r.line, list(r.values.values())[::-1]) if isinstance(r, Record) else r for r in found]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_told_by_the_header(delimiter: str, tmp_path: Path) -> None:
    content = f" file {delimiter}my text{delimiter}x\r\na.wav{delimiter}Hello{delimiter}1\r\n"
    found = table(tmp_path, content)
    assert found.columns == ("file", "my text", "x")
    assert list(found.rows()) == [Record(2, {"file": "a.wav", "my text": "Hello", "x": "1"})]


def test_another_delimiter_and_one_column(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("file text\na.wav Hello\n")
    assert OwnTable(tmp_path / "t", " ").columns == ("file", "text")
    assert table(tmp_path, "file\na.wav\n").columns == ("file",)


def test_blank_lines_and_rows_without_a_cell_are_none(tmp_path: Path) -> None:
    assert rows(tmp_path, "\n\na,b\n\n1,2\n,\n \n") == [(5, ["1", "2"])]


def test_quotes_of_a_csv(tmp_path: Path) -> None:
    content = 'a,b\n1,"two, ""2"""\n2,"three\nlines\nlong"\n3,5" nail\n'
    assert rows(tmp_path, content) == [
        (2, ["1", 'two, "2"']),
        (3, ["2", "three\nlines\nlong"]),
        (6, ["3", '5" nail']),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_row(tmp_path: Path) -> None:
    content = 'a,b\n1,"open\n2,two\n3,"Hello" he said\n4,four\n'
    bad = "its quotation marks do not close as those of a CSV do"
    assert rows(tmp_path, content) == [
        BadRow(2, bad),
        (3, ["2", "two"]),
        BadRow(4, bad),
        (5, ["4", "four"]),
    ]


def test_quotes_in_a_tsv_are_text_or_as_in_a_csv(tmp_path: Path) -> None:
    content = (
        "a\tb\tc\n"
        '1\t"Unbalanced\tx\n'
        '2\t"Say ""hi"""\tx\n'
        '3\t"Hello" he said\tx\n'
        '4\t"a\ttab"\tx\n'
        '5\t"two\nlines"\tx\n'
        '6\tx\t"last\ncell"\n'
        '7\tx\t"last, open\n'
        "8\tx\ty\n"
    )
    assert rows(tmp_path, content) == [
        (2, ["1", '"Unbalanced', "x"]),
        (3, ["2", 'Say "hi"', "x"]),
        (4, ["3", '"Hello" he said', "x"]),
        (5, ["4", "a\ttab", "x"]),
        (6, ["5", "two\nlines", "x"]),
        (8, ["6", "x", "last\ncell"]),
        (10, ["7", "x", '"last, open']),
        (11, ["8", "x", "y"]),
    ]


def test_rows_of_another_width(tmp_path: Path) -> None:
    assert rows(tmp_path, "a,b\n1\n1,2,3\n1,2\n") == [
        BadRow(2, "1 columns where the header has 2"),
        BadRow(3, "3 columns where the header has 2"),
        (4, ["1", "2"]),
    ]


def test_of_two_columns_with_one_name_the_first_counts(tmp_path: Path) -> None:
    assert list(table(tmp_path, "a,b,a\n1,2,3\n").rows()) == [Record(2, {"a": "1", "b": "2"})]


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        '{"a": "ä", "n": 1.5, "x": null, "l": [1]}',
        "",
        "[1]",
        "{torn",
        '{"a": true}',
        '{"a": "\\ud800"}',
    ]
    found = table(tmp_path, "\r\n".join(lines), "t.json")
    assert found.is_json
    assert found.columns == ("a", "n", "x", "l")
    assert list(found.rows()) == [
        Record(1, {"a": "ä", "n": "1.5", "x": "", "l": "[1]"}),
        BadRow(3, NO_OBJECT),
        BadRow(4, NO_OBJECT),
        Record(5, {"a": "true"}),
        BadRow(6, NO_OBJECT),
    ]


def test_json_that_is_not_lines_and_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=rf"t\.json:1: {NO_OBJECT}"):
        table(tmp_path, '{\n"a": 1\n}\n', "t.json")
    with pytest.raises(FormatError, match=r"t\.csv:1: the table is empty"):
        table(tmp_path, "\n")


def test_delimiters_by_name() -> None:
    assert [delimiter_of(name) for name in ("tab", "\\t", "comma", "^")] == ["\t", "\t", ",", "^"]
    for name in ("", "ab", '"', "\n"):
        with pytest.raises(UsageError, match="--delimiter: one character, or comma, tab"):
            delimiter_of(name)


@settings(max_examples=50)
@given(cells=st.lists(st.tuples(CELL, CELL), max_size=5), delimiter=st.sampled_from(",\t;|"))
def test_whatever_a_csv_writer_quotes_comes_back(
    cells: list[tuple[str, str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("one", "two"), *cells])
    found = rows(tmp_path_factory.mktemp("table"), buffer.getvalue())
    # Rows without any cell are none.
    wanted = [list(row) for row in cells if any(cell.strip() for cell in row)]
    assert [row[1] for row in found if not isinstance(row, BadRow)] == wanted


@settings(max_examples=50)
@given(values=st.lists(st.dictionaries(CELL, CELL, min_size=1), min_size=1, max_size=5))
def test_whatever_json_writes_comes_back(
    values: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values)
    found = table(tmp_path_factory.mktemp("json"), content, "t.jsonl")
    assert list(found.rows()) == [Record(line, one) for line, one in enumerate(values, 1)]

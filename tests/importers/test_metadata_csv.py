"""metadata.csv: with and without the third column, and what spreadsheet readers lose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.metadata_csv import SpokenLine, read_metadata
from importers.tables import BadRow

CELL = st.text(
    st.characters(exclude_characters="|\r\n\ufeff", exclude_categories=["Cs"]), max_size=20
).map(str.strip)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "metadata.csv"
    path.write_bytes(content)
    return path


def test_two_columns_as_in_the_first_ten_of_lj_speech(test_data: Path) -> None:
    rows = list(read_metadata(test_data / "LJSpeech" / "metadata.csv"))
    assert [row.line for row in rows] == list(range(1, 11))
    assert rows[1] == SpokenLine(2, "LJ001-0002", "in being comparatively modern.")
    assert isinstance(rows[6], SpokenLine)
    assert '"forty-two line Bible"' in rows[6].text


def test_of_three_columns_the_normalised_one_unless_it_is_empty(tmp_path: Path) -> None:
    content = "a|in 1455|in fourteen fifty-five\nb|Dr. No|\nc||x\nd||\ne|\n"
    assert list(read_metadata(write(tmp_path, content.encode()))) == [
        SpokenLine(1, "a", "in fourteen fifty-five"),
        SpokenLine(2, "b", "Dr. No"),
        SpokenLine(3, "c", "x"),
        SpokenLine(4, "d", ""),
        SpokenLine(5, "e", ""),
    ]


def test_quotes_are_text_and_line_ends_of_any_kind(tmp_path: Path) -> None:
    content = '\ufeffa|"Yes|"Yes\r\n\r\n  \nb|no" \u2028 "\n'
    assert list(read_metadata(write(tmp_path, content.encode()))) == [
        SpokenLine(1, "a", '"Yes'),
        SpokenLine(4, "b", 'no" \u2028 "'),
    ]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (b"alone", "1 columns where there are 2 or 3"),
        (b"a|b|c|d", "4 columns where there are 2 or 3"),
        (b" |b", "no name"),
        ("a|café".encode("latin-1"), "not UTF-8"),
    ],
)
def test_lines_that_are_no_utterance(tmp_path: Path, line: bytes, detail: str) -> None:
    path = write(tmp_path, b"a|b\n" + line + b"\nc|d")
    assert list(read_metadata(path)) == [
        SpokenLine(1, "a", "b"),
        BadRow(2, detail),
        SpokenLine(3, "c", "d"),
    ]


@given(st.lists(st.tuples(CELL.filter(bool), CELL, CELL), max_size=5))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text("".join(f"{'|'.join(row)}\n" for row in rows), encoding="utf-8", newline="\n")
    assert list(read_metadata(path)) == [
        SpokenLine(number, name, normalised or text)
        for number, (name, text, normalised) in enumerate(rows, start=1)
    ]

"""Lines of transcripts: what ends one, and what is none."""

from pathlib import Path

from importers.tables import BadRow
from importers.text_lines import Line, read_lines


def test_lines_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"\xef\xbb\xbf one \r\n\r\n \t\ntw\xc3\xb6\xe2\x80\xa8x\nthr\xe9e\nfour")
    assert list(read_lines(path)) == [
        Line(1, "one"),
        Line(4, "twö\u2028x"),
        BadRow(5, "not UTF-8"),
        Line(6, "four"),
    ]


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "t.txt").touch()
    assert list(read_lines(tmp_path / "t.txt")) == []

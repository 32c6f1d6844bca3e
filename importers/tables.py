"""Delimited tables as corpora publish them: columns by name, bad rows told apart, with their line.

Common Voice writes its TSVs with no quoting at all, and sentences may hold unbalanced quotes,
U+2028 or U+0085. So a TSV is split on ``\\n`` and tabs alone: csv quoting or str.splitlines() would
join or break rows. The CSVs of 2017 have ordinary CSV quoting.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from importers.errors import FormatError


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the values of the columns that were asked for, in that order."""

    line: int
    """1-based, of the row's last line."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no row of its table."""

    line: int
    detail: str


def read_tsv(
    path: Path, required: Sequence[str], optional: Sequence[Sequence[str]] = ()
) -> Iterator[Row | BadRow]:
    """The rows of an unquoted TSV with a header, ``required`` columns first, then ``optional``.

    Each optional column is a sequence of the names it has had; a column that the table lacks gives
    "". A UTF-8 byte order mark and CRLF line ends are accepted. Raises FormatError when the header
    lacks a required column, OSError when the file cannot be read.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as stream:
        header = _without_line_end(stream.readline()).split("\t")
        pick = _picker(path, header, required, optional)
        width = len(header)
        for number, line in enumerate(stream, start=2):
            cells = _without_line_end(line).split("\t")
            yield _row(number, cells, width, pick)


def read_csv(
    path: Path, required: Sequence[str], optional: Sequence[Sequence[str]] = ()
) -> Iterator[Row | BadRow]:
    """The rows of a comma separated, quoted CSV with a header; otherwise as read_tsv."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        try:
            header = next(reader, [])
            pick = _picker(path, header, required, optional)
            for cells in reader:
                yield _row(reader.line_num, cells, len(header), pick)
        except csv.Error as error:
            raise FormatError(f"{path}:{reader.line_num}: not a readable CSV: {error}") from None


def read_bare_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of a CSV without a header, with the number of each row's last line.

    Spaces around cells are removed, what is not UTF-8 is U+FFFD, blank lines are passed over.
    Raises FormatError for what is no CSV, OSError.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream, skipinitialspace=True)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, [cell.strip() for cell in cells]
        except csv.Error as error:
            raise FormatError(f"{path}:{reader.line_num}: not a readable CSV: {error}") from None


def _without_line_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


def _row(
    number: int, cells: list[str], width: int, pick: Callable[[list[str]], tuple[str, ...]]
) -> Row | BadRow:
    if len(cells) != width:
        return BadRow(number, f"{len(cells)} columns where the header has {width}")
    values = pick(cells)
    if not "".join(values).isprintable() and not _is_utf8(values):
        return BadRow(number, "not UTF-8")
    return Row(number, values)


def _is_utf8(values: tuple[str, ...]) -> bool:
    """False when surrogateescape had to keep bytes that are not UTF-8."""
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True


def _picker(
    path: Path, header: list[str], required: Sequence[str], optional: Sequence[Sequence[str]]
) -> Callable[[list[str]], tuple[str, ...]]:
    missing = [name for name in required if name not in header]
    if missing and (not _is_utf8(tuple(header)) or "\0" in "".join(header)):
        raise FormatError(f"{path}:1: not UTF-8; save it again in this encoding")
    if missing:
        if len(header) == 1 and any(mark in header[0] for mark in ",;"):
            raise FormatError(
                f"{path}:1: its columns are not separated by tabs (a .csv: by commas)"
            )
        raise FormatError(
            f"{path}:1: no column {' and no column '.join(map(repr, missing))}; "
            f"its columns are {', '.join(header)[:300] or 'none: the file is empty'}"
        )
    # A column that the table lacks is read from one empty cell put behind each row.
    absent = len(header)
    places = [header.index(name) for name in required]
    places += [
        next((header.index(name) for name in names if name in header), absent) for names in optional
    ]
    get = itemgetter(*places) if len(places) > 1 else lambda cells: (cells[places[0]],)

    def pick(cells: list[str]) -> tuple[str, ...]:
        cells.append("")
        return get(cells)

    return pick

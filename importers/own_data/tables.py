"""Tables as people make them: CSV, TSV, or a JSON object a line; columns by name.

Spreadsheets, pandas and Common Voice do not agree on quotes in a TSV. So a row is taken as it
stands where it has as many columns as the header, and by the rules of CSV (RFC 4180) where it has
not; and a quote that is never closed costs its own row, never those after it.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.errors import FormatError, UsageError
from importers.own_data.text_files import decoded_lines
from importers.tables import BadRow

DELIMITERS: Mapping[str, str] = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
"""Those that are guessed, by their names."""
_LONGEST_ROW = 100  # lines of one quoted text
_NO_OBJECT = "not a JSON object of Unicode text on a line of its own"


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table."""

    line: int
    """1-based, of the row's first line."""
    values: Mapping[str, str]
    """The cells by their columns, as the header writes them."""


class OwnTable:
    """A table with a header, or JSON lines. ``columns`` are those of the header or first object.

    Raises FormatError (path:line) for a file that is neither, or of another encoding; OSError.
    """

    def __init__(
        self, path: Path, delimiter: str | None = None, encoding: str | None = None
    ) -> None:
        self.path = path
        self._encoding = encoding
        first = next(self._lines(), None)
        if first is None:
            raise FormatError(f"{path}:1: the table is empty")
        line, text = first
        self.is_json = text.lstrip().startswith("{")
        self._delimiter = delimiter or _most_frequent(text)
        if self.is_json:
            values = _object(text)
            self.columns: Sequence[str] = tuple(values) if values is not None else ()
            if values is None:
                raise FormatError(f"{path}:{line}: {_NO_OBJECT}")
        else:
            cells = _by_rfc(text, self._delimiter) or text.split(self._delimiter)
            self.columns = tuple(cell.strip() for cell in cells)

    def rows(self) -> Iterator[Record | BadRow]:
        """The rows, without blank ones. Raises FormatError for bytes of another encoding."""
        return self._objects() if self.is_json else self._delimited()

    def _lines(self) -> Iterator[tuple[int, str]]:
        lines = decoded_lines(self.path, self._encoding)
        return ((number, line) for number, line in lines if line.strip())

    def _objects(self) -> Iterator[Record | BadRow]:
        for number, line in self._lines():
            values = _object(line)
            yield BadRow(number, _NO_OBJECT) if values is None else Record(number, values)

    def _delimited(self) -> Iterator[Record | BadRow]:
        lines = self._lines()
        next(lines)  # the header
        for row in _Rows(lines, self._delimiter, len(self.columns)):
            if isinstance(row, BadRow):
                yield row
            elif any(cell.strip() for cell in row[1]):
                # Of two columns with one name the first counts.
                pairs = zip(reversed(self.columns), reversed(row[1]), strict=True)
                yield Record(row[0], dict(pairs))


def delimiter_of(name: str) -> str:
    """What ``--delimiter`` means: a name in DELIMITERS, or one character. Raises UsageError."""
    found = DELIMITERS.get(name, "\t" if name == "\\t" else name)
    if len(found) != 1 or found in '"\r\n':
        raise UsageError(f"--delimiter: one character, or {', '.join(DELIMITERS)}; not {name!r}")
    return found


def _most_frequent(header: str) -> str:
    return max(DELIMITERS.values(), key=header.count)


def _object(line: str) -> dict[str, str] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    values = {name: _text_of(value) for name, value in content.items()}
    try:
        "".join((*values, *values.values())).encode()
    except UnicodeEncodeError:
        return None  # an escape of half a character
    return values


def _text_of(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Rows:
    """Rows of ``width`` cells from lines; several lines make one where a quoted cell spans them."""

    def __init__(self, lines: Iterator[tuple[int, str]], delimiter: str, width: int) -> None:
        self._lines = lines
        self._ahead: deque[tuple[int, str]] = deque()
        self._delimiter = delimiter
        self._width = width

    def __iter__(self) -> Iterator[tuple[int, list[str]] | BadRow]:
        while self._look(1):
            number, line = self._ahead.popleft()
            cells = self._alone(line) or self._joined(line)
            yield BadRow(number, self._problem(line)) if cells is None else (number, cells)

    def _look(self, count: int) -> bool:
        """Whether there are so many lines more."""
        while len(self._ahead) < count:
            line = next(self._lines, None)
            if line is None:
                return False
            self._ahead.append(line)
        return True

    def _alone(self, line: str) -> list[str] | None:
        """The cells of a line that is a row; None if it is none, or may go on in the next."""
        if self._delimiter == "\t":
            cells = line.split("\t")
            if len(cells) == self._width and not (_opens(cells[-1]) and self._goes_on()):
                return [_unquoted(cell) for cell in cells]
        return self._fitting(_by_rfc(line, self._delimiter))

    def _goes_on(self) -> bool:
        """Whether the next line is no row of its own."""
        return self._look(1) and self._ahead[0][1].count("\t") + 1 != self._width

    def _joined(self, line: str) -> list[str] | None:
        if _by_rfc(line, self._delimiter) is not None:
            return None  # no quote is open
        text = line
        for count in range(1, _LONGEST_ROW):
            if not self._look(count):
                break
            text += "\n" + self._ahead[count - 1][1]
            cells = self._fitting(_by_rfc(text, self._delimiter))
            if cells is not None:
                for _ in range(count):
                    self._ahead.popleft()
                return cells
        return None

    def _fitting(self, cells: list[str] | None) -> list[str] | None:
        return cells if cells is not None and len(cells) == self._width else None

    def _problem(self, line: str) -> str:
        cells = _by_rfc(line, self._delimiter)
        if cells is None:
            return "its quotation marks do not close as those of a CSV do"
        return f"{len(cells)} columns where the header has {self._width}"


def _by_rfc(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; None where a quoted cell is not closed, or text follows its end."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _opens(cell: str) -> bool:
    return cell.startswith('"') and cell.count('"') % 2 == 1


def _unquoted(cell: str) -> str:
    """A cell that was quoted as a whole, without its quotes; any other as it stands."""
    inside = cell[1:-1].replace('""', "")
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside:
        return cell[1:-1].replace('""', '"')
    return cell

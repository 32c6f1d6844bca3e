"""Which tables of somebody's folder name recordings and their texts."""

import posixpath
from collections.abc import Iterator
from pathlib import Path

from importers.errors import FormatError, UsageError
from importers.own_data.recordings import NotFound, Recordings
from importers.own_data.rows import FILE_NAMES, TEXT_NAMES, Told, columns_of, split_of_name
from importers.own_data.tables import OwnTable
from importers.own_data.texts_beside import any_text_beside

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".json")


def tables_of(root: Path, recordings: Recordings, told: Told) -> Iterator[tuple[OwnTable, str]]:
    """The tables to read, each with its path from the root (its name, where it lies elsewhere).

    The one that the user names; else all that have columns for files and texts, those first that
    are called after a split: of two rows for one recording the first counts. Raises FormatError for
    tables that cannot be read, or whose columns are not known where nothing else has texts;
    UsageError for one that is not there.
    """
    if told.table is not None:
        yield _named(root, recordings, told)
        return
    found, others = _all(root, recordings, told)
    wants_columns = told.file_column or told.text_column
    if others and not found and (wants_columns or not any_text_beside(recordings)):
        raise _unknown_columns(others[0], told)
    yield from sorted(found, key=lambda one: (split_of_name(one[1]) is None, one[1]))


def _named(root: Path, recordings: Recordings, told: Told) -> tuple[OwnTable, str]:
    assert told.table is not None
    place = recordings.find(told.table, "")
    outside = Path(told.table)
    if not isinstance(place, NotFound):
        path = root / place
    elif outside.is_file():
        path, place = outside, outside.name
    else:
        raise UsageError(f"--table: there is no {told.table}, neither in {root} nor from here")
    table = _open(path, told)
    if columns_of(tuple(table.columns), told) is None:
        raise _unknown_columns(table, told)
    return table, place


def _all(
    root: Path, recordings: Recordings, told: Told
) -> tuple[list[tuple[OwnTable, str]], list[OwnTable]]:
    """Those that fit, and those whose columns are not known."""
    found, others = [], []
    for place in recordings.files:
        suffix = posixpath.splitext(place)[1].lower()
        if suffix not in TABLE_SUFFIXES or _is_empty(root / place):
            continue
        try:
            table = _open(root / place, told)
        except FormatError:
            if suffix == ".json":
                continue  # which may hold anything
            raise
        if columns_of(tuple(table.columns), told) is not None:
            found.append((table, place))
        elif suffix != ".json":
            others.append(table)
    return found, others


def _is_empty(path: Path) -> bool:
    """Or a link that leads nowhere."""
    return not path.exists() or path.stat().st_size == 0


def _open(path: Path, told: Told) -> OwnTable:
    try:
        return OwnTable(path, told.delimiter, told.encoding)
    except OSError as error:
        raise FormatError(f"{path}:1: cannot be read: {error.strerror}") from None


def _unknown_columns(table: OwnTable, told: Told) -> FormatError:
    files = (
        repr(told.file_column)
        if told.file_column
        else f"for the files ({', '.join(FILE_NAMES[:4])}, …)"
    )
    texts = (
        repr(told.text_column) if told.text_column else f"for the texts ({', '.join(TEXT_NAMES)})"
    )
    return FormatError(
        f"{table.path}:1: needs a column {files} and a column {texts}; its columns are "
        f"{', '.join(table.columns)[:300]}. Name them with --file-column and --text-column, and "
        "what stands between them with --delimiter"
    )

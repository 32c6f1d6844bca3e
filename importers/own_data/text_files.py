"""Text files as people have them: UTF-8 with or without a mark, UTF-16, or as they tell us.

What an encoding is cannot be known from bytes that are no UTF-8: Latin-1, Windows-1252 and KOI8-R
all read them, each as other letters. So nothing is guessed: the user tells it, or is told where.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from importers.errors import FormatError, UsageError

# Longest first: the mark of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_REPLACED = "\ufffd"


def decoded_lines(path: Path, told: str | None = None) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers from 1, without ``\\n`` and ``\\r\\n``.

    A byte order mark decides over the encoding; else ``told``; else it is UTF-8. Only ``\\n`` ends
    a line: U+2028 and U+0085 are text. Raises FormatError (path:line) where the bytes are not of
    the encoding, UsageError for an encoding that there is not, OSError.
    """
    encoding = _encoding_of(path, told)
    wide = _is_wide(encoding)
    with path.open(
        encoding=encoding, errors="replace" if wide else "surrogateescape", newline="\n"
    ) as stream:
        for number, line in enumerate(stream, start=1):
            if "\0" in line:
                raise FormatError(f"{path}:{number}: {_ZEROS}")
            if (wide and _REPLACED in line) or not _is_whole(line):
                name = encoding.removesuffix("-sig").upper()
                raise FormatError(f"{path}:{number}: not {name}; {_TELL}")
            yield number, line.removesuffix("\n").removesuffix("\r")


_TELL = "save it again as UTF-8, or tell its encoding: --encoding latin-1, say"
_ZEROS = "holds zero bytes: UTF-16 without its mark (--encoding utf-16-le), or no text at all"


def _encoding_of(path: Path, told: str | None) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    try:
        return codecs.lookup(told or "utf-8").name
    except LookupError:
        raise UsageError(f"--encoding: there is no encoding called {told!r}") from None


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


def _is_whole(line: str) -> bool:
    """False where surrogateescape had to keep bytes that are not of the encoding."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True

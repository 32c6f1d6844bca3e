"""A list of words in a file: one a line, UTF-8, plain or compressed."""

import codecs
import contextlib
from pathlib import Path

from importers.errors import FormatError
from lm.compression import unpacked
from lm.sentences import DigestReader


def read_word_list(path: Path) -> list[str]:
    """The words in their order; empty lines are none.

    Raises FormatError (``path:line:``) for what is not UTF-8 and for several words in a line,
    and where there is no word; what unpacking raises; OSError.
    """
    words = []
    with contextlib.ExitStack() as stack:
        raw = DigestReader(stack.enter_context(path.open("rb")), lambda count: None)
        for number, line in enumerate(stack.enter_context(unpacked(raw, str(path))), start=1):
            parts = line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").split()
            if len(parts) > 1:
                raise FormatError(f"{path}:{number}: {len(parts)} words; a line has one")
            try:
                words += [part.decode() for part in parts]
            except UnicodeDecodeError:
                raise FormatError(f"{path}:{number}: not UTF-8. Convert the file") from None
    if not words:
        raise FormatError(f"{path}: no words in the file")
    return words

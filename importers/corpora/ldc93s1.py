"""LDC93S1: one sentence of TIMIT, which the LDC gives away as a sample; DeepSpeech's first test.

https://catalog.ldc.upenn.edu/LDC93S1 — two files, in no archive:

    LDC93S1.wav
    LDC93S1.txt     0 46797 She had your dark suit in greasy wash water all year.

The numbers are the first sample and the one after the last. It is all put into train, so that a
model can be seen to learn it by heart.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from importers.corpus import Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.text_lines import Line, read_lines

_NAME = "LDC93S1"
_ADDENDA = f"https://catalog.ldc.upenn.edu/desc/addenda/{_NAME}"
_RATE = 16000

INFO = CorpusInfo(
    name="ldc93s1",
    title="LDC93S1",
    languages=("en",),
    licence="LDC User Agreement (sample)",
    homepage="https://catalog.ldc.upenn.edu/LDC93S1",
    how_to_get=f"Download {_ADDENDA}.wav and {_ADDENDA}.txt into one folder",
    markers=(f"{_NAME}.txt",),
    tables=(f"{_NAME}.txt",),
    archives=(
        PublishedArchive(_NAME, f"{_ADDENDA}.wav"),
        PublishedArchive(_NAME, f"{_ADDENDA}.txt"),
    ),
)

_LINE = re.compile(r"(\d{1,9}) +(\d{1,9})(?: +(.*))?", re.ASCII)


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The one utterance."""
    table = root / f"{_NAME}.txt"
    for row in read_lines(table):
        if isinstance(row, Line):
            yield _utterance(f"{table.name}:{row.number}", row.text)
        else:
            yield Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)


def _utterance(where: str, line: str) -> Utterance | Reject:
    found = _LINE.fullmatch(line)
    if found is None:
        return Reject(where, Reason.BAD_ROW, "no first sample, last sample and text")
    seconds = (int(found[2]) - int(found[1])) / _RATE
    if seconds <= 0:
        return Reject(where, Reason.BAD_ROW, f"it ends at sample {found[2]}, begins at {found[1]}")
    return Utterance(
        key=_NAME,
        audio=Audio(f"{_NAME}.wav"),
        text=found[3] or "",
        locale="en",
        split="train",
        seconds=seconds,
    )

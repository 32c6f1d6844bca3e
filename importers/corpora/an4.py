"""AN4, the Census database: spelled names, addresses and numbers; free for any purpose.

http://www.speech.cs.cmu.edu/databases/an4, copied at https://github.com/espnet/espnet
(egs/mini_an4) — 948 utterances to train with and 130 to test, as SPHERE files:

    an4/etc/an4_{train,test}.fileids             an4_clstk/fash/an251-fash-b
    an4/etc/an4_{train,test}.transcription       <s> YES </s> (an251-fash-b)
    an4/wav/{an4_clstk,an4test_clstk}/fash/an251-fash-b.sph

In a folder (not in an archive, whose audio is read last) audio that no list names is reported.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from importers.corpus import Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.text_lines import Line, read_lines

_ARCHIVE = "http://www.speech.cs.cmu.edu/databases/an4/an4_sphere.tar.gz"

INFO = CorpusInfo(
    name="an4",
    title="AN4",
    languages=("en",),
    licence="free for any purpose (CMU)",
    homepage="https://github.com/espnet/espnet/tree/master/egs/an4",
    how_to_get=f"Download {_ARCHIVE}; a copy: https://huggingface.co/datasets/espnet/an4",
    markers=("etc/an4_train.fileids", "etc/an4_test.fileids"),
    tables=("etc/an4_*.fileids", "etc/an4_*.transcription"),
    listed=("wav/*/*/*.sph",),
    archives=(PublishedArchive("an4", _ARCHIVE),),
)

_SPLITS = ("train", "test")
_TRANSCRIPT = re.compile(r"(.*)\(([^()\s]+)\)")
_MARKS = re.compile(r"</?s>|<sil>")


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The utterances of both lists, then the audio that is in neither."""
    listed: set[str] = set()
    for split in _SPLITS:
        yield from _read_list(root / "etc", split, listed)
    for path in sorted((root / "wav").glob("*/*/[!.]*.sph")):
        audio = path.relative_to(root).as_posix()
        if audio not in listed:
            yield Reject(path.stem, Reason.NO_TRANSCRIPT, f"{audio}: in no list of etc/")


def _read_list(etc: Path, split: str, listed: set[str]) -> Iterator[Utterance | Reject]:
    """One list and its transcripts; what audio it names is put into ``listed``."""
    table, other = etc / f"an4_{split}.fileids", etc / f"an4_{split}.transcription"
    transcripts: dict[str, Line] = {}
    yield from _read_transcripts(other, transcripts)
    named: set[str] = set()
    for row in _lines(table):
        if isinstance(row, Reject):
            yield row
            continue
        file_id = PurePosixPath(row.text)
        named.add(file_id.name)
        listed.add(_audio(file_id))
        if file_id.name in transcripts:
            yield _utterance(file_id, transcripts[file_id.name].text, split)
        else:
            detail = f"{table.name}:{row.number}: {other.name} does not have it"
            yield Reject(file_id.name, Reason.NO_TRANSCRIPT, detail)
    for name in (name for name in transcripts if name not in named):
        detail = f"{other.name}:{transcripts[name].number}: {table.name} does not have it"
        yield Reject(name, Reason.MISSING_AUDIO, detail)


def _read_transcripts(table: Path, found: dict[str, Line]) -> Iterator[Reject]:
    """Puts the transcripts into ``found``, by utterance; yields what is wrong with others."""
    for row in _lines(table):
        if isinstance(row, Reject):
            yield row
            continue
        where = f"{table.name}:{row.number}"
        parts = _TRANSCRIPT.fullmatch(row.text)
        if parts is None:
            yield Reject(where, Reason.BAD_ROW, "no (utterance) at its end")
        elif parts[2] in found:
            detail = f"{parts[2]} is in line {found[parts[2]].number} too"
            yield Reject(where, Reason.DUPLICATE, detail)
        else:
            found[parts[2]] = Line(row.number, parts[1].strip())


def _lines(table: Path) -> Iterator[Line | Reject]:
    """The lines of a list; none where a copy of the corpus lacks it."""
    if table.is_file():
        for row in read_lines(table):
            if isinstance(row, Line):
                yield row
            else:
                yield Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)


def _audio(file_id: PurePosixPath) -> str:
    return f"wav/{file_id}.sph"


def _utterance(file_id: PurePosixPath, text: str, split: str) -> Utterance:
    return Utterance(
        key=file_id.name,
        audio=Audio(_audio(file_id)),
        text=text,
        speaker=file_id.parent.name or None,
        locale="en",
        split=split,
    )


def normalise(text: str) -> str:
    """Without the marks of a sentence's ends and of silence, as CMU Sphinx writes them.

    https://cmusphinx.github.io/wiki/tutorialam, "Setting up the training data"; etc/an4.filler.
    """
    return " ".join(_MARKS.sub(" ", text).split())

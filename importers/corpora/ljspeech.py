"""LJ Speech: one woman reading seven books of non-fiction, public domain.

https://keithito.com/LJ-Speech-Dataset — 13,100 clips of 1 to 10 seconds, 24 hours, 22,050 Hz:

    LJSpeech-1.1/metadata.csv     LJ001-0001|text|normalised text
    LJSpeech-1.1/wavs/LJ001-0001.wav

Copies with FLAC files in flac/ are read too. There are no official splits.
"""

from collections.abc import Iterator
from pathlib import Path

from importers.corpus import Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.metadata_csv import read_metadata
from importers.report import Reason, Reject
from importers.tables import BadRow

INFO = CorpusInfo(
    name="ljspeech",
    title="LJ Speech",
    languages=("en",),
    licence="public domain",
    homepage="https://keithito.com/LJ-Speech-Dataset",
    how_to_get="Download https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2",
    markers=("metadata.csv",),
    tables=("metadata.csv",),
    # Size and checksum as pytorch/audio (src/torchaudio/datasets/ljspeech.py) and the server say.
    archives=(
        PublishedArchive(
            "LJSpeech-1.1",
            "https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2",
            bytes=2_748_572_632,
            sha256="be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5",
        ),
    ),
)

_SPEAKER = "LJ"


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """All rows of metadata.csv."""
    folder, ending = ("flac", ".flac") if _has_flac(root) else ("wavs", ".wav")
    table = root / "metadata.csv"
    for row in read_metadata(table):
        if isinstance(row, BadRow):
            yield Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)
        else:
            yield Utterance(
                key=row.name,
                audio=Audio(f"{folder}/{row.name}{ending}"),
                text=row.text,
                speaker=_SPEAKER,
                locale="en",
            )


def _has_flac(root: Path) -> bool:
    return (root / "flac").is_dir() and not (root / "wavs").is_dir()

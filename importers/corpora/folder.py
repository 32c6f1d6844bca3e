"""Anyone's own recordings: a folder with audio, and texts beside it or in tables.

    somebody/0001.wav + somebody/0001.txt (or .lab)        one text a recording, at any depth
    metadata.csv: file,text,speaker,…                      CSV, TSV, or a JSON object a line

Columns are found by the names that people and tools give them (importers/own_data/rows.py): by
those of DeepSpeech's CSVs, https://deepspeech.readthedocs.io/en/r0.9/TRAINING.html, and of NeMo's
manifests, https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html.
docs/own-data.md is the guide.
"""

from collections.abc import Iterator
from pathlib import Path

from importers.corpus import Access, CorpusInfo, OptionGroup, ReadOptions, Utterance
from importers.own_data.recordings import AUDIO_SUFFIXES, TEXT_SUFFIXES, Recordings, any_case
from importers.own_data.rows import TableRows, Told
from importers.own_data.table_choice import TABLE_SUFFIXES, tables_of
from importers.own_data.texts_beside import no_text, texts_beside
from importers.report import Reason, Reject

INFO = CorpusInfo(
    name="folder",
    title="Own recordings",
    languages=("many",),
    licence="yours",
    access=Access.OWN,
    homepage="https://deepspeech.readthedocs.io/en/r0.9/TRAINING.html",
    how_to_get=(
        "Put your recordings into a folder, and beside each its text under the same name (a.wav, "
        "a.txt), or a table with the columns file and text; CSVs of DeepSpeech "
        "(https://deepspeech.readthedocs.io) and manifests of NeMo will do"
    ),
    markers=("**/*.wav", "**/*.mp3", *map(any_case, AUDIO_SUFFIXES)),
    tables=tuple(map(any_case, (*TEXT_SUFFIXES, *TABLE_SUFFIXES))),
    listed=tuple(map(any_case, AUDIO_SUFFIXES)),
    # Longer ones cost a training much memory; whole chapters are for a forced aligner.
    max_seconds=30.0,
    min_seconds=0.1,
)


def add_options(group: OptionGroup) -> None:
    """What cannot be guessed of a folder."""
    group.add_argument(
        "--table", metavar="FILE",
        help="the table that names files and texts; without it, every .csv, .tsv, .jsonl and .json "
        "that does, and the texts beside the audio that none of them names",
    )  # fmt: skip
    group.add_argument("--file-column", metavar="NAME", help="the column with the audio's names")
    group.add_argument("--text-column", metavar="NAME", help="the column with the texts")
    group.add_argument(
        "--delimiter", metavar="CHAR",
        help="between the columns: comma, tab, semicolon, pipe, or another character (default: as "
        "the first line has it)",
    )  # fmt: skip
    group.add_argument(
        "--encoding", metavar="NAME",
        help="of texts and tables that are neither UTF-8 nor marked: latin-1, cp1251, shift-jis, …",
    )  # fmt: skip
    group.add_argument(
        "--speaker-from-folder", action="store_const", const="yes",
        help="where no column tells the speaker, it is called after the folder of the recording",
    )  # fmt: skip


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The rows of all tables, then the texts beside the recordings that no table names."""
    told = Told.of(options.values, options.locale)
    recordings = Recordings(root)
    for name in recordings.unnameable:
        yield Reject(name, Reason.BAD_NAME, "the file's name is not UTF-8: rename it")
    claimed: set[str] = set()
    for table, place in tables_of(root, recordings, told):
        rows = TableRows(table, place, recordings, told)
        yield from rows
        claimed |= rows.claimed
    if told.table is None:
        yield from texts_beside(root, recordings, claimed, told)
    else:
        for path in recordings.audio:
            if path not in claimed:
                yield no_text(recordings, path, f"{told.table} does not name it")

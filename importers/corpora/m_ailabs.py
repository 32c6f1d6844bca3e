"""M-AILABS: nearly 1,000 hours of audio books in eight languages, free for any use with notice.

https://github.com/imdatceleste/m-ailabs-dataset — an archive a language, mono WAVs of 16 kHz; books
read by one person, and books (``mix``) read by several who are not named:

    en_US/by_book/female/judy_bieber/dorothy_and_wizard_oz/{metadata.csv,wavs/*.wav}
    es_ES/by_book/mix/don_quijote/{metadata.csv,wavs/*.wav}

``metadata.csv`` is as LJ Speech has it. Each language is a release of its own, and there are no
official splits.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from importers.corpus import Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.metadata_csv import read_metadata
from importers.report import Reason, Reject
from importers.tables import BadRow

_LANGUAGES = {
    "de_DE": "de",
    "en_UK": "en-GB",
    "en_US": "en-US",
    "es_ES": "es",
    "fr_FR": "fr",
    "it_IT": "it",
    "pl_PL": "pl",
    "ru_RU": "ru",
    "uk_UK": "uk",
}
"""The folders, and the language of each: uk_UK is Ukrainian."""
_PLACE = "https://ics.tau-ceti.space/data/Training/stt_tts"

INFO = CorpusInfo(
    name="m-ailabs",
    title="M-AILABS",
    languages=tuple(_LANGUAGES.values()),
    licence="BSD-like (Ukrainian: machine learning only)",
    homepage="https://github.com/imdatceleste/m-ailabs-dataset",
    how_to_get=(
        "Download a language's archive (de_DE.tgz) by the links of "
        "https://github.com/imdatceleste/m-ailabs-dataset, after reading its licence"
    ),
    markers=("by_book/*/*/metadata.csv", "by_book/*/*/*/metadata.csv"),
    tables=("by_book/*/*/metadata.csv", "by_book/*/*/*/metadata.csv"),
    archives=tuple(PublishedArchive(folder, f"{_PLACE}/{folder}.tgz") for folder in _LANGUAGES),
    columns=("gender",),
)

_MIX = "mix"
_LANGUAGE = re.compile("|".join(_LANGUAGES))


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """All books of a language, by sex, reader and title."""
    language = _language(root, options.release)
    locale = _LANGUAGES[language] if language else options.locale or ""
    tables = {table for pattern in INFO.tables for table in root.glob(pattern)}
    for table in sorted(tables):
        yield from _read_book(root, table, locale)


def _language(root: Path, release: str) -> str:
    """The folder of a language that the root or the archive is called after; "" for none."""
    for name in (root.resolve().name, release.removesuffix(".gz").removesuffix(".tar")):
        if _LANGUAGE.fullmatch(name.removesuffix(".tgz")):
            return name.removesuffix(".tgz")
    return ""


def _read_book(root: Path, table: Path, locale: str) -> Iterator[Utterance | Reject]:
    book = table.parent.relative_to(root).as_posix()
    sex, *reader_and_title = book.split("/")[1:]
    speaker = reader_and_title[0] if sex != _MIX and len(reader_and_title) > 1 else None
    for row in read_metadata(table):
        if isinstance(row, BadRow):
            yield Reject(f"{book}/{table.name}:{row.line}", Reason.BAD_ROW, row.detail)
        else:
            yield Utterance(
                key="-".join((*reader_and_title, row.name)),
                audio=Audio(f"{book}/wavs/{row.name}.wav"),
                text=row.text,
                speaker=speaker,
                locale=locale,
                extra={"gender": "" if sex == _MIX else sex},
            )

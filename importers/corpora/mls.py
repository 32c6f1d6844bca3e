"""Multilingual LibriSpeech: audio books in eight languages, 6,000 hours besides the English 44,500.

From https://www.openslr.org/94, described by Pratap et al., Interspeech 2020. Each language is a
release of its own, as FLAC or as Opus:

    mls_german/metainfo.txt                            speaker | gender | partition | minutes | …
    mls_german/dev/transcripts.txt                     3685_3559_000004<TAB>words, lower case
    mls_german/dev/audio/3685/3559/3685_3559_000004.flac       .opus in mls_german_opus
"""

import re
from collections.abc import Iterator
from pathlib import Path

from importers.corpus import SPLITS, Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.tables import BadRow
from importers.text_lines import read_lines

_LANGUAGES = {
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "polish": "pl",
    "portuguese": "pt",
    "spanish": "es",
}
_KEY = re.compile(r"(\d+)_(\d+)_\d+")
_NAME = re.compile(rf"mls_({'|'.join(_LANGUAGES)})(_opus)?(?![a-z])")

INFO = CorpusInfo(
    name="mls",
    title="Multilingual LibriSpeech",
    languages=tuple(_LANGUAGES.values()),
    licence="CC-BY-4.0",
    homepage="https://www.openslr.org/94",
    how_to_get="Download a language's archive (mls_german_opus.tar.gz) from "
    "https://www.openslr.org/94",
    markers=tuple(f"{split}/transcripts.txt" for split in SPLITS),
    tables=("*/transcripts.txt", "metainfo.txt"),
    # Sizes are published in round numbers (German: 115 GB, as Opus 29 GB), SHA-256 are not.
    archives=tuple(
        PublishedArchive(name, f"https://dl.fbaipublicfiles.com/mls/{name}.tar.gz")
        for language in _LANGUAGES
        for name in (f"mls_{language}", f"mls_{language}_opus")
    ),
    columns=("gender",),
)


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The lines of the three transcripts; ``root`` is the folder of one language."""
    language, suffix = _what_is(root, options.release)
    genders = _genders(root / "metainfo.txt")
    for split in SPLITS:
        table = root / split / "transcripts.txt"
        for line in read_lines(table) if table.is_file() else ():
            if isinstance(line, BadRow):
                yield Reject(f"{split}/{table.name}:{line.line}", Reason.BAD_ROW, line.detail)
                continue
            key, _, text = line.text.partition("\t")
            found = _KEY.fullmatch(key)
            if found is None:
                where, detail = f"{split}/{table.name}:{line.number}", f"no id: {key[:80]}"
                yield Reject(where, Reason.BAD_ROW, detail)
                continue
            speaker, book = found.groups()
            yield Utterance(
                key,
                Audio(f"{split}/audio/{speaker}/{book}/{key}.{suffix}"),
                text,
                speaker,
                options.locale or language,
                split=split,
                extra={"gender": genders.get(speaker, "")},
            )


def _what_is(root: Path, release: str) -> tuple[str, str]:
    """(language, ``flac`` or ``opus``) by the names of the folder and the release.

    A folder by another name: no language, and Opus where such a file lies in it.
    """
    found = _NAME.search(root.resolve().name) or _NAME.search(release)
    if found:
        return _LANGUAGES[found[1]], "opus" if found[2] else "flac"
    return "", "opus" if any(root.glob("*/audio/*/*/*.opus")) else "flac"


def _genders(table: Path) -> dict[str, str]:
    """``F`` or ``M`` of each speaker, by number; a table that is absent or odd stops nothing."""
    if not table.is_file():
        return {}
    lines = (line.text for line in read_lines(table) if not isinstance(line, BadRow))
    rows = (line.split("|") for line in lines)
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}

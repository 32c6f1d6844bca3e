"""LibriSpeech: 1,000 hours of English audio books, and Mini LibriSpeech, parts of it.

From https://www.openslr.org/12 and https://www.openslr.org/31, by Panayotov et al., ICASSP 2015,
and the README.TXT within:

    LibriSpeech/SPEAKERS.TXT                             reader | sex | set | minutes | name
    LibriSpeech/dev-clean/84/121123/84-121123.trans.txt  one line an utterance: its id, its words
    LibriSpeech/dev-clean/84/121123/84-121123-0000.flac  84 is the reader, 121123 the chapter

Words are upper case without punctuation, and no reader is in two sets. The checksums of the seven
are torchaudio's (torchaudio/datasets/librispeech.py). The publisher gives MD5 alone; for the two of
Mini LibriSpeech, people who have compared it give these.
"""

from collections.abc import Iterator
from pathlib import Path

from importers.corpus import SPLITS, Audio, CorpusInfo, PublishedArchive, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.tables import BadRow
from importers.text_lines import read_lines


def _archive(
    name: str, size: int, sha256: str, *, page: int = 12, on_request: bool = False
) -> PublishedArchive:
    url = f"https://www.openslr.org/resources/{page}/{name}.tar.gz"
    return PublishedArchive(name, url, size, sha256, on_request)


INFO = CorpusInfo(
    name="librispeech",
    title="LibriSpeech",
    languages=("en",),
    licence="CC-BY-4.0",
    homepage="https://www.openslr.org/12",
    how_to_get=(
        "Download the sets you want from https://www.openslr.org/12 (Mini LibriSpeech: "
        "https://www.openslr.org/31)"
    ),
    # The second one: a set's own folder.
    markers=("*/*/*/*.trans.txt", "*/*/*.trans.txt"),
    tables=("*/*/*/*.trans.txt", "*/*/*.trans.txt", "SPEAKERS.TXT"),
    archives=(
        _archive(
            "dev-clean",
            337_926_286,
            "76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3",
        ),
        _archive(
            "dev-other",
            314_305_928,
            "12661c48e8c3fe1de2c1caa4c3e135193bfb1811584f11f569dd12645aa84365",
        ),
        _archive(
            "test-clean",
            346_663_984,
            "39fde525e59672dc6d1551919b1478f724438a95aa55f874b576be21967e6c23",
        ),
        _archive(
            "test-other",
            328_757_843,
            "d09c181bba5cf717b3dee7d4d592af11a3ee3a09e08ae025c5506f6ebe961c29",
        ),
        _archive(
            "train-clean-100",
            6_387_309_499,
            "d4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2",
        ),
        _archive(
            "train-clean-360",
            23_049_477_885,
            "146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf",
        ),
        _archive(
            "train-other-500",
            30_593_501_606,
            "ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2",
        ),
        _archive(
            "dev-clean-2",
            126_046_265,
            "176ec501490eced2d6c1f89f4f0ddc7dfe799e649e5322f8ba49fe3ff50c8012",
            page=31,
            on_request=True,
        ),
        _archive(
            "train-clean-5",
            332_954_390,
            "47805806c8b15f7549f3c51bd6b7da72ec0128a34d32830c8014a88658c0292d",
            page=31,
            on_request=True,
        ),
    ),
    in_parts=True,
    columns=("set", "chapter", "gender"),
)


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The lines of every chapter, set by set; ``root`` holds the sets, or is one of them."""
    genders = _genders(root / "SPEAKERS.TXT")
    for pattern in INFO.markers:
        for table in sorted(root.glob(pattern)):
            chosen = not options.sets or _set_of(table) in options.sets
            if chosen and not table.name.startswith("."):
                yield from _read_chapter(root, table, genders)


def _set_of(table: Path) -> str:
    return table.parents[2].name


def _split_of(published: str) -> str | None:
    first = published.partition("-")[0]
    return first if first in SPLITS else None


def _read_chapter(root: Path, table: Path, genders: dict[str, str]) -> Iterator[Utterance | Reject]:
    folder = table.parent.relative_to(root).as_posix()
    chapter, speaker, published = table.parents[0].name, table.parents[1].name, _set_of(table)
    extra = {"set": published, "chapter": chapter, "gender": genders.get(speaker, "")}
    for line in read_lines(table):
        if isinstance(line, BadRow):
            yield Reject(f"{folder}/{table.name}:{line.line}", Reason.BAD_ROW, line.detail)
            continue
        key, _, text = line.text.partition(" ")
        yield Utterance(
            key,
            Audio(f"{folder}/{key}.flac"),
            text,
            speaker,
            "en",
            split=_split_of(published),
            extra=extra,
        )


def _genders(table: Path) -> dict[str, str]:
    """``F`` or ``M`` of each reader, by number; a table that is absent or odd stops nothing."""
    if not table.is_file():
        return {}
    lines = (line.text for line in read_lines(table) if not isinstance(line, BadRow))
    rows = (line.split("|") for line in lines if not line.startswith(";"))
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}

"""Mozilla Common Voice: read speech in more than 280 languages, CC0.

https://commonvoice.mozilla.org/datasets — every release of scripted speech, full or delta, and the
first one of November 2017, whose CSVs differ from all later ones:

    cv-corpus-21.0-2025-03-14/en/{clips/*.mp3, validated.tsv, invalidated.tsv, other.tsv, …}
    cv_corpus_v1/{cv-valid-train.csv, cv-valid-train/*.mp3, …, cv-invalid.csv, cv-invalid/*.mp3}

Formats by the README of each release and common-voice/cv-dataset.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from importers.clips import ClipRow, parse_votes, read_clips, read_paths
from importers.corpus import SPLITS, Audio, CorpusInfo, ReadOptions, Utterance
from importers.errors import FormatError
from importers.lengths import Lengths
from importers.report import Reason, Reject
from importers.tables import BadRow, Row, read_csv, read_tsv

INFO = CorpusInfo(
    name="cv",
    title="Common Voice",
    languages=("many",),
    licence="CC0-1.0",
    homepage="https://commonvoice.mozilla.org/datasets",
    how_to_get=(
        "Download a language's archive (cv-corpus-…-<language>.tar.gz) from "
        "https://mozilladatacollective.com/organization/common-voice, after accepting its terms, "
        "or import mdc:DATASET-ID with a key in MDC_API_KEY"
    ),
    markers=("validated.tsv", "train.tsv", "other.tsv", "cv-valid-train.csv", "cv-invalid.csv"),
    tables=(
        "train.tsv",
        "dev.tsv",
        "test.tsv",
        "validated.tsv",
        "other.tsv",
        "invalidated.tsv",
        "clip_durations.tsv",
        "times.txt",
        "cv-*.csv",
    ),
    groups=("valid", "other", "invalid"),
    unsplit_groups=("invalid",),
    # The website takes 1 to 15 s (0.5 s for single words), and 2 s more for slow browsers.
    min_seconds=0.3,
    max_seconds=20.0,
    columns=(
        "age",
        "gender",
        "accents",
        "variant",
        "segment",
        "sentence_id",
        "sentence_domain",
        "up_votes",
        "down_votes",
    ),
    default_split="maximal",
)

_LOCALE = "[a-z]{2,3}(?:-[A-Za-z]{2,8})*"
_V1_COLUMNS = ("filename", "text")
_V1_OPTIONAL = (("up_votes",), ("down_votes",), ("age",), ("gender",), ("accent",))


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """All clips of a release: ``root`` is the folder with its tables."""
    if is_v1(root):
        yield from _read_v1(root)
    else:
        yield from _read_tables(root, options.locale or release_locale(root, options.release))


def is_v1(root: Path) -> bool:
    """Whether ``root`` is the release of 2017 (its CSVs are called as our manifests are)."""
    tables = sorted(root.glob("cv-*.csv"))
    return any(_first_cell(table) == "filename" for table in tables)


def total_seconds(root: Path) -> float | None:
    """Seconds of all clips, or None where the release does not tell."""
    return _lengths(root).total() or None


def _lengths(root: Path) -> Lengths:
    """By clip_durations.tsv (since 16.1) or times.txt (14.0 to 15.0); else none.

    They help (with progress, and to tell a cut clip): a table that cannot be read stops nothing.
    """
    try:
        if (root / "clip_durations.tsv").is_file():
            rows = read_tsv(root / "clip_durations.tsv", ("clip", "duration[ms]"))
            cells = (row.values for row in rows if isinstance(row, Row))
            return Lengths(_in_seconds((name, cell) for name, cell in cells))
        if (root / "times.txt").is_file():
            with (root / "times.txt").open(encoding="utf-8", errors="replace") as stream:
                return Lengths(_in_seconds(line.rstrip().partition("\t")[::2] for line in stream))
    except FormatError:
        pass
    return Lengths(())


def _in_seconds(cells: Iterable[tuple[str, str]]) -> Iterator[tuple[str, float]]:
    for name, milliseconds in cells:
        if milliseconds.isdecimal() and len(milliseconds) <= 9:
            yield name, int(milliseconds) / 1000


def release_locale(root: Path, release: str = "") -> str:
    """The language in a release's names, for tables without a locale column; "" if none is there.

    ``cv-corpus-5-2020-06-22/cy``, ``cv-corpus-1_cy`` and ``cv-corpus-21.0-2025-03-14-cy.tar.gz``
    name it; a folder of any other name says nothing.
    """
    folder = root.resolve()
    if folder.parent.name.startswith("cv-corpus-") and re.fullmatch(_LOCALE, folder.name):
        return folder.name
    for name in (folder.name, release.removesuffix(".tar").removesuffix(".tar.gz")):
        found = re.fullmatch(rf"cv-corpus-.*[-_]({_LOCALE})", name.removesuffix(".tar"))
        if found:
            return found.group(1)
    return ""


def _read_tables(root: Path, locale: str) -> Iterator[Utterance | Reject]:
    lengths = _lengths(root)
    for row in _read_rows(root, locale):
        if isinstance(row, Utterance):
            yield replace(row, seconds=lengths.get(row.audio.path.removeprefix("clips/")))
        else:
            yield row


def _read_rows(root: Path, locale: str) -> Iterator[Utterance | Reject]:
    validated = root / "validated.tsv"
    if validated.is_file():
        splits = _OfficialSplits(root)
        for row in _read_table(validated, "valid", locale):
            yield splits.put(row) if isinstance(row, Utterance) else row
        yield from splits.remarks(locale)
    else:
        # A trimmed release: train, dev and test are all that is left of the validated clips.
        for split in SPLITS:
            yield from _read_table(root / f"{split}.tsv", "valid", locale, split=split)
    yield from _read_table(root / "other.tsv", "other", locale)
    yield from _read_table(root / "invalidated.tsv", "invalid", locale)


class _OfficialSplits:
    """The splits in train.tsv, dev.tsv and test.tsv, whose clips stand in validated.tsv too."""

    def __init__(self, root: Path) -> None:
        self._tables = {split: root / f"{split}.tsv" for split in SPLITS}
        self._splits: dict[str, str] = {}
        for split, table in self._tables.items():
            if table.is_file():
                for path in read_paths(table):
                    self._splits.setdefault(path, split)
        self._left = set(self._splits)

    def put(self, utterance: Utterance) -> Utterance:
        """The utterance with its split."""
        path = utterance.audio.path.removeprefix("clips/")
        self._left.discard(path)
        split = self._splits.get(path)
        return replace(utterance, split=split) if split else utterance

    def remarks(self, locale: str) -> Iterator[Utterance | Reject]:
        """Rows of the three tables that are more than a mention of a validated clip.

        Clips that validated.tsv lacks, bad rows, and second mentions, as rejects.
        """
        seen: set[str] = set()
        for split, table in self._tables.items():
            for row in _read_table(table, "valid", locale, split=split):
                if isinstance(row, Reject):
                    yield row
                    continue
                path = row.audio.path.removeprefix("clips/")
                if path in seen:
                    detail = f"{table.name}: is in {self._splits[path]}.tsv already"
                    yield Reject(row.key, Reason.DUPLICATE, detail)
                elif path in self._left:
                    yield row
                seen.add(path)


def _read_table(
    table: Path, group: str, locale: str, *, split: str | None = None
) -> Iterator[Utterance | Reject]:
    if table.is_file():
        for row in read_clips(table):
            yield _utterance(table, row, group, split, locale)


def _utterance(
    table: Path, row: ClipRow | BadRow, group: str, split: str | None, locale: str
) -> Utterance | Reject:
    if isinstance(row, BadRow):
        return Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)
    if not row.path:
        return Reject(f"{table.name}:{row.line}", Reason.BAD_NAME, "no path")
    return Utterance(
        key=_key(row.path),
        audio=Audio(f"clips/{row.path}"),
        text=row.sentence,
        speaker=row.client_id or None,
        locale=row.locale or locale,
        group=group,
        split=split,
        votes=row.votes,
        extra=_extra(row),
    )


def _extra(row: ClipRow) -> Mapping[str, str]:
    return {
        "age": row.age,
        "gender": row.gender,
        "accents": row.accents,
        "variant": row.variant,
        "segment": row.segment,
        "sentence_id": row.sentence_id,
        "sentence_domain": row.sentence_domain,
        "up_votes": str(row.votes.up) if row.votes else "",
        "down_votes": str(row.votes.down) if row.votes else "",
    }


def _read_v1(root: Path) -> Iterator[Utterance | Reject]:
    for group in INFO.groups:
        for split in (None,) if group in INFO.unsplit_groups else SPLITS:
            table = root / f"{INFO.set_name(group, split)}.csv"
            if table.is_file():
                yield from _read_v1_table(root, table, group, split)


def _read_v1_table(
    root: Path, table: Path, group: str, split: str | None
) -> Iterator[Utterance | Reject]:
    # A copy of the release that people share has each folder twice: cv-valid-train/cv-valid-train/.
    doubled = f"{table.stem}/" if (root / table.stem / table.stem).is_dir() else ""
    for row in read_csv(table, _V1_COLUMNS, _V1_OPTIONAL):
        if isinstance(row, BadRow):
            yield Reject(f"{table.name}:{row.line}", Reason.BAD_ROW, row.detail)
        elif not row.values[0]:
            yield Reject(f"{table.name}:{row.line}", Reason.BAD_NAME, "no filename")
        else:
            yield _v1_utterance(row, doubled, group, split)


def _v1_utterance(row: Row, doubled: str, group: str, split: str | None) -> Utterance:
    filename, text, up, down, age, gender, accent = row.values
    return Utterance(
        key=_key(filename),
        audio=Audio(doubled + filename),
        text=text,
        locale="en",  # the release of 2017 is English only
        group=group,
        split=split,
        votes=parse_votes(up, down),
        extra={
            "age": age,
            "gender": gender,
            "accents": accent,
            "up_votes": up,
            "down_votes": down,
        },
    )


def _key(path: str) -> str:
    """A clip's name without ``.mp3``; the folders of the 2017 release keep its names apart."""
    return path.removesuffix(".mp3").replace("/", "-")


def _first_cell(table: Path) -> str:
    with table.open(encoding="utf-8-sig", errors="replace") as stream:
        return stream.readline(1000).split(",")[0].strip().strip('"')

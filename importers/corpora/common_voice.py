"""Mozilla Common Voice: read speech in more than 280 languages, CC0.

https://commonvoice.mozilla.org/datasets — every release of scripted speech, full or delta, and the
first one of November 2017, whose CSVs differ from all later ones:

    cv-corpus-21.0-2025-03-14/en/{clips/*.mp3, validated.tsv, invalidated.tsv, other.tsv, …}
    cv_corpus_v1/{cv-valid-train.csv, cv-valid-train/*.mp3, …, cv-invalid.csv, cv-invalid/*.mp3}

Formats by the README of each release and common-voice/cv-dataset.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from importers.clips import ClipRow, parse_votes, read_clips, read_paths
from importers.corpus import SPLITS, Audio, CorpusInfo, ReadOptions, Utterance
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
        "https://mozilladatacollective.com/organization/common-voice, after accepting its terms"
    ),
    markers=("validated.tsv", "train.tsv", "other.tsv", "cv-valid-train.csv", "cv-invalid.csv"),
    tables=("*.tsv", "*.csv", "times.txt"),
    groups=("valid", "other", "invalid"),
    unsplit_groups=("invalid",),
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
)

_GROUP_TABLES = {"valid": "validated.tsv", "other": "other.tsv", "invalid": "invalidated.tsv"}
_V1_COLUMNS = ("filename", "text")
_V1_OPTIONAL = (("up_votes",), ("down_votes",), ("age",), ("gender",), ("accent",))


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """All clips of a release: ``root`` is the folder with its tables."""
    if is_v1(root):
        yield from _read_v1(root)
    else:
        yield from _read_tables(root, options.locale or release_locale(root))


def is_v1(root: Path) -> bool:
    """Whether ``root`` is the release of 2017 (its CSVs are called as our manifests are)."""
    tables = sorted(root.glob("cv-*.csv"))
    return any(_first_cell(table) == "filename" for table in tables)


def total_seconds(root: Path) -> float | None:
    """Seconds of all clips by clip_durations.tsv (since 16.1) or times.txt (14.0 to 15.0)."""
    for name, columns in (("clip_durations.tsv", ("clip", "duration[ms]")), ("times.txt", None)):
        table = root / name
        if table.is_file():
            return _sum_milliseconds(table, columns) / 1000
    return None


def release_locale(root: Path) -> str:
    """The language after which a release's folder is named, for tables without a locale column."""
    locale = re.search(r"(?:^|[-_])([a-z]{2,3}(?:-[A-Za-z]{2,8})*)$", root.name)
    return locale.group(1) if locale else ""


def _read_tables(root: Path, locale: str) -> Iterator[Utterance | Reject]:
    splits = _official_splits(root)
    for group, name in _GROUP_TABLES.items():
        table = root / name
        if table.is_file():
            yield from _read_table(table, group, splits, locale)
    # What is left in `splits` stands in train, dev or test but not in validated.tsv, as in
    # releases that people have trimmed: those rows are read from the split's own table.
    for split in SPLITS:
        table = root / f"{split}.tsv"
        if splits and table.is_file():
            yield from _read_leftover(table, splits, locale)


def _official_splits(root: Path) -> dict[str, str]:
    """Clip name to split, by the first table that names it."""
    splits: dict[str, str] = {}
    for split in SPLITS:
        table = root / f"{split}.tsv"
        if table.is_file():
            for path in read_paths(table):
                splits.setdefault(path, split)
    return splits


def _read_table(
    table: Path, group: str, splits: dict[str, str], locale: str
) -> Iterator[Utterance | Reject]:
    for row in read_clips(table):
        split = (
            splits.pop(row.path, None) if isinstance(row, ClipRow) and group == "valid" else None
        )
        yield _utterance(table, row, group, split, locale)


def _read_leftover(
    table: Path, splits: dict[str, str], locale: str
) -> Iterator[Utterance | Reject]:
    for row in read_clips(table):
        if isinstance(row, ClipRow) and splits.get(row.path) == table.stem:
            yield _utterance(table, row, "valid", splits.pop(row.path), locale)


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
    """A clip's name without its suffix; the folders of the 2017 release keep its names apart."""
    return path.rpartition(".")[0].replace("/", "-")


def _first_cell(table: Path) -> str:
    with table.open(encoding="utf-8-sig", errors="replace") as stream:
        return stream.readline(1000).split(",")[0].strip().strip('"')


def _sum_milliseconds(table: Path, columns: tuple[str, str] | None) -> float:
    if columns:
        cells = (row.values[1] for row in read_tsv(table, columns) if isinstance(row, Row))
        return sum(int(cell) for cell in cells if cell.isdecimal())
    with table.open(encoding="utf-8", errors="replace") as stream:
        cells = (line.rpartition("\t")[2].strip() for line in stream)
        return sum(int(cell) for cell in cells if cell.isdecimal())

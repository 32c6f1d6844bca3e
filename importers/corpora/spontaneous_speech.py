"""Common Voice Spontaneous Speech: answers to open questions in more than 70 languages, CC0.

https://commonvoice.mozilla.org/spontaneous-speech — one archive a language and release:

    sps-corpus-3.0-2026-03-09-en/
        audios/spontaneous-speech-en-*.mp3
        ss-corpus-en.tsv               a row a recording: transcription, votes, split, …
        ss-reported-audios-en.tsv      recordings that people have reported, which the former lacks

Columns by https://github.com/common-voice/cv-dataset/tree/main/datasets/spontaneous-speech
(README.md, CHANGELOG.md: demographics and quality tags came with 3.0); some releases quote cells as
a CSV does. Markup by Common Voice's guidelines for transcribers ("Transcribe the audio").
"""

import re
from collections.abc import Iterator
from pathlib import Path

from importers.corpus import SPLITS, Audio, CorpusInfo, ReadOptions, Utterance
from importers.errors import FormatError
from importers.own_data.tables import OwnTable, Record
from importers.report import Reason, Reject
from importers.tables import BadRow

INFO = CorpusInfo(
    name="sps",
    title="Common Voice Spontaneous Speech",
    languages=("many",),
    licence="CC0-1.0",
    homepage="https://commonvoice.mozilla.org/spontaneous-speech",
    how_to_get=(
        "Download a language's archive (sps-corpus-…-<language>.tar.gz) from "
        "https://mozilladatacollective.com/organization/common-voice, after accepting its terms, "
        "or import mdc:DATASET-ID with a key in MDC_API_KEY"
    ),
    markers=("ss-corpus-*.tsv",),
    tables=("ss-corpus-*.tsv", "ss-reported-audios-*.tsv"),
    groups=("valid", "other"),
    columns=(
        "age",
        "gender",
        "accents",
        "variant",
        "prompt_id",
        "prompt",
        "votes",
        "is_edited",
        "char_per_sec",
        "quality_tags",
    ),
    min_seconds=0.5,
    # Answers last 17 to 28 s on average in the datasheets of 1.0, and some for minutes.
    max_seconds=60.0,
)

_REQUIRED = ("audio_file", "transcription")
_UNCLEAR = re.compile(r"\[unclear\]", re.IGNORECASE)
# [laugh], [disfluency] and [noise]; in releases before 3.0 also the transcribers' own, such as
# [um], [cough], and (in Malay) <bunyi>.
_TAG = re.compile(r"\[[^\[\]]{1,30}\]|<[^<>]{1,30}>")


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """The rows of ss-corpus-<locale>.tsv, then what ss-reported-audios-<locale>.tsv has besides."""
    for path in sorted(root.glob("ss-corpus-*.tsv")):
        locale = path.stem.removeprefix("ss-corpus-")
        reported = _reported(path.with_name(f"ss-reported-audios-{locale}.tsv"))
        seen: set[str] = set()
        for row in _rows(path, _REQUIRED):
            if isinstance(row, Reject):
                yield row
                continue
            name = row.values["audio_file"]
            seen.add(name)
            yield _utterance(path, row, locale, reported.get(name))
        for name, reason in reported.items():
            if name not in seen:
                yield Reject(_key(name), Reason.EXCLUDED, f"reported: {reason}")


def normalise(text: str) -> str:
    """Without tags, which stand for sounds that are no words, and for hesitations.

    The hyphen of a false start (``Jo- Jona- Jonathan``) goes by the text rules: its sounds are
    transcribed as they were said.
    """
    return " ".join(_TAG.sub(" ", text).split())


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[Record | Reject]:
    table = OwnTable(path, "\t")
    missing = [name for name in required if name not in table.columns]
    if missing:
        raise FormatError(
            f"{path}:1: no column {' and no column '.join(map(repr, missing))}; its columns are "
            f"{', '.join(table.columns)[:300]}"
        )
    for row in table.rows():
        if isinstance(row, BadRow):
            yield Reject(f"{path.name}:{row.line}", Reason.BAD_ROW, row.detail)
        else:
            yield row


def _reported(path: Path) -> dict[str, str]:
    """The reasons by the audio's name. Rows that free comments have broken say nothing."""
    reasons: dict[str, str] = {}
    for row in _rows(path, ("audio_file",)) if path.is_file() else ():
        if isinstance(row, Record) and row.values["audio_file"]:
            name, reason = row.values["audio_file"], row.values.get("reason", "")
            known = reasons.get(name)
            reasons[name] = reason if known in (None, reason) else f"{known}, {reason}"
    return reasons


def _utterance(path: Path, row: Record, locale: str, reported: str | None) -> Utterance | Reject:
    cells = row.values
    name, text = cells["audio_file"], cells["transcription"]
    if not name:
        return Reject(f"{path.name}:{row.line}", Reason.BAD_NAME, "no audio_file")
    if reported is not None:
        return Reject(_key(name), Reason.EXCLUDED, f"reported: {reported}")
    if not text.strip():
        return Reject(_key(name), Reason.NO_TRANSCRIPT)
    if _UNCLEAR.search(text):
        return Reject(_key(name), Reason.UNSURE, text)
    split = cells.get("split", "")
    return Utterance(
        key=_key(name),
        audio=Audio(f"audios/{name}"),
        text=text,
        speaker=cells.get("client_id") or None,
        locale=locale,
        # Only transcripts that were reviewed are in a split.
        group="valid" if split in SPLITS else "other",
        split=split if split in SPLITS else None,
        seconds=_seconds(cells.get("duration_ms", "")),
        extra={column: cells.get(column, "") for column in INFO.columns},
    )


def _seconds(milliseconds: str) -> float | None:
    try:
        seconds = float(milliseconds) / 1000
    except ValueError:
        return None
    return seconds if 0 < seconds < 1e6 else None


def _key(name: str) -> str:
    return name.removesuffix(".mp3")


def total_seconds(root: Path) -> float | None:
    """By duration_ms, of all recordings that have one."""
    lengths: list[float | None] = []
    for path in sorted(root.glob("ss-corpus-*.tsv")):
        rows = (row for row in _rows(path, ()) if isinstance(row, Record))
        lengths += [_seconds(row.values.get("duration_ms", "")) for row in rows]
    return sum(filter(None, lengths)) or None

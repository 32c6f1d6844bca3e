"""The release: tables and clips in Common Voice's layout, in a tar that is the same every time."""

import gzip
import hashlib
import io
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from tools.sample_corpus import damage
from tools.sample_corpus.readings import Plan, Reading
from tools.sample_corpus.recording import Clip

LOCALE = "en"
NAME = "cv-corpus-1.0-2026-11-20"
ROOT = f"{NAME}/{LOCALE}"
ARCHIVE = f"{NAME}-{LOCALE}.tar.gz"
UNLISTED = "common_voice_en_42999999.mp3"
TABLES = ("train", "dev", "test", "validated", "invalidated", "other")
COLUMNS = (
    "client_id",
    "path",
    "sentence_id",
    "sentence",
    "sentence_domain",
    "up_votes",
    "down_votes",
    "age",
    "gender",
    "accents",
    "variant",
    "locale",
    "segment",
)
REPORT_COLUMNS = ("sentence", "sentence_id", "locale", "reason")
SENTENCE_COLUMNS = ("sentence_id", "sentence", "variant", "sentence_domain", "source")
REPORTS = (
    (0, "grammar-or-spelling"),
    (1, "difficult-pronounce"),
    (2, "There is more than one door, which one is meant?"),
)
_MODIFIED = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
_SOURCE = "Self-written for the sample"
_DATASHEET = """\
# Sample release of Myna: English commands, synthetic voices

This is **not** a release of Common Voice: it only has its layout. Every voice in it is
synthetic, every volunteer and every vote is invented, every sentence was written for it.
Some clips are damaged on purpose, as they are in true releases.

Licence: CC0 1.0, text and clips alike.
"""

Row = Iterable[object]


def table(columns: Iterable[str], rows: Iterable[Row]) -> bytes:
    """A TSV as Common Voice writes it: never quoted, lines end in a bare line feed."""
    lines = ["\t".join(columns), *("\t".join(str(field) for field in row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def clip_row(reading: Reading) -> Row:
    speaker = reading.speaker
    return (
        speaker.client_id,
        reading.path,
        sentence_id(reading.sentence),
        reading.sentence,
        domain(reading.sentence),
        reading.up_votes,
        reading.down_votes,
        speaker.age,
        speaker.gender,
        speaker.accents,
        "",
        LOCALE,
        "",
    )


def sentence_id(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()


def domain(sentence: str) -> str:
    """Up to two of Common Voice's domains, joined by a comma; empty for most sentences."""
    of_word = {"obot": "technology_robotics", "song": "media_entertainment"}
    return ",".join(name for word, name in of_word.items() if word in sentence)


def files(plan: Plan, clips: Mapping[str, Clip], unlisted: Clip) -> dict[str, bytes]:
    """Every file of the release by its name below ROOT."""
    by_speaker = sorted(plan.readings, key=lambda r: (r.speaker.client_id, r.clip))
    result = {
        f"{name}.tsv": table(COLUMNS, (clip_row(r) for r in by_speaker if name in r.tables))
        for name in TABLES
    }
    result |= _sentence_tables(plan)
    result["clip_durations.tsv"] = table(("clip", "duration[ms]"), _durations(plan, clips))
    result["README.md"] = _DATASHEET.encode()
    for reading in plan.readings:
        data = damage.apply(reading.damage, clips[reading.path].data)
        if data is not None:
            result[f"clips/{reading.path}"] = data
    result[f"clips/{UNLISTED}"] = unlisted.data
    return result


def _durations(plan: Plan, clips: Mapping[str, Clip]) -> Iterable[Row]:
    for reading in plan.readings:
        unmeasurable = reading.damage in damage.UNMEASURABLE
        yield reading.path, 0 if unmeasurable else clips[reading.path].duration_ms


def _sentence_tables(plan: Plan) -> dict[str, bytes]:
    read = Counter(reading.sentence for reading in plan.readings)
    known = [
        (sentence_id(text), text, "", domain(text), _SOURCE, 1, count)
        for text, count in sorted(read.items())
    ]
    proposed = [
        (sentence_id(text), text, "", domain(text), _SOURCE, index % 2, index // 8, status)
        for index, text in enumerate(plan.unread[:12])
        for status in ("rejected" if index // 8 else "pending",)
    ]
    reports = [(known[i][1], known[i][0], LOCALE, reason) for i, reason in REPORTS]
    return {
        "validated_sentences.tsv": table([*SENTENCE_COLUMNS, "is_used", "clips_count"], known),
        "unvalidated_sentences.tsv": table(
            [*SENTENCE_COLUMNS, "up_votes", "down_votes", "status"], proposed
        ),
        "reported.tsv": table(REPORT_COLUMNS, reports),
    }


def pack(contents: Mapping[str, bytes]) -> bytes:
    """The .tar.gz: members sorted by name, one owner and one date, no time in the gzip header."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in sorted(contents.items()):
            member = tarfile.TarInfo(f"{ROOT}/{name}")
            member.size, member.mtime, member.mode = len(data), _MODIFIED, 0o644
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(tar.getvalue(), compresslevel=9, mtime=0)

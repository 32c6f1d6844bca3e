"""Which clips a person is asked about, and which sentences they are given to read.

As at Common Voice (server/src/lib/model/db.ts), the first 500 are shuffled, so that people who are
there at the same time get different ones, and the database need not draw by lot from all.
"""

import random
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy import literal_column as sql
from sqlalchemy.orm import Session

from validation_app.database.tables import (
    Clip,
    ReportedClip,
    ReportedSentence,
    Sentence,
    SkippedClip,
    SkippedSentence,
    Vote,
)
from validation_app.recordings.limits import playback_gain_db

_POOL = 500
_DIGITS = 16
"""Of the digest, to tell recordings apart."""


@dataclass(frozen=True, slots=True)
class ClipToHear:
    """What a page needs to play a clip."""

    id: int
    text: str
    duration_ms: int
    gain_db: float
    audio: str
    """Its address. The query tells the recording: browsers keep what they have heard for a year,
    and an app with another folder may listen at the same port."""


@dataclass(frozen=True, slots=True)
class SentenceToRead:
    """What a page needs to show a sentence."""

    id: str
    text: str


def clips_to_hear(session: Session, locale: str, person: str, count: int) -> list[ClipToHear]:
    """Undecided clips that the person did not record, judge, skip or report.

    First those of a priority list, from the 500 with the highest score; then those whose sentence
    has no valid clip yet, the oldest 500; then the rest.
    """
    pool = session.execute(
        select(Clip.id, Clip.priority, Clip.sentence_has_valid_clip)
        # Literally: a partial index is used for what it says literally alone.
        .where(Clip.locale == locale, Clip.verdict == sql("'other'"), Clip.person_id != person)
        .where(
            *(
                ~exists().where(table.clip_id == Clip.id, table.person_id == person)
                for table in (Vote, SkippedClip, ReportedClip)
            )
        )
        .order_by(Clip.priority.desc().nulls_last(), Clip.sentence_has_valid_clip, Clip.id)
        .limit(_POOL)
    ).all()
    random_order = random.sample(pool, len(pool))
    # (No second key among those with a priority: their score has said all.)
    random_order.sort(key=lambda row: (row[1] is None, row[1] is None and row[2]))
    chosen = [row[0] for row in random_order[:count]]
    found = {clip.id: clip for clip in session.scalars(select(Clip).where(Clip.id.in_(chosen)))}
    return [_to_hear(found[one]) for one in chosen]


def sentences_to_read(
    session: Session, locale: str, person: str, count: int
) -> list[SentenceToRead]:
    """Sentences that the person did not record, skip or report; the least recorded first."""
    recorded = exists().where(
        Clip.person_id == person,
        Clip.sentence_id == Sentence.id,
        Clip.origin == sql("'recorded'"),  # literally, as above
    )
    pool = session.execute(
        select(Sentence.id, Sentence.text, Sentence.clips_count)
        .where(Sentence.locale == locale, Sentence.is_used.is_(True), ~recorded)
        .where(
            *(
                ~exists().where(table.sentence_id == Sentence.id, table.person_id == person)
                for table in (SkippedSentence, ReportedSentence)
            )
        )
        .order_by(Sentence.clips_count, Sentence.id)
        .limit(_POOL)
    ).all()
    random_order = sorted(random.sample(pool, len(pool)), key=lambda row: row.clips_count)
    return [SentenceToRead(row.id, row.text) for row in random_order[:count]]


def _to_hear(clip: Clip) -> ClipToHear:
    gain = round(playback_gain_db(clip.loudness_db), 1)
    address = f"/audio/{clip.id}.mp3?{clip.digest[:_DIGITS]}"
    return ClipToHear(clip.id, clip.text, clip.duration_ms, gain, address)

"""The tables of the validation app. What a person said or did is never inferred from elsewhere.

Their shape follows Common Voice's schema (server/src/lib/model/db/migrations), with what that
lacks: reasons of votes, counts that came with an imported corpus, loudness, a priority. A change
here needs a migration (database/migrations); a test holds the two together.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String, desc
from sqlalchemy import text as condition
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, TypeDecorator

RECORDED: Final = "recorded"
"""The origin of what was recorded here. (Queries that need an index say it literally.)"""


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite keeps none of the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Table(DeclarativeBase):
    """All tables."""


class Person(Table):
    """Who records and votes: anonymous, known by a signed cookie, or a speaker of a corpus."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """A random UUID."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    client_id: Mapped[str | None] = mapped_column(unique=True)
    """As an imported corpus names the speaker; None for people of this app. Empty for the
    one row of all clips whose speakers no corpus names: whose they are is not known."""
    age: Mapped[str] = mapped_column(default="")
    gender: Mapped[str] = mapped_column(default="")
    accents: Mapped[str] = mapped_column(default="")


class Sentence(Table):
    """What is to be read aloud."""

    __tablename__ = "sentences"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of locale, newline and text, in hexadecimal."""
    locale: Mapped[str]
    text: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    domain: Mapped[str] = mapped_column(default="")
    is_used: Mapped[bool] = mapped_column(default=True)
    """Whether it is given to people who record."""
    clips_count: Mapped[int] = mapped_column(default=0)
    """This and the next are kept by validation_app/community/sentences.py, `recount`."""
    has_valid_clip: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    __table_args__ = (Index("sentences_to_record", "locale", "is_used", "clips_count", "id"),)


class Clip(Table):
    """A recording of a sentence, and what the votes say of it."""

    __tablename__ = "clips"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    sentence_id: Mapped[str] = mapped_column(ForeignKey("sentences.id"))
    text: Mapped[str]
    """The sentence as it was read: sentences may be corrected later."""
    locale: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    """Of the MP3, under DIR/clips."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was uploaded, in hexadecimal."""
    origin: Mapped[str] = mapped_column(default=RECORDED)
    """RECORDED, or the name of the corpus that it was imported from."""
    duration_ms: Mapped[int]
    loudness_db: Mapped[float]
    """Root mean square of the speech in dB below full scale: what playback levels."""
    priority: Mapped[float | None]
    """From a priority list: higher is asked about earlier; None stands behind all."""
    given_up_votes: Mapped[int] = mapped_column(default=0)
    """That came with an imported corpus, of people we do not know."""
    given_down_votes: Mapped[int] = mapped_column(default=0)
    up_votes: Mapped[int] = mapped_column(default=0)
    """All: given ones and those in `votes`."""
    down_votes: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[str] = mapped_column(default="other")
    """importers/votes.py: valid, invalid, or other while nothing is decided."""
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    sentence_has_valid_clip: Mapped[bool] = mapped_column(default=False)
    """The sentence's flag once more, so that one index holds the order in which clips are asked for
    (`recount` keeps it)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    person: Mapped[Person] = relationship()
    sentence: Mapped[Sentence] = relationship()

    __table_args__ = (
        Index(
            "clips_to_hear", "locale", desc("priority"), "sentence_has_valid_clip", "id",
            sqlite_where=condition("verdict = 'other'"),
            postgresql_where=condition("verdict = 'other'"),
        ),
        Index("clips_of_sentence", "sentence_id", "verdict"),
        # What the overview adds up lies in these alone: the table is ten times as large.
        Index(
            "clips_summed", "locale", "verdict", "origin", "up_votes", "down_votes",
            "given_up_votes", "given_down_votes", "duration_ms",
        ),
        Index("clips_recorded", "locale", "origin", "created_at", "duration_ms"),
        Index("clips_decided", "locale", "verdict", "decided_at", "duration_ms"),
        Index("clips_by_digest", "digest"),
        Index(
            "one_recording_each", "person_id", "sentence_id",
            unique=True, sqlite_where=condition("origin = 'recorded'"),
            postgresql_where=condition("origin = 'recorded'"),
        ),
        {"sqlite_autoincrement": True},  # a removed clip's number, and name, is never given again
    )  # fmt: skip


class Vote(Table):
    """What one person said of one clip, last."""

    __tablename__ = "votes"
    clip_id: Mapped[int] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    is_valid: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")
    """Of a no: one of validation_app/community/reasons.py."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)

    __table_args__ = (Index("votes_of_person", "person_id"), Index("votes_changed", "changed_at"))


class SkippedClip(Table):
    """A clip that a person would not judge: it does not come back to them."""

    __tablename__ = "skipped_clips"
    clip_id: Mapped[int] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class SkippedSentence(Table):
    """A sentence that a person would not read: it does not come back to them."""

    __tablename__ = "skipped_sentences"
    sentence_id: Mapped[str] = mapped_column(ForeignKey("sentences.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class ReportedClip(Table):
    """A clip that a person finds wrong beyond a no; for moderators, and not shown to them again."""

    __tablename__ = "reported_clips"
    clip_id: Mapped[int] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class ReportedSentence(Table):
    """A sentence that a person finds wrong; it becomes a row of a release's reported.tsv."""

    __tablename__ = "reported_sentences"
    sentence_id: Mapped[str] = mapped_column(ForeignKey("sentences.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

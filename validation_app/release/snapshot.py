"""What the database says at one moment, kept on the disk while the archive is written.

It is read in one transaction: people go on voting, and the tables still fit each other. That ends
before the first clip is packed, for while it lasts the write-ahead log can only grow.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, Select, func, literal, select
from sqlalchemy.orm import Session

from importers.votes import Votes
from validation_app.database.sessions import reading
from validation_app.database.tables import Clip, Person, ReportedSentence, Sentence
from validation_app.release import layout
from validation_app.release.anonymity import MIN_SPEAKERS, ClientIds

_ROWS = 10_000
"""Are in memory at a time."""


@dataclass(frozen=True, slots=True)
class ReleaseClip:
    """A clip as a release tells of it."""

    id: int
    file: str
    """Of the MP3, under DIR/clips."""
    client_id: str
    sentence_id: str
    text: str
    domain: str
    up_votes: int
    down_votes: int
    age: str
    gender: str
    accents: str
    duration_ms: int

    @property
    def votes(self) -> Votes:
        """As importers/votes.py takes them."""
        return Votes(self.up_votes, self.down_votes)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a release is made of but the audio."""

    clip_count: int
    speakers: int
    """Who have recorded the clips, so far as they are known."""
    sentences: BinaryIO
    """validated_sentences.tsv."""
    reports: BinaryIO
    """reported.tsv."""
    _clips: BinaryIO

    def clips(self) -> Iterator[ReleaseClip]:
        """Every clip, by its number."""
        self._clips.seek(0)
        for line in self._clips:
            yield ReleaseClip(*json.loads(line))


@contextlib.contextmanager
def take_snapshot(
    engine: Engine, locale: str, client_ids: ClientIds, folder: Path
) -> Iterator[Snapshot]:
    """The locale's clips, sentences and reports, as one transaction sees them.

    They go to files in ``folder`` that have no name: however the process ends, they are gone. The
    transaction has ended when the block begins. Raises OSError.
    """
    with contextlib.ExitStack() as stack:
        clips, sentences, reports = (
            stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(3)
        )
        with reading(engine)() as session, session.begin():
            speakers = count_speakers(session, locale)
            count = 0
            for cells in _read_clips(session, locale, client_ids, speakers):
                clips.write(json.dumps(cells).encode() + b"\n")
                count += 1
            sentences.write(layout.line(layout.VALIDATED_SENTENCES))
            for *cells, is_used, count_of_clips in _stream(session, _sentences(locale)):
                sentences.write(layout.line((*cells, int(is_used), count_of_clips)))
            reports.write(layout.line(layout.REPORTED))
            for sentence, text, reason, detail in _stream(session, _reports(locale)):
                told = detail if reason == "other" and detail.strip() else reason
                reports.write(layout.line((sentence, text, locale, told)))
        yield Snapshot(count, speakers, sentences, reports, clips)


def _stream(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    return iter(session.execute(query.execution_options(yield_per=_ROWS)))


def count_speakers(session: Session, locale: str) -> int:
    """How many people have recorded the locale's clips; those whom no corpus names do not count."""
    nobody = select(Person.id).where(Person.client_id == "")
    people = select(func.count(Clip.person_id.distinct()))
    named = people.where(Clip.locale == locale, Clip.person_id.not_in(nobody))
    return session.scalar(named) or 0


def _read_clips(
    session: Session, locale: str, client_ids: ClientIds, speakers: int
) -> Iterator[list[Any]]:
    """What a ReleaseClip is made of, in the order of its fields."""
    query = (
        select(
            Clip.id, Clip.path, Clip.person_id, Person.client_id, Clip.sentence_id, Clip.text,
            Sentence.domain, Clip.up_votes, Clip.down_votes, Person.age, Person.gender,
            Person.accents, Clip.duration_ms,
        )
        .join(Person, Person.id == Clip.person_id)
        .join(Sentence, Sentence.id == Clip.sentence_id)
        .where(Clip.locale == locale)
        .order_by(Clip.id)
    )  # fmt: skip
    for row in _stream(session, query):
        number, file, person, published, *about, age, gender, accents, duration_ms = row
        told = (age, gender, accents) if speakers >= MIN_SPEAKERS else ("", "", "")
        yield [number, file, client_ids.of(person, published), *about, *told, duration_ms]


def _sentences(locale: str) -> Select[*tuple[Any, ...]]:
    """Every sentence: what is given to people to read has been found good by who gave it."""
    return (
        select(
            Sentence.id, Sentence.text, literal("").label("variant"),
            Sentence.domain, Sentence.source, Sentence.is_used, Sentence.clips_count,
        )
        .where(Sentence.locale == locale)
        .order_by(Sentence.id)
    )  # fmt: skip


def _reports(locale: str) -> Select[*tuple[Any, ...]]:
    """Not who reported."""
    return (
        select(Sentence.id, Sentence.text, ReportedSentence.reason, ReportedSentence.detail)
        .join(Sentence, Sentence.id == ReportedSentence.sentence_id)
        .where(Sentence.locale == locale)
        .order_by(Sentence.id, ReportedSentence.created_at, ReportedSentence.person_id)
    )

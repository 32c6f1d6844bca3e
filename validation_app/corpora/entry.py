"""Clips of a corpus into the tables, with their people, sentences, and the votes they bring."""

import uuid
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from importers.votes import Verdict, Votes, decide
from validation_app.community.sentences import recount, sentence_id
from validation_app.corpora.clips import ReadyClip
from validation_app.corpora.plan import PlannedClip
from validation_app.database.tables import Clip, Person, Sentence, now
from validation_app.settings import Settings


def enter(session: Session, settings: Settings, origin: str, ready: Sequence[ReadyClip]) -> None:
    """Add the rows of some hundred clips at most, whose MP3s are in their places."""
    people = _people(session, [one.clip for one in ready])
    sentences = {sentence_id(settings.locale, one.clip.text): one.clip for one in ready}
    _add_sentences(session, settings.locale, origin, sentences)
    session.execute(
        insert(Clip),
        [_row(one, settings, origin, people[one.clip.client_id]) for one in ready],
    )
    recount(session, list(sentences))


def _people(session: Session, clips: Sequence[PlannedClip]) -> dict[str, str]:
    """The ids of the clips' speakers by their names in the corpus; who is new gets a row.

    What a speaker said of themselves counts as the first clip has it that has it at all. Speakers
    whom no corpus names share a row, of which nothing is told: it is not one person.
    """
    names = {clip.client_id for clip in clips}
    rows = session.scalars(select(Person).where(Person.client_id.in_(names)))
    people = {str(person.client_id): person for person in rows}
    for clip in clips:
        person = people.get(clip.client_id)
        if person is None:
            person = people[clip.client_id] = Person(
                id=str(uuid.uuid4()), client_id=clip.client_id, age="", gender="", accents=""
            )
            session.add(person)
        if not clip.client_id:
            continue
        person.age = person.age or clip.age
        person.gender = person.gender or clip.gender
        person.accents = person.accents or clip.accents
    session.flush()
    return {name: person.id for name, person in people.items()}


def _add_sentences(
    session: Session, locale: str, origin: str, clips: dict[str, PlannedClip]
) -> None:
    """Sentences that come with clips are not given to people who record: that is --sentences."""
    known = set(session.scalars(select(Sentence.id).where(Sentence.id.in_(list(clips)))))
    new = [
        {
            "id": name,
            "locale": locale,
            "text": clip.text,
            "source": origin,
            "domain": clip.domain,
            "is_used": False,
        }
        for name, clip in clips.items()
        if name not in known
    ]
    if new:
        session.execute(insert(Sentence), new)


def _row(one: ReadyClip, settings: Settings, origin: str, person: str) -> dict[str, object]:
    clip = one.clip
    verdict = decide(Votes(clip.up_votes, clip.down_votes), settings.vote_preset)
    return {
        "person_id": person,
        "sentence_id": sentence_id(settings.locale, clip.text),
        "text": clip.text,
        "locale": settings.locale,
        "path": clip.path,
        "digest": one.digest,
        "origin": origin,
        "duration_ms": one.measures.duration_ms,
        "loudness_db": one.measures.loudness_db,
        "given_up_votes": clip.up_votes,
        "given_down_votes": clip.down_votes,
        "up_votes": clip.up_votes,
        "down_votes": clip.down_votes,
        "verdict": str(verdict),
        "decided_at": None if verdict is Verdict.OTHER else now(),
    }

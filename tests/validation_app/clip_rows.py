"""Rows of clips, without their audio."""

import itertools
import uuid
from typing import Any

from sqlalchemy.orm import Session

from validation_app.community.sentences import add_sentences, recount, sentence_id
from validation_app.database.tables import Clip, Person
from validation_app.web.people import ensure_person

_NUMBERS = itertools.count()


def add_person(session: Session) -> str:
    """Somebody new."""
    person = str(uuid.uuid4())
    session.add(Person(id=person))
    return person


def add_clip(session: Session, text: str, person: str | None = None, **values: Any) -> int:
    """A clip of the sentence, which is made where it is absent; recorded by somebody new."""
    if person is None:
        person = add_person(session)
    ensure_person(session, person)
    add_sentences(session, "en", [text], "test")
    clip = Clip(
        **{
            "person_id": person, "sentence_id": sentence_id("en", text), "text": text,
            "locale": "en", "path": f"000/{next(_NUMBERS)}.mp3", "digest": "0" * 64,
            "duration_ms": 1500, "loudness_db": -23.0, **values,
        }
    )  # fmt: skip
    session.add(clip)
    session.flush()
    recount(session, [clip.sentence_id])
    return clip.id


def add_clips(session: Session, number: int) -> list[Clip]:
    """Undecided clips of one sentence by one person of a corpus."""
    first = session.get_one(Clip, add_clip(session, "One of many.", origin="corpus"))
    columns = (
        "person_id",
        "sentence_id",
        "text",
        "locale",
        "digest",
        "origin",
        "duration_ms",
        "loudness_db",
    )
    values = {column: getattr(first, column) for column in columns}
    clips = [Clip(**values, path=f"000/{next(_NUMBERS)}.mp3") for _ in range(number - 1)]
    session.add_all(clips)
    session.flush()
    recount(session, [first.sentence_id])
    return [first, *clips]

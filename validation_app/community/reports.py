"""Clips and sentences that a person skips or reports: they do not come back to that person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from validation_app.community import reasons
from validation_app.database.tables import (
    Clip,
    ReportedClip,
    ReportedSentence,
    Sentence,
    SkippedClip,
    SkippedSentence,
    Table,
)
from validation_app.web.people import ensure_person
from validation_app.web.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be skipped and reported alike, and where that is kept."""

    name: str
    table: type[Table]
    skipped: type[SkippedClip] | type[SkippedSentence]
    reported: type[ReportedClip] | type[ReportedSentence]
    reasons: Mapping[str, str]

    def key(self, thing: int | str, person: str) -> dict[str, int | str]:
        """The primary key of a row about it."""
        return {f"{self.name}_id": thing, "person_id": person}


CLIP = Kind("clip", Clip, SkippedClip, ReportedClip, reasons.CLIP)
SENTENCE = Kind("sentence", Sentence, SkippedSentence, ReportedSentence, reasons.SENTENCE)


def skip(session: Session, kind: Kind, thing: int | str, person: str) -> None:
    """Have it not come back to the person. Raises Refusal 404."""
    _find(session, kind, thing)
    ensure_person(session, person)
    row = insert(kind.skipped).values(kind.key(thing, person))
    session.execute(row.on_conflict_do_nothing())


def take_back_skip(session: Session, kind: Kind, thing: int | str, person: str) -> None:
    """Have it come back. Raises Refusal 404."""
    _find(session, kind, thing)
    session.execute(delete(kind.skipped).filter_by(**kind.key(thing, person)))


def report(
    session: Session, kind: Kind, thing: int | str, person: str, reason: str, detail: str
) -> None:
    """Keep what a person finds wrong, or the last of it. Raises Refusal 404, 422 ``bad-reason``."""
    _find(session, kind, thing)
    if reason not in kind.reasons:
        message = f"The reason is to be one of {', '.join(kind.reasons)}."
        raise Refusal(422, "bad-reason", message)
    ensure_person(session, person)
    key = kind.key(thing, person)
    said = {"reason": reason, "detail": detail}
    row = insert(kind.reported).values({**key, **said})
    session.execute(row.on_conflict_do_update(index_elements=list(key), set_=said))


def _find(session: Session, kind: Kind, thing: int | str) -> Any:
    if session.get(kind.table, thing) is None:
        raise Refusal(404, f"no-{kind.name}", f"There is no such {kind.name}.")

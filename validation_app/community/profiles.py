"""What a person says of themselves, and what became of their work."""

from dataclasses import asdict, dataclass

from sqlalchemy import func, select, update
from sqlalchemy import literal_column as sql
from sqlalchemy.orm import Session

from importers.votes import Verdict
from validation_app.community.demographics import AGES, GENDERS
from validation_app.database.tables import Clip, Person, Vote
from validation_app.web.people import ensure_person
from validation_app.web.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Profile:
    """In the words of demographics.py; empty is not said."""

    age: str = ""
    gender: str = ""
    accents: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Clips that a person recorded, votes that they gave, and what others found of the clips."""

    recorded: int
    voted: int
    accepted: int
    rejected: int


def profile(session: Session, person: str) -> Profile:
    """What the person has said."""
    found = session.get(Person, person)
    return Profile(found.age, found.gender, found.accents) if found else Profile()


def change(session: Session, person: str, said: Profile) -> None:
    """Keep it in place of what was said before. Raises Refusal 422 ``bad-profile``."""
    for what, value, known in (("age", said.age, AGES), ("gender", said.gender, GENDERS)):
        if value and value not in known:
            message = f"The {what} is to be empty or one of {', '.join(known)}."
            raise Refusal(422, "bad-profile", message)
    ensure_person(session, person)
    session.execute(update(Person).where(Person.id == person).values(asdict(said)))


def work(session: Session, person: str) -> Work:
    """What the person has done."""
    clips = (
        select(Clip.verdict, func.count())
        # Literally: only so is the partial index used.
        .where(Clip.person_id == person, Clip.origin == sql("'recorded'"))
        .group_by(Clip.verdict)
    )
    by_verdict = {row[0]: row[1] for row in session.execute(clips)}
    votes = select(func.count()).select_from(Vote).where(Vote.person_id == person)
    return Work(
        recorded=sum(by_verdict.values()),
        voted=session.execute(votes).scalar_one(),
        accepted=by_verdict.get(Verdict.VALID, 0),
        rejected=by_verdict.get(Verdict.INVALID, 0),
    )

"""A vote, its change and its undoing: one transaction each, in which the clip is decided anew.

Counts are taken from the votes each time, not carried on: they cannot drift. The rule itself is
importers/votes.py's.
"""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, not_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from importers.votes import Verdict, Votes, decide
from validation_app.community.reasons import NO
from validation_app.community.sentences import recount
from validation_app.database.tables import Clip, Vote, now
from validation_app.web.people import ensure_person
from validation_app.web.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """What all votes say of a clip."""

    verdict: Verdict
    up_votes: int
    down_votes: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody says of a clip; ``reason`` is of a no, and one of reasons.NO or empty."""

    is_valid: bool
    reason: str = ""


def vote(session: Session, person: str, clip_id: int, ballot: Ballot, rule: str) -> Standing:
    """Give a vote, or change the one there is; ``rule`` is a preset of importers/votes.py.

    The session writes. Raises Refusal: 404 no such clip, 403 one's own, 422 no such reason.
    """
    clip = _clip(session, clip_id)
    if clip.person_id == person:
        raise Refusal(403, "own-clip", "This is your own recording: others judge it.")
    if ballot.reason and (ballot.is_valid or ballot.reason not in NO):
        raise Refusal(422, "bad-reason", f"A no may have a reason: {', '.join(NO)}.")
    ensure_person(session, person)
    said = {"is_valid": ballot.is_valid, "reason": ballot.reason}
    given = insert(Vote).values(clip_id=clip_id, person_id=person, **said)
    session.execute(
        given.on_conflict_do_update(
            index_elements=[Vote.clip_id, Vote.person_id], set_={**said, "changed_at": now()}
        )
    )
    return settle(session, clip, rule)


def undo(session: Session, person: str, clip_id: int, rule: str) -> Standing:
    """Take a vote back; where there is none, nothing changes. Raises Refusal 404."""
    clip = _clip(session, clip_id)
    session.execute(delete(Vote).where(Vote.clip_id == clip_id, Vote.person_id == person))
    return settle(session, clip, rule)


def settle(session: Session, clip: Clip, rule: str) -> Standing:
    """Count a clip's votes, those that it came with too, and decide it."""
    counts = select(func.count().filter(Vote.is_valid), func.count().filter(not_(Vote.is_valid)))
    up, down = session.execute(counts.where(Vote.clip_id == clip.id)).one()
    votes = Votes(clip.given_up_votes + up, clip.given_down_votes + down)
    verdict = decide(votes, rule)
    clip.up_votes, clip.down_votes = votes.up, votes.down
    if verdict != clip.verdict:
        clip.verdict = verdict
        clip.decided_at = None if verdict is Verdict.OTHER else now()
        session.flush()
        recount(session, [clip.sentence_id])
    session.flush()
    return Standing(verdict, votes.up, votes.down)


def settle_all(session: Session, rule: str) -> int:
    """Decide by a rule all clips that another one has decided; their number. The session writes."""
    kind = (Clip.verdict, Clip.up_votes, Clip.down_votes)
    settled = 0
    sentences: set[str] = set()
    for found, up, down in session.execute(select(*kind).distinct()).all():
        verdict = decide(Votes(up, down), rule)
        if verdict == found:
            continue
        alike = (Clip.verdict == found, Clip.up_votes == up, Clip.down_votes == down)
        sentences.update(session.scalars(select(Clip.sentence_id).where(*alike).distinct()))
        said = {"verdict": verdict, "decided_at": None if verdict is Verdict.OTHER else now()}
        changed = session.execute(update(Clip).where(*alike).values(said))
        settled += cast(CursorResult[Any], changed).rowcount
    recount(session, sentences)
    return settled


def _clip(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise Refusal(404, "no-clip", "There is no such clip.")
    return clip

"""/api/clips: those to hear, votes, skips and reports."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from validation_app.api.bodies import ReportBody, VoteBody
from validation_app.community import reports, voting
from validation_app.community.selection import clips_to_hear
from validation_app.web.context import FromPerson, InContext

router = APIRouter(prefix="/api/clips")

ClipId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
def to_hear(
    context: InContext, person: FromPerson, count: Annotated[int, Query(ge=1, le=50)] = 10
) -> dict[str, Any]:
    """Clips for the person to judge."""
    with context.reading() as session:
        clips = clips_to_hear(session, context.settings.locale, person, count)
    return {"clips": [asdict(clip) for clip in clips]}


@router.put("/{clip_id}/vote")
def vote(
    clip_id: ClipId, body: VoteBody, context: InContext, person: FromPerson
) -> voting.Standing:
    """Give a vote or change it."""
    context.vote_limit.take(person)
    ballot = voting.Ballot(body.is_valid, body.reason)
    with context.writing() as session:
        return voting.vote(session, person, clip_id, ballot, context.settings.vote_preset)


@router.delete("/{clip_id}/vote")
def undo(clip_id: ClipId, context: InContext, person: FromPerson) -> voting.Standing:
    """Take the vote back."""
    with context.writing() as session:
        return voting.undo(session, person, clip_id, context.settings.vote_preset)


@router.post("/{clip_id}/skip", status_code=204)
def skip(clip_id: ClipId, context: InContext, person: FromPerson) -> None:
    """Have the clip not come back."""
    with context.writing() as session:
        reports.skip(session, reports.CLIP, clip_id, person)


@router.delete("/{clip_id}/skip", status_code=204)
def take_back_skip(clip_id: ClipId, context: InContext, person: FromPerson) -> None:
    """Have it come back."""
    with context.writing() as session:
        reports.take_back_skip(session, reports.CLIP, clip_id, person)


@router.post("/{clip_id}/report", status_code=204)
def report(clip_id: ClipId, body: ReportBody, context: InContext, person: FromPerson) -> None:
    """Say what is wrong with it, beyond a no."""
    with context.writing() as session:
        reports.report(session, reports.CLIP, clip_id, person, body.reason, body.detail)

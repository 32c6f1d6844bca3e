"""/api/sentences: those to read, skips and reports."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from validation_app.api.bodies import ReportBody
from validation_app.community import reports
from validation_app.community.selection import sentences_to_read
from validation_app.web.context import FromPerson, InContext

router = APIRouter(prefix="/api/sentences")


@router.get("")
def to_read(
    context: InContext, person: FromPerson, count: Annotated[int, Query(ge=1, le=50)] = 25
) -> dict[str, Any]:
    """Sentences for the person to record."""
    with context.reading() as session:
        sentences = sentences_to_read(session, context.settings.locale, person, count)
    return {"sentences": [asdict(sentence) for sentence in sentences]}


@router.post("/{sentence_id}/skip", status_code=204)
def skip(sentence_id: str, context: InContext, person: FromPerson) -> None:
    """Have the sentence not come back."""
    with context.writing() as session:
        reports.skip(session, reports.SENTENCE, sentence_id, person)


@router.delete("/{sentence_id}/skip", status_code=204)
def take_back_skip(sentence_id: str, context: InContext, person: FromPerson) -> None:
    """Have it come back."""
    with context.writing() as session:
        reports.take_back_skip(session, reports.SENTENCE, sentence_id, person)


@router.post("/{sentence_id}/report", status_code=204)
def report(sentence_id: str, body: ReportBody, context: InContext, person: FromPerson) -> None:
    """Say what is wrong with it."""
    with context.writing() as session:
        reports.report(session, reports.SENTENCE, sentence_id, person, body.reason, body.detail)

"""POST /api/clips: a recording of a sentence."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from validation_app.recordings.uploads import Uploads
from validation_app.web.context import FromPerson

router = APIRouter(prefix="/api")


@router.post("/clips")
async def upload(
    request: Request, person: FromPerson, sentence: Annotated[str, Query(max_length=64)]
) -> JSONResponse:
    """Keep the body, audio as a browser records it, as this person's clip of the sentence.

    201 with ``id``, ``duration_ms``, ``duplicate`` and ``clipped``; 200 for a duplicate: what is
    told then is the clip that there was. 404 ``no-sentence``; 413 ``too-large``; 422 ``empty``,
    ``not-audio``, ``too-short``, ``too-long``, ``too-quiet``, ``same-recording``; 400 ``cut-off``,
    408 ``too-slow``; 429 ``too-many`` and 503 ``busy``, after which to try again.
    """
    uploads = request.app.state.uploads
    assert isinstance(uploads, Uploads)
    kept = await uploads.take(person, sentence, request.stream())
    answer = {
        "id": kept.id,
        "duration_ms": kept.duration_ms,
        "duplicate": kept.duplicate,
        "clipped": kept.clipped,
    }
    return JSONResponse(answer, 200 if kept.duplicate else 201)

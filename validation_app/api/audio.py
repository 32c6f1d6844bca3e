"""GET /audio/{id}.mp3: what players ask for, whole or in parts."""

import logging
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse

from validation_app.database.tables import Clip
from validation_app.recordings.incoming import find_clip
from validation_app.web.context import InContext
from validation_app.web.refusals import Refusal

router = APIRouter()
_log = logging.getLogger(__name__)
_CACHE = "private, max-age=31536000, immutable"
"""A clip's MP3 never changes; the addresses that /api/clips tells differ between recordings."""
_MAX_ID = 2**63 - 1


@router.api_route("/audio/{clip}.mp3", methods=["GET", "HEAD"])
def audio(clip: Annotated[int, Path(ge=1, le=_MAX_ID)], context: InContext) -> FileResponse:
    """The MP3 of a clip, or the ranges of it that are asked for (206; Safari plays nothing else).

    404 ``no-clip``. Its path comes from the clip's row, never from the request.
    """
    with context.reading() as session:
        row = session.get(Clip, clip)
    if row is None:
        raise Refusal(404, "no-clip", "There is no such clip.")
    try:
        place = find_clip(context.settings.data, row.path)
    except FileNotFoundError:
        _log.error("the MP3 of clip %d is lost: %s", clip, row.path)
        raise Refusal(404, "no-clip", "The audio of this clip is lost.") from None
    return FileResponse(place, media_type="audio/mpeg", headers={"Cache-Control": _CACHE})

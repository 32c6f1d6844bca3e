"""A recording from a browser into the app: received, decoded by a child, kept, acknowledged.

What is acknowledged is on the disk: the MP3 is flushed, with the folders that name it, before its
row is committed (database/sessions.py: synchronous=FULL). Kills: incoming.py.
"""

import asyncio
import hashlib
import logging
import shutil
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from importers.console import cores
from importers.errors import UsageError
from validation_app.community.sentences import recount
from validation_app.database.tables import RECORDED, Clip, Sentence
from validation_app.recordings import limits
from validation_app.recordings.audio_measure import Measures
from validation_app.recordings.converter import BadUploadError, ConverterError, convert_upload
from validation_app.recordings.incoming import Arrival, arrival, clip_path, sweep
from validation_app.web.context import Context
from validation_app.web.people import ensure_person
from validation_app.web.refusals import Refusal

IN_HAND: Final = 64
"""Uploads that come in or wait for a child at a time; another one is asked to come again."""
RECEIVE_SECONDS: Final = 60.0
_UPLOAD: Final = "upload"
_MP3: Final = "clip.mp3"
_log = logging.getLogger(__name__)

_PROBLEMS: Final = {
    "not-audio": "This is no recording that can be read.",
    "too-short": f"This is shorter than {limits.MIN_SECONDS:g} second.",
    "too-long": f"This is longer than {limits.MAX_SECONDS:g} seconds.",
    "too-quiet": "This is too quiet: nothing can be heard.",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording that was received."""

    person: str
    sentence: str
    digest: str
    """SHA-256 of its bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The clip that there is for an upload."""

    id: int
    duration_ms: int
    duplicate: bool
    """It was there before: this person had sent a recording of this sentence already."""
    clipped: bool = False


class Uploads:
    """Takes uploads of one app, and has as many decoded at a time as there are cores."""

    def __init__(self, context: Context, *, children: int | None = None, in_hand: int = IN_HAND):
        """Sweeps what killed servers left. Raises UsageError without ffmpeg, OSError."""
        if shutil.which("ffmpeg") is None:
            raise UsageError("ffmpeg is not on the PATH; on Debian: apt-get install ffmpeg")
        self._context = context
        self._pool = ThreadPoolExecutor(children or cores(), thread_name_prefix="upload")
        self._places = threading.BoundedSemaphore(in_hand)
        swept = sweep(context.settings.data, context.engine)
        if swept:
            _log.warning("removed %d uploads that were not finished when a server ended", swept)

    def close(self) -> None:
        """Wait for those in hand."""
        self._pool.shutdown()

    async def take(self, person: str, sentence: str, body: AsyncIterator[bytes]) -> Kept:
        """Receive, convert and keep a recording of a sentence. Raises Refusal."""
        await run_in_threadpool(self._check_sentence, sentence)
        try:
            with ExitStack() as stack:
                self._take_place(stack)
                arriving = stack.enter_context(
                    arrival(self._context.settings.data, self._context.engine)
                )
                digest = await _receive(body, arriving.folder / _UPLOAD)
                done = self._pool.submit(
                    self._finish, stack.pop_all(), arriving, Upload(person, sentence, digest)
                )
            # Whoever has gone meanwhile: what is in hand is finished, and they find it when they
            # send it again.
            return await asyncio.shield(asyncio.wrap_future(done))
        except (ConverterError, OSError) as error:
            _log.error("an upload could not be kept: %s", error)
            message = "The server cannot take recordings at the moment. Try again soon."
            raise Refusal(503, "busy", message, {"Retry-After": "10"}) from None

    def _take_place(self, stack: ExitStack) -> None:
        if not self._places.acquire(blocking=False):
            message = "Many recordings are coming in at once. Try again soon."
            raise Refusal(503, "busy", message, {"Retry-After": "5"})
        stack.callback(self._places.release)

    def _check_sentence(self, sentence: str) -> None:
        with self._context.reading() as session:
            _require_sentence(session, sentence, self._context.settings.locale)

    def _finish(self, held: ExitStack, arriving: Arrival, upload: Upload) -> Kept:
        """On a thread of the pool, which holds the arrival's folder until the clip is entered."""
        with held:
            with self._context.reading() as session:
                if found := _known(session, upload):
                    return found
            self._context.upload_limit.take(upload.person)
            try:
                measures = convert_upload(arriving.folder / _UPLOAD, arriving.folder / _MP3)
            except BadUploadError as error:
                raise Refusal(422, error.problem, _PROBLEMS[error.problem]) from None
            return self._keep(arriving, upload, measures)

    def _keep(self, arriving: Arrival, upload: Upload, measures: Measures) -> Kept:
        """The MP3 first, then its row: without the row it goes again with the arrival."""
        path = clip_path(RECORDED, arriving.folder.name)
        arriving.place({path: arriving.folder / _MP3})
        with self._context.writing() as session:
            if found := _known(session, upload):  # sent twice at the same time
                return found
            sentence = _require_sentence(session, upload.sentence, self._context.settings.locale)
            ensure_person(session, upload.person)
            clip = Clip(
                person_id=upload.person,
                sentence_id=sentence.id,
                text=sentence.text,
                locale=sentence.locale,
                path=path,
                digest=upload.digest,
                origin=RECORDED,
                duration_ms=measures.duration_ms,
                loudness_db=measures.loudness_db,
            )
            session.add(clip)
            session.flush()
            recount(session, [sentence.id])
            is_clipped = measures.clipped > limits.CLIPPED_SHARE
            kept = Kept(clip.id, clip.duration_ms, duplicate=False, clipped=is_clipped)
        return kept


async def _receive(body: AsyncIterator[bytes], target: Path) -> str:
    """Write the body to ``target``; its SHA-256. (That it is not too large: body_limit.py.)"""
    digest = hashlib.sha256()
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            with target.open("wb", buffering=0) as stream:
                async for piece in body:
                    digest.update(piece)
                    stream.write(piece)
                size = stream.tell()
    except TimeoutError:
        message = "The recording came too slowly. Try again with a better connection."
        raise Refusal(408, "too-slow", message) from None
    except ClientDisconnect:
        raise Refusal(400, "cut-off", "The recording did not come in whole.") from None
    if not size:
        raise Refusal(422, "empty", "The recording is empty.")
    return digest.hexdigest()


def _require_sentence(session: Session, name: str, locale: str) -> Sentence:
    sentence = session.get(Sentence, name)
    if sentence is None or sentence.locale != locale:
        raise Refusal(404, "no-sentence", "There is no such sentence.")
    return sentence


def _known(session: Session, upload: Upload) -> Kept | None:
    """This person's clip of this sentence, whatever it was made of: one recording each.

    The same bytes for another sentence, or from somebody else, are refused: they cannot be two
    recordings, for no two are alike to the last bit.
    """
    of_person = select(Clip.id, Clip.duration_ms).where(
        Clip.person_id == upload.person,
        Clip.sentence_id == upload.sentence,
        Clip.origin == RECORDED,
    )
    if found := session.execute(of_person).first():
        return Kept(found.id, found.duration_ms, duplicate=True)
    if session.scalar(select(Clip.id).where(Clip.digest == upload.digest).limit(1)):
        message = "This same recording was sent before, for another sentence or by another person."
        raise Refusal(422, "same-recording", message)
    return None

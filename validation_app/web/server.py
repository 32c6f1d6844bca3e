"""The app put together: database, middleware, routes; and its life as a server."""

import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware

from validation_app.api import audio, clips, overview, people, sentences, uploads
from validation_app.community.sentences import add_sentences, read_sentences
from validation_app.community.voting import settle_all
from validation_app.database.sessions import open_engine
from validation_app.database.upgrade import upgrade
from validation_app.overview.keeper import OverviewKeeper
from validation_app.pages import routes as pages
from validation_app.pages.static_files import PageFiles
from validation_app.recordings.uploads import Uploads
from validation_app.settings import Settings
from validation_app.web.body_limit import BodyLimit
from validation_app.web.context import Context
from validation_app.web.people import Visitors
from validation_app.web.rate_limits import RateLimit
from validation_app.web.refusals import add_handlers, fault
from validation_app.web.secret_key import secret_key
from validation_app.web.security import CsrfCheck, SecurityHeaders

_LOG = logging.getLogger(__name__)
ROUTERS = (
    clips.router,
    sentences.router,
    people.router,
    overview.router,
    uploads.router,
    audio.router,
    pages.router,
)


def open_context(settings: Settings) -> Context:
    """The folder and the database of the settings, made where absent and brought up to date.

    Raises StorageError and OSError.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.data)
    upgrade(engine)
    return Context(
        settings,
        engine,
        secret_key(settings.data),
        vote_limit=RateLimit(settings.votes_limit),
        upload_limit=RateLimit(settings.uploads_limit),
    )


def take_sentences(context: Context) -> None:
    """Add what is new in the settings' file of sentences. Raises FormatError, OSError."""
    settings = context.settings
    if settings.sentences is not None:
        sentences = list(read_sentences(settings.sentences))
        with context.writing() as session:
            add_sentences(session, settings.locale, sentences, settings.sentences.name)


def take_rule(context: Context) -> None:
    """Decide by the settings' vote rule what was decided by another, of an earlier start."""
    with context.writing() as session:
        settled = settle_all(session, context.settings.vote_preset)
    if settled:
        _LOG.warning("%d clips are decided anew, by %s", settled, context.settings.vote_preset)


def create_app(settings: Settings) -> FastAPI:
    """The app of the settings, ready to be served. Raises MynaError and OSError."""
    context = open_context(settings)
    # Its own documentation would load scripts from elsewhere; docs/validation-app.md has it.
    app = FastAPI(title="Myna", openapi_url=None, lifespan=_lifespan)
    app.state.context = context
    app.state.overview = OverviewKeeper(context.engine, settings)
    app.state.uploads = Uploads(context)
    take_sentences(context)
    take_rule(context)
    add_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", PageFiles())
    app.add_middleware(CsrfCheck)
    app.add_middleware(Visitors, secret=context.secret)
    app.add_middleware(BodyLimit)
    # Starlette's own stands outside of all: its answers would lack the headers.
    app.add_middleware(ServerErrorMiddleware, handler=fault)
    app.add_middleware(SecurityHeaders)  # the last is the outermost
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.uploads.close()
    app.state.context.engine.dispose()

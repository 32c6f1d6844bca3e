"""What endpoints ask for: the app's settings and database, and who is there."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from importers.errors import StorageError
from validation_app.database import sessions
from validation_app.settings import Settings
from validation_app.web.people import Visitor
from validation_app.web.rate_limits import RateLimit


@dataclass(frozen=True, slots=True)
class Context:
    """What one app has."""

    settings: Settings
    engine: Engine
    secret: bytes
    vote_limit: RateLimit
    upload_limit: RateLimit
    _gate: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the database, and writes nothing."""
        with sessions.reading(self.engine)() as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that holds the write lock, and is committed when the block ends well.

        Within the process it is queued for: SQLite has those that wait look at its lock ever more
        seldom, and of 32 people who vote at once some would wait for 8 seconds instead of one.
        Raises StorageError after as long a wait as SQLite's.
        """
        if not self._gate.acquire(timeout=sessions.BUSY_MS / 1000):
            raise StorageError(f"{self.settings.data}: too much is being written. Try again soon")
        try:
            with sessions.writing(self.engine).begin() as session:
                yield session
        finally:
            self._gate.release()


def context(request: Request) -> Context:
    """The app's."""
    found = request.app.state.context
    assert isinstance(found, Context)
    return found


def visitor(request: Request) -> Visitor:
    """Who is there, and their CSRF token (for the pages' meta tag)."""
    found = request.state.visitor
    assert isinstance(found, Visitor)
    return found


def person(request: Request) -> str:
    """Who is there: the id of a row of `people`, which is there once `ensure_person` ran."""
    return visitor(request).person


InContext = Annotated[Context, Depends(context)]
FromPerson = Annotated[str, Depends(person)]
FromVisitor = Annotated[Visitor, Depends(visitor)]

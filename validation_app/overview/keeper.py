"""The present overview, read anew as often as it is worth its cost."""

import threading
import time

from sqlalchemy import Engine

from validation_app.database.sessions import reading
from validation_app.database.tables import now
from validation_app.overview.statistics import Overview, read_overview
from validation_app.settings import Settings

_TIMES = 50
"""An overview is kept for so many times as long as it took: reading it takes 2 % of a core at most.
So people see their own vote counted at once where there is little to add up."""


class OverviewKeeper:
    """For all threads of a server."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._lock = threading.Lock()
        self._kept: Overview | None = None
        self._kept_until = 0.0

    def overview(self) -> Overview:
        """The overview; who asks while it is being read waits for the one who reads."""
        with self._lock:
            began = time.monotonic()
            if self._kept is None or began >= self._kept_until:
                with reading(self._engine)() as session, session.begin():
                    settings = self._settings
                    self._kept = read_overview(session, settings.locale, settings.goal_hours, now())
                ended = time.monotonic()
                self._kept_until = ended + _TIMES * (ended - began)
            return self._kept

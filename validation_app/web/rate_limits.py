"""How often one person may do a thing: what keeps a script from deciding a corpus in an hour.

The figures are Common Voice's (server/src/lib/clip.ts: 150 votes and 70 uploads in 10 minutes, then
a pause of 5), and so is what counts as one person: who takes a new cookie begins anew.
"""

import math
import threading
import time
from collections.abc import Callable

from validation_app.web.refusals import Refusal

_WINDOW_SECONDS = 600.0
_PAUSE_SECONDS = 300.0
_MANY = 10_000
"""People remembered before those are forgotten whose time is over."""


class RateLimit:
    """So many times in a window that begins with the first; once over it, a pause.

    It lives in the process: a restart forgets it.
    """

    def __init__(self, allowed: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``allowed`` in 10 minutes; 0 is any number. ``clock`` tells seconds."""
        self._allowed = allowed
        self._clock = clock
        self._people: dict[str, tuple[int, float]] = {}  # times, and when they are forgotten
        self._many = _MANY
        self._lock = threading.Lock()

    def take(self, person: str) -> None:
        """Count one. Raises Refusal 429 ``too-many`` over the limit."""
        if self._allowed == 0:
            return
        with self._lock:
            wait = self._wait(person, self._clock())
        if wait > 0:
            minutes = math.ceil(wait / 60)
            message = f"That was very much in a short time. Go on in {minutes} minutes."
            raise Refusal(429, "too-many", message, {"Retry-After": str(math.ceil(wait))})

    def _wait(self, person: str, now: float) -> float:
        if len(self._people) > self._many:
            self._people = {one: row for one, row in self._people.items() if row[1] > now}
            self._many = max(_MANY, 2 * len(self._people))  # or each call would look at all
        times, until = self._people.get(person, (0, 0.0))
        if until <= now:
            times, until = 0, now + _WINDOW_SECONDS
        times += 1
        if times == self._allowed + 1:
            until = now + _PAUSE_SECONDS
        self._people[person] = (times, until)
        return until - now if times > self._allowed else 0.0

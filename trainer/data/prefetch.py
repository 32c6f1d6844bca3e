"""Work that runs ahead of whoever takes its results, by threads, within bounds of memory."""

import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

_LEAST = 2
"""Results that are made ahead however much memory they take: one alone would be waited for."""


class Prefetch(Generic[Given, Made], Iterator[Made]):
    """What ``work`` makes of each, in their order, made by ``threads`` threads.

    At most ``ahead`` results are made before they are taken. Where ``weight`` tells the bytes of a
    result, all that are ahead have at most ``most`` of them together (but two may be ahead however
    large they are). An exception of ``work`` is raised where its result would be taken, and ends
    it. Close it where not all is taken, best by a with statement.
    """

    def __init__(
        self,
        work: Callable[[Given], Made],
        given: Iterable[Given],
        *,
        threads: int,
        ahead: int,
        weight: Callable[[Given], int] | None = None,
        most: float = math.inf,
    ) -> None:
        self._work, self._given = work, iter(given)
        self._ahead, self._most = ahead, most
        self._weigh = weight or (lambda _: 0)
        self._pool = ThreadPoolExecutor(threads)
        self._waiting: deque[tuple[int, Future[Made]]] = deque()
        self._weight = 0
        self._next = [*itertools.islice(self._given, 1)]
        self.waited = 0.0
        """Seconds that whoever takes the results has waited for them."""

    def __next__(self) -> Made:
        self._fill()
        if not self._waiting:
            self.close()
            raise StopIteration
        weight, result = self._waiting.popleft()
        started = time.perf_counter()
        try:
            made = result.result()
        except BaseException:
            self.close()
            raise
        finally:
            self.waited += time.perf_counter() - started
        self._weight -= weight
        self._fill()  # before this one is used, which may take long
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Begin nothing more, and wait for what is in hand."""
        self._next.clear()
        self._waiting.clear()
        self._pool.shutdown(cancel_futures=True)

    def _fill(self) -> None:
        while self._next and len(self._waiting) < self._ahead:
            weight = self._weigh(self._next[0])
            if len(self._waiting) >= _LEAST and self._weight + weight > self._most:
                return
            self._waiting.append((weight, self._pool.submit(self._work, self._next[0])))
            self._weight += weight
            self._next = [*itertools.islice(self._given, 1)]

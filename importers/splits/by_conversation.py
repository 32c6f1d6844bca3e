"""The rule ``conversation``: no speaker and no conversation is in two splits.

Speakers and conversations are a graph: who has spoken in which. What hangs together in it (a
component) goes to one split as a whole, which costs no clip. Where the pairs of speakers were drawn
by lot, as for telephone corpora, most of the graph is one giant component; if dev and test cannot
be filled by small ones, it is torn: a few of its speakers go to dev or test, and in a call of two
splits only one of them keeps its side.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN, Codes, SplitClips
from importers.splits.lots import draw_lot
from importers.splits.sizes import split_sizes

_ENOUGH = 0.95
"""A split with so much of its size needs no clips for which a component would be torn."""


def split_by_conversation(clips: SplitClips, seed: int = 0) -> Codes:
    """A split for each clip; no speaker and no conversation is in two of them.

    Components are taken in an order drawn from ``seed`` and fill test, then dev, as far as their
    valid clips fit; the others are train. If less than 95 % of test or dev are filled then, the
    largest component left is torn: beginning with a speaker drawn by lot, the speakers are added
    one by one who cost the fewest clips for each that is gained. Which tear costs least of all is
    not searched for: that is NP-hard. Clips of train's speakers in a call that is in dev or test,
    and of dev's in one that is in test, are nowhere.

    Clips without a speaker count as a speaker for each conversation; clips without either as one
    for each sentence.
    """
    graph = _Graph.of(clips)
    of_owner = _assign(graph, _lots(graph, clips, seed))
    of_call = np.full(graph.calls, TRAIN, np.int8)
    np.maximum.at(of_call, graph.call, of_owner[graph.owner])
    codes = np.where(of_owner[graph.owner] == of_call[graph.call], of_owner[graph.owner], NOWHERE)
    return codes[graph.place].astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """Who is in which call; arrays have an item for each pair of an owner and a call.

    An owner is a speaker, or what stands for one; a call is a conversation, or what stands for it.
    """

    owner: NDArray[np.int64]
    call: NDArray[np.int64]
    weight: NDArray[np.int64]
    """Valid clips of the pair."""
    place: NDArray[np.int64]
    """The pair of each clip."""
    names: NDArray[np.int64]
    """Which speaker (or conversation, or sentence) each owner is."""
    calls: int

    @staticmethod
    def of(clips: SplitClips) -> "_Graph":
        speakers, conversations = len(clips.speakers), len(clips.conversations)
        nameless = np.where(
            clips.conversation >= 0, clips.conversation, conversations + clips.sentence
        )
        names, owner = np.unique(
            np.where(clips.speaker >= 0, clips.speaker, speakers + nameless), return_inverse=True
        )
        call = np.where(clips.conversation >= 0, clips.conversation, conversations + owner)
        calls = conversations + len(names)
        pairs, place = np.unique(owner * calls + call, return_inverse=True)
        weight = np.bincount(place[clips.valid], minlength=len(pairs))
        return _Graph(pairs // calls, pairs % calls, weight, place, names, calls)

    @property
    def owners(self) -> int:
        return len(self.names)

    def components(self) -> NDArray[np.int64]:
        """The number of the component of each owner."""
        parent = list(range(self.owners + self.calls))

        def root(node: int) -> int:
            while parent[node] != node:
                parent[node] = node = parent[parent[node]]
            return node

        for owner, call in zip(self.owner.tolist(), self.call.tolist(), strict=True):
            parent[root(owner)] = root(self.owners + call)
        roots = np.array([root(owner) for owner in range(self.owners)], np.int64)
        return np.unique(roots, return_inverse=True)[1]


def _lots(graph: _Graph, clips: SplitClips, seed: int) -> list[float]:
    """The lot of each owner, drawn by name: it depends on no clip's place."""
    speakers, conversations = len(clips.speakers), len(clips.conversations)

    def name(number: int) -> str:
        if number < speakers:
            return clips.speakers[number]
        number -= speakers
        if number < conversations:
            return f"in {clips.conversations[number]}"
        return str(clips.fingerprints[number - conversations])

    return [draw_lot(seed, name(number)) for number in graph.names.tolist()]


def _assign(graph: _Graph, lots: list[float]) -> Codes:
    """The split of each owner."""
    component = graph.components()
    weights = np.bincount(component[graph.owner], graph.weight).astype(np.int64)
    first = np.ones(len(weights))
    np.minimum.at(first, component, np.array(lots))
    _, dev_size, test_size = split_sizes(int(graph.weight.sum()))
    sizes = {TEST: test_size, DEV: dev_size}
    room = dict(sizes)
    of_component = np.full(len(weights), TRAIN, np.int8)
    for number in np.argsort(first, kind="stable").tolist():
        weight = int(weights[number])
        split = next((code for code in (TEST, DEV) if 0 < weight <= room[code]), TRAIN)
        if split in room:
            room[split] -= weight
        of_component[number] = split
    of_owner = of_component[component]
    if any(_is_short(room[split], sizes[split]) for split in sizes):
        torn = _Torn(graph, of_owner, (-weights[component], np.array(lots)))
        for split in (TEST, DEV):
            torn.grow(split, room[split], sizes[split])
    return of_owner


def _is_short(room: int, size: int) -> bool:
    return size - room < _ENOUGH * size


class _Torn:
    """The components of train, out of which dev and test take speakers."""

    def __init__(
        self, graph: _Graph, of_owner: Codes, order: tuple[NDArray[np.int64], NDArray[np.float64]]
    ) -> None:
        self._of_owner = of_owner
        self._lots = order[1]
        self._of_call: dict[int, int] = {}
        self._calls: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._owners: dict[int, list[tuple[int, int]]] = defaultdict(list)
        kept = of_owner[graph.owner] == TRAIN
        columns = (graph.owner[kept], graph.call[kept], graph.weight[kept])
        for owner, call, weight in zip(*(column.tolist() for column in columns), strict=True):
            self._calls[owner].append((call, weight))
            self._owners[call].append((owner, weight))
        # The largest component first, its owners by lot.
        self._seeds = [one for one in np.lexsort(order[::-1]).tolist() if one in self._calls]

    def grow(self, split: int, room: int, size: int) -> None:
        """Put owners into ``split`` until it is filled or none fits."""
        frontier: list[tuple[float, float, int]] = []
        seeds = iter(self._seeds)
        while _is_short(room, size):
            owner = self._next(split, frontier, seeds, room)
            if owner is None:
                return
            room -= self._gain(owner, split)
            self._of_owner[owner] = split
            for call, _ in self._calls[owner]:
                if self._of_call.setdefault(call, split) == split:
                    for other, _ in self._owners[call]:
                        if self._of_owner[other] == TRAIN:
                            self._push(frontier, other, split)

    def _next(
        self, split: int, frontier: list[tuple[float, float, int]], seeds: Iterator[int], room: int
    ) -> int | None:
        """The cheapest owner next to those taken; else the next by lot."""
        while frontier:
            rate, _, owner = heapq.heappop(frontier)
            if self._fits(owner, split, room) and rate == self._rate(owner, split):
                return owner
        return next((owner for owner in seeds if self._fits(owner, split, room)), None)

    def _fits(self, owner: int, split: int, room: int) -> bool:
        return self._of_owner[owner] == TRAIN and 0 < self._gain(owner, split) <= room

    def _push(self, frontier: list[tuple[float, float, int]], owner: int, split: int) -> None:
        if self._gain(owner, split):
            entry = (self._rate(owner, split), float(self._lots[owner]), owner)
            heapq.heappush(frontier, entry)

    def _gain(self, owner: int, split: int) -> int:
        """Clips that the split would get: none in calls that are another's."""
        calls = self._calls[owner]
        return sum(weight for call, weight in calls if self._of_call.get(call, split) == split)

    def _rate(self, owner: int, split: int) -> float:
        """Clips lost for each that the split would get: the other sides of calls that it takes,
        less the own sides of calls that it has already."""
        lost = 0
        for call, weight in self._calls[owner]:
            if call not in self._of_call:
                lost += sum(other for _, other in self._owners[call]) - weight
            elif self._of_call[call] == split:
                lost -= weight
        return lost / self._gain(owner, split)

"""Hot phrases: native/src/phrase_automaton.h and native/src/hot_phrases.h have the rules."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Units = tuple[str, ...]


@dataclass(frozen=True)
class HotReference:
    """Phrases, as sequences of words or characters, with what each pays; `boundary` is the unit
    that parts words where units are characters."""

    boosts: Mapping[Units, float]
    boundary: str | None = None

    def paid(self, text: Units) -> float:
        """What the phrases of a whole text pay: the longest, wherever reading has come to."""
        rest, paid = (*self._marked(text), *self._edge()), 0.0
        while rest:
            boost, rest = self._give_up(rest)
            paid += boost
        return paid

    def state(self, text: Units) -> Units:
        """What of the beginning of a text is not yet decided."""
        return self._settled(self._marked(text))[1]

    def value(self, text: Units) -> float:
        """What the beginning of a text has been paid, and has earned."""
        return self._value(self._marked(text))

    def bonus(
        self,
        text: Units,
        begun: Sequence[str],
        spellings: Callable[[str], Iterable[Sequence[str]]],
        missing: Callable[[str], float],
    ) -> float:
        """What the labels of a word begun behind a text have earned. `missing` is what the word
        adds to a rank at its end, boosts left out, less what the place has."""
        best, failed = 0.0, 0.0
        pending = self.state(text)
        while True:
            for unit in self._following(pending):
                gain = self._value((*pending, unit)) - self._potential(pending)
                for spelling in spellings(unit):
                    if gain > 0 and tuple(spelling[: len(begun)]) == tuple(begun):
                        earned = gain * len(begun) / len(spelling) + missing(unit)
                        best = max(best, failed + earned)
            if not pending:
                return best
            boost, rest = self._give_up(pending)
            failed += boost + self._value(rest) - self._potential(pending)
            pending = self._settled(rest)[1]

    def _edge(self) -> Units:
        return () if self.boundary is None else (self.boundary,)

    def _marked(self, text: Units) -> Units:
        return (*self._edge(), *text)

    def _patterns(self) -> Iterable[tuple[Units, Units, float]]:
        """Each phrase with its boundaries, without, and its boost."""
        for phrase, boost in self.boosts.items():
            yield (*self._edge(), *phrase, *self._edge()), phrase, boost

    def _following(self, pending: Units) -> set[str]:
        """The units by which some phrase goes on."""
        size = len(pending)
        return {whole[size] for whole, *_ in self._patterns() if _begins(whole, pending)}

    def _give_up(self, text: Units) -> tuple[float, Units]:
        """What is paid at the beginning of a text, and what is left to be read: a boundary serves
        the next phrase too."""
        found = [
            (len(whole), boost)
            for whole, _, boost in self._patterns()
            if text[: len(whole)] == whole
        ]
        if not found:
            return 0.0, text[1:]
        length, boost = max(found)
        return boost, text[length - len(self._edge()) :]

    def _settled(self, text: Units) -> tuple[float, Units]:
        """What is paid for certain, and what may still become a longer phrase."""
        paid = 0.0
        while text and not self._following(text):
            boost, text = self._give_up(text)
            paid += boost
        return paid, text

    def _value(self, text: Units) -> float:
        paid, pending = self._settled(text)
        return paid + self._potential(pending)

    def _potential(self, pending: Units) -> float:
        if not pending:
            return 0.0
        read = len(pending) - len(self._edge())
        earned = [
            boost * min(read, len(phrase)) / len(phrase)
            for whole, phrase, boost in self._patterns()
            if _begins(whole, pending)
        ]
        boost, rest = self._give_up(pending)
        return max([boost + self._value(rest), *earned], default=-math.inf)


NOTHING_HOT: Final = HotReference({})


def _begins(whole: Units, beginning: Units) -> bool:
    """Whether it begins so and goes on."""
    return len(whole) > len(beginning) and whole[: len(beginning)] == beginning

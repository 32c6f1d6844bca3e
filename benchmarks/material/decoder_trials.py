"""Decoders and their settings, run in turn over the same utterances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.material.decoder_routes import Route, Settings, Weights, timed
from benchmarks.material.decoder_set import Utterance
from importers.scoring import word_errors

BLOCK = 20
"""Utterances that one setting decodes before it is the next one's turn: short enough for what else
the machine does to befall all alike, long enough for each to have its own data in the caches."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of one decoder."""

    route: str
    settings: Settings
    weights: Weights

    @property
    def label(self) -> str:
        """500/15/12: beam, threshold, labels a frame; then what else is set."""
        others = {
            name: value
            for name, value in self.settings.items()
            if name not in ("beam_size", "beam_threshold", "top_labels")
        }
        beam = f"{self.settings['beam_size']:g}/{self.settings['beam_threshold']:g}"
        top = f"/{self.settings['top_labels']:g}" if self.settings.get("top_labels") else ""
        return beam + top + "".join(f" {name} {value:g}" for name, value in others.items())


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial, by utterance."""

    trial: Trial
    errors: NDArray[np.int64]
    words: NDArray[np.int64]
    milliseconds: NDArray[np.float64]
    """Of the processor: the median of the rounds."""

    @property
    def rate(self) -> float:
        """The word error rate."""
        return float(self.errors.sum() / self.words.sum())

    @property
    def cost(self) -> float:
        """Milliseconds an utterance."""
        return float(self.milliseconds.mean())


def run_trials(
    routes: Mapping[str, Route],
    trials: Sequence[Trial],
    utterances: Sequence[Utterance],
    rounds: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> list[Result]:
    """All trials over all utterances: block by block, and in each block trial by trial."""
    searches = [routes[one.route].decode(one.settings, one.weights) for one in trials]
    texts: list[list[str]] = [[] for _ in trials]
    times = np.zeros((rounds, len(trials), len(utterances)))
    for begin in range(0, len(utterances), BLOCK):
        block = utterances[begin : begin + BLOCK]
        prepared = {
            name: [route.prepared(one.log_probs) for one in block] for name, route in routes.items()
        }
        for number in range(rounds):
            for place, (trial, search) in enumerate(zip(trials, searches, strict=True)):
                found, taken = timed(search, prepared[trial.route])
                times[number, place, begin : begin + len(block)] = taken
                if number == 0:
                    texts[place] += found
        say(f"{begin + len(block)} of {len(utterances)} utterances")
    costs = np.median(times, axis=0)
    return [
        _result(trial, utterances, found, cost)
        for trial, found, cost in zip(trials, texts, costs, strict=True)
    ]


def _result(
    trial: Trial,
    utterances: Sequence[Utterance],
    texts: Sequence[str],
    milliseconds: NDArray[np.float64],
) -> Result:
    counts = [word_errors(one.text, text) for one, text in zip(utterances, texts, strict=True)]
    errors = np.array([count.errors for count in counts])
    words = np.array([count.reference_length for count in counts])
    return Result(trial, errors, words, milliseconds)


def front(results: Sequence[Result]) -> list[Result]:
    """Those that no other of the results beats in both error rate and cost, cheapest first."""
    kept: list[Result] = []
    for one in sorted(results, key=lambda one: (one.cost, one.rate)):
        if not kept or one.rate < kept[-1].rate:
            kept.append(one)
    return kept


def cheapest_within(results: Sequence[Result], rate: float) -> Result | None:
    """The cheapest whose word error rate is not higher."""
    fitting = [one for one in results if one.rate <= rate + 1e-12]
    return min(fitting, key=lambda one: one.cost, default=None)

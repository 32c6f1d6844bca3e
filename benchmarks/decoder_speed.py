"""The decoder against flashlight-text: word error rate over CPU time, one thread.

    python benchmarks/decoder_speed.py [--quick] [--utterances 1000] [--words 100000]
                                       [--temperature 1] [--rounds 1]

Text, 5-gram and utterances are generated (benchmarks/material/decoder_set.py). All is chosen on
dev: alpha and beta, for each decoder its own, and then the settings, of all those in
benchmarks/material/decoder_settings.py, that are measured on test: those that no other setting of
the decoder beats in both error rate and time. The decoders take turns, every 20 utterances.

The claims are about two settings of flashlight: the best, which is the cheapest of those with the
lowest error rate on test, or within 0.05 point of it; and the cheap one, which is the cheapest
within 0.5 point of that. Against each stands the setting of Myna's that was the cheapest on dev
of those with an error rate not higher there, or, where there is none, had the lowest. Intervals are
of 95 %, by paired bootstrap.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material.decoder_report import write_report
from benchmarks.material.decoder_routes import FlashlightRoute, MynaRoute, Route
from benchmarks.material.decoder_set import (
    FOLDER,
    SIMULATION,
    Utterance,
    package,
    utterances,
    words_of,
)
from benchmarks.material.decoder_settings import TUNED_AT, flashlight_settings, myna_settings
from benchmarks.material.decoder_trials import Result, Trial, cheapest_within, front, run_trials
from benchmarks.material.dev_results import DevResults
from benchmarks.material.flashlight_route import VERSION
from benchmarks.material.paired_bootstrap import ratio_of_sums
from benchmarks.material.simulated_posteriors import LABELS
from benchmarks.material.weight_search import tuned_weights
from importers.digests import digest_of
from importers.scoring import ErrorCounts, word_errors
from native import _native
from native.decoder import greedy

BEST_CLAIM, CHEAP_CLAIM = 15.0, 10.0
AS_GOOD, CHEAP = 0.0005, 0.005
"""Of word error rates: what counts as equal to the lowest; how far off the cheap setting may be."""
VERSIONS = {"flashlight": VERSION, "myna": digest_of(Path(_native.__file__))[:12]}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is measured."""

    utterances: int
    dev: int
    words: int
    temperature: float
    rounds: int
    seed: int
    quick: bool

    @property
    def dev_name(self) -> str:
        """What the results on dev depend on."""
        return (
            f"{self.words} words, temperature {self.temperature:g}, {self.dev} of dev, "
            f"seed {self.seed}, simulation {SIMULATION}"
        )

    @property
    def name(self) -> str:
        """Of the report's files."""
        return f"words{self.words}-temperature{self.temperature:g}" + "-quick" * self.quick


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def choose_trials(terms: Terms, routes: dict[str, Route], dev: Sequence[Utterance]) -> list[Trial]:
    """All settings of all decoders, with weights tuned on dev."""
    kept = FOLDER / "weights.json"
    trials = []
    for family, settings in TUNED_AT.items():
        if terms.quick and "log_add" in family:
            continue
        route = routes[family.split()[0]]
        key = f"{family}, {VERSIONS[route.name]}, {terms.dev_name}"
        weights = tuned_weights(route, settings, dev, kept, key)
        say(f"{family}: alpha {weights.alpha:g}, beta {weights.beta:g}")
        make = myna_settings if family == "myna" else flashlight_settings
        trials += [
            Trial(route.name, one, weights)
            for one in make(quick=terms.quick)
            if ("log_add" in one) == ("log_add" in family)
        ]
    return trials


def compare(terms: Terms) -> tuple[list[Result], list[Result]]:
    """What came of all settings on dev, and of those on the fronts on test."""
    model = package(terms.words)
    routes: dict[str, Route] = {
        "flashlight": FlashlightRoute(words_of(model), model.binary),
        "myna": MynaRoute(model),
    }
    dev = utterances("dev", terms.dev, seed=terms.seed, temperature=terms.temperature)
    test = utterances("test", terms.utterances, seed=terms.seed, temperature=terms.temperature)
    say(f"greedy WER: dev {greedy_rate(dev):.1%}, test {greedy_rate(test):.1%}")
    trials = choose_trials(terms, routes, dev)
    known = DevResults(FOLDER / "dev-results.json", terms.dev_name, VERSIONS)
    on_dev = known.run(routes, trials, dev, lambda line: say(f"on dev: {line}"))
    chosen = [
        one.trial
        for name in routes
        for one in front([one for one in on_dev if one.trial.route == name])
    ]
    on_test = run_trials(
        routes, chosen, test, terms.rounds, lambda line: say(f"{len(chosen)} on test: {line}")
    )
    return on_dev, on_test


def greedy_rate(given: Sequence[Utterance]) -> float:
    counts = (word_errors(one.text, greedy(one.log_probs, LABELS)) for one in given)
    return sum(counts, ErrorCounts()).rate


def judge(
    what: str, theirs: Result, on_dev: list[Result], on_test: list[Result], claim: float
) -> bool:
    """Print a claim and whether it holds on test, with Myna's setting that dev chose."""
    their_dev = next(one for one in on_dev if one.trial is theirs.trial)
    own = [one for one in on_dev if one.trial.route == "myna"]
    least = min(one.rate for one in own)
    chosen = cheapest_within(front(own), max(their_dev.rate, least))
    assert chosen
    ours = next(one for one in on_test if one.trial is chosen.trial)
    faster = ratio_of_sums(theirs.milliseconds, ours.milliseconds)
    worse = ratio_of_sums(ours.errors - theirs.errors, ours.words)
    holds = faster.value >= claim and worse.value <= 0
    print(
        f"{what}: flashlight {theirs.trial.label} {theirs.rate:.2%} {theirs.cost:.2f} ms; "
        f"Myna {ours.trial.label} {ours.rate:.2%} {ours.cost:.2f} ms: "
        f"{faster.value:.1f} times as fast ({faster.low:.1f} to {faster.high:.1f}), WER "
        f"{100 * worse.value:+.2f} points ({100 * worse.low:+.2f} to {100 * worse.high:+.2f}); "
        f"claim: {claim:g} times, not higher: " + ("holds" if holds else "DOES NOT HOLD")
    )
    return holds


def judge_all(on_dev: list[Result], on_test: list[Result]) -> bool:
    theirs = [one for one in on_test if one.trial.route == "flashlight"]
    lowest = min(one.rate for one in theirs)
    best, cheap = (cheapest_within(theirs, lowest + more) for more in (AS_GOOD, CHEAP))
    assert best and cheap
    verdicts = (
        judge("best", best, on_dev, on_test, BEST_CLAIM),
        judge("cheap", cheap, on_dev, on_test, CHEAP_CLAIM),
    )
    return all(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few settings, 100 utterances")
    parser.add_argument("--utterances", type=int, help="of test; 1000")
    parser.add_argument("--dev", type=int, help="utterances of dev; 300")
    parser.add_argument("--words", type=int, default=100_000, help="of the lexicon")
    parser.add_argument("--temperature", type=float, default=1.0, help="above 1: flatter")
    parser.add_argument("--rounds", type=int, default=1, help="of timing on test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=FOLDER / "results")
    known = parser.parse_args()
    terms = Terms(
        utterances=known.utterances or (100 if known.quick else 1000),
        dev=known.dev or (60 if known.quick else 300),
        words=known.words, temperature=known.temperature, rounds=known.rounds, seed=known.seed,
        quick=known.quick,
    )  # fmt: skip
    known.out.mkdir(parents=True, exist_ok=True)
    on_dev, on_test = compare(terms)
    title = f"{terms.words:,} words, temperature {terms.temperature:g}, {{}} utterances of {{}}"
    write_report(on_dev, known.out, f"{terms.name}-dev", title.format(terms.dev, "dev"))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {known.out / terms.name}-*")
    test_title = title.format(terms.utterances, "test")
    print(write_report(on_test, known.out, f"{terms.name}-test", test_title))
    return 0 if judge_all(on_dev, on_test) else 1


if __name__ == "__main__":
    sys.exit(main())

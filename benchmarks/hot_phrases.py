"""What a thousand hot phrases cost: CPU against none, on the utterances of decoder_speed.py.

    python benchmarks/hot_phrases.py [--phrases 1000] [--utterances 200] [--rounds 5] [--boost 5]

The claim: at most 20 % more. Half of the phrases are two or three words in a row out of the
sentences that are said; a quarter are words of the lexicon put together by chance; a quarter are,
or begin with, made-up names, which the lexicon has not. In turns, in one process. Also told: the
time to make the phrases, and the word error rate with and without.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Sequence
from functools import partial

from benchmarks.material.decoder_routes import MynaRoute, Weights, timed
from benchmarks.material.decoder_set import package, utterances, words_of
from benchmarks.material.simulated_posteriors import Matrix
from importers.scoring import ErrorCounts, word_errors
from native.decoder import Decoder, HotPhrases

CLAIM = 1.2
_WEIGHTS = Weights(0.8, 2.5)
_SETTINGS = {"beam_size": 500, "beam_threshold": 15}
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]


def phrases(
    count: int, sentences: list[str], vocabulary: Sequence[str], boost: float
) -> dict[str, float]:
    """Different ones, the same each time."""
    source = random.Random(7)
    known = set(vocabulary)
    made: dict[str, float] = {}
    while len(made) < count:
        kind = len(made) % 4
        length = source.randint(2 if kind < 2 else 1, 3)
        if kind < 2:
            words = source.choice(sentences).split()
            begin = source.randrange(len(words))
            words = words[begin : begin + length]
        else:
            words = source.choices(vocabulary, k=length)
        if kind == 3:
            words[0] = "".join(source.choices(_SYLLABLES, k=source.randint(2, 4)))
        if kind == 3 and words[0] in known:
            continue
        made[" ".join(words)] = boost
    return made


def _decode(decoder: Decoder, hot: HotPhrases | None, log_probs: Matrix) -> str:
    found = decoder.decode(log_probs, hot=hot)
    return found[0].text if found else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--phrases", type=int, default=1000)
    parser.add_argument("--utterances", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--boost", type=float, default=5.0)
    known = parser.parse_args()
    model = package(100_000)
    given = utterances("test", known.utterances)
    decoder = MynaRoute(model).decoder(_SETTINGS, _WEIGHTS)
    boosts = phrases(known.phrases, [one.text for one in given], words_of(model), known.boost)
    begin = time.perf_counter()
    hot = HotPhrases(decoder, boosts)
    print(f"{len(boosts)} phrases made in {1000 * (time.perf_counter() - begin):.1f} ms")
    errors = {True: ErrorCounts(), False: ErrorCounts()}
    rounds: list[float] = []
    costs: dict[bool, list[float]] = {True: [], False: []}
    for number in range(known.rounds + 1):
        spent = {True: 0.0, False: 0.0}
        for with_phrases in (False, True) if number % 2 else (True, False):
            chosen = hot if with_phrases else None
            texts, milliseconds = timed(
                partial(_decode, decoder, chosen), [one.log_probs for one in given]
            )
            spent[with_phrases] = statistics.mean(milliseconds)
            if number == 0:  # to warm up
                pairs = zip(given, texts, strict=True)
                counts = (word_errors(one.text, text) for one, text in pairs)
                errors[with_phrases] = sum(counts, ErrorCounts())
        if number == 0:
            continue
        rounds.append(spent[True] / spent[False])
        for with_phrases, cost in spent.items():
            costs[with_phrases].append(cost)
    ratio = statistics.median(rounds)
    for name, key in (("none", False), ("phrases", True)):
        cost = statistics.median(costs[key])
        print(f"{name}: {cost:.2f} ms of CPU an utterance, WER {errors[key].rate:.2%}")
    holds = ratio <= CLAIM
    print(f"{ratio:.2f} of the CPU, at most {CLAIM}: " + ("holds" if holds else "DOES NOT HOLD"))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

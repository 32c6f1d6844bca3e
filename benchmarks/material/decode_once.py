"""One setting of the decoder on some utterances: for a profiler, and to try a change.

    python benchmarks/material/decode_once.py beam_size=500 beam_threshold=15 [--utterances 100]

Prints the word error rate and the CPU time of an utterance, the median of the rounds.
"""

import argparse
import statistics

from benchmarks.material.decoder_routes import (
    FlashlightRoute,
    MynaRoute,
    Route,
    Weights,
    parsed_settings,
    timed,
)
from benchmarks.material.decoder_set import package, utterances, words_of
from importers.scoring import ErrorCounts, word_errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="options of the search")
    parser.add_argument("--utterances", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=100_000, help="of the lexicon")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--part", choices=("dev", "test"), default="dev")
    parser.add_argument("--alpha", type=float, default=0.8)
    parser.add_argument("--beta", type=float, default=2.5)
    parser.add_argument("--flashlight", action="store_true", help="the peer instead")
    known = parser.parse_args()
    model = package(known.words)
    route: Route = (
        FlashlightRoute(words_of(model), model.binary) if known.flashlight else MynaRoute(model)
    )
    given = utterances(known.part, known.utterances, temperature=known.temperature)
    decode = route.decode(parsed_settings(known.settings), Weights(known.alpha, known.beta))
    prepared = [route.prepared(one.log_probs) for one in given]
    rounds = [timed(decode, prepared) for _ in range(known.rounds)]
    pairs = zip(given, rounds[0][0], strict=True)
    errors = sum((word_errors(one.text, text) for one, text in pairs), ErrorCounts())
    cost = statistics.median(statistics.mean(times) for _, times in rounds)
    print(f"{route.name}: WER {errors.rate:.2%}, {cost:.3f} ms of CPU an utterance")


if __name__ == "__main__":
    main()

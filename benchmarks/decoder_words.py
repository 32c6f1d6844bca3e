"""Times and confidences of the decoder's words, held against what the simulation knows.

    python benchmarks/decoder_words.py [--utterances 1000] [--dev 500] [--temperature 1]

A word of the best hypothesis is right if it is matched in an alignment with the reference. For the
right ones: how far their starts are from the frames with which their first letters begin. The claim
is 40 ms in the median.

Confidences: a table of how many words are right of those with like confidences, and the expected
calibration error; as they come, and with log-odds multiplied by the scale that makes the error
smallest on dev. Figures are of test.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.material.calibration import best_scale, calibration_error, reliability, scaled
from benchmarks.material.decoder_routes import HeardWord, MynaRoute, Weights
from benchmarks.material.decoder_set import Utterance, package, utterances
from benchmarks.material.simulated_posteriors import FRAME_SECONDS
from benchmarks.material.word_matches import matched_words

CLAIM_MS = 40.0


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the best hypotheses of a set."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]
    late_ms: NDArray[np.float64]
    """Of the right ones: how much later than in truth they begin."""


def heard(route: MynaRoute, weights: Weights, given: Sequence[Utterance]) -> Words:
    """Decode all, and match words."""
    decoder = route.decoder({}, weights)
    confidences: list[float] = []
    right: list[bool] = []
    late: list[float] = []
    for one in given:
        words: Sequence[HeardWord] = route.words_of(decoder.decode(one.log_probs)[0])
        pairs = matched_words(one.text.split(), [word.text for word in words])
        places = {place for _, place in pairs}
        confidences += [word.confidence for word in words]
        right += [place in places for place in range(len(words))]
        frames = (words[place].begin_frame - one.word_starts[true] for true, place in pairs)
        late += [1000 * FRAME_SECONDS * float(count) for count in frames]
    return Words(np.array(confidences), np.array(right), np.array(late))


def show_starts(words: Words) -> bool:
    """Print how far starts are off; whether the claim holds."""
    off = np.abs(words.late_ms)
    median, most = np.quantile(off, (0.5, 0.95))
    holds = bool(median <= CLAIM_MS)
    print(
        f"starts of {len(off):,} right words: off by {median:.0f} ms in the median, by at most "
        f"{most:.0f} ms in 95 %, {words.late_ms.mean():.0f} ms late on average; claim: at most "
        f"{CLAIM_MS:.0f} ms in the median: " + ("holds" if holds else "DOES NOT HOLD")
    )
    return holds


def show_confidences(dev: Words, test: Words) -> None:
    """Print the reliability tables of test, without and with the scale of dev."""
    scale = best_scale(dev.confidences, dev.right)
    print(f"{test.right.mean():.2%} of the words are right")
    for name, factor in (("as they come", 1.0), (f"log-odds times {scale:.2f}", scale)):
        confidences = scaled(test.confidences, factor)
        error = calibration_error(confidences, test.right)
        print(f"\nconfidences {name}: expected calibration error {error:.4f}")
        print("| words | mean confidence | right |\n|---|---|---|")
        for one in reliability(confidences, test.right):
            print(f"| {one.words:,} | {one.confidence:.4f} | {one.right:.4f} |")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=1000, help="of test")
    parser.add_argument("--dev", type=int, default=500, help="utterances of dev")
    parser.add_argument("--words", type=int, default=100_000, help="of the lexicon")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alpha", type=float, default=0.8)
    parser.add_argument("--beta", type=float, default=2.0)
    known = parser.parse_args()
    route = MynaRoute(package(known.words))
    weights = Weights(known.alpha, known.beta)
    dev = utterances("dev", known.dev, seed=known.seed, temperature=known.temperature)
    test = utterances("test", known.utterances, seed=known.seed, temperature=known.temperature)
    dev_words, test_words = (heard(route, weights, part) for part in (dev, test))
    holds = show_starts(test_words)
    show_confidences(dev_words, test_words)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

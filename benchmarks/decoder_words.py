"""Times and confidences of the decoder's words, held against what the simulation knows.

    python benchmarks/decoder_words.py [NAME=VALUE ...] [--utterances 1000] [--dev 300]

A word of the best hypothesis is right if it is matched in an alignment with the reference. For the
right ones: how far their starts are from the frames with which their first letters begin. The claim
is 40 ms in the median.

Confidences: the expected calibration error, with the decoder's own confidence_scale and with the
one that makes it smallest on dev, and for that one a table of how many are right of the words with
like confidences. Also, how often a right word has a higher confidence than a wrong one, which is
0.5 where they say nothing. All figures are of test. NAME=VALUE are further options of the decoder.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.material.calibration import calibration_error, discrimination, reliability
from benchmarks.material.decoder_routes import MynaRoute, Settings, Weights, parsed_settings
from benchmarks.material.decoder_set import Utterance, package, utterances
from benchmarks.material.simulated_posteriors import FRAME_SECONDS
from benchmarks.material.word_matches import matched_words
from native.decoder import DecoderOptions

CLAIM_MS = 40.0
_SCALES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the best hypotheses of a set."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]
    late_ms: NDArray[np.float64]
    """Of the right ones: how much later than in truth they begin."""

    @property
    def calibration_error(self) -> float:
        """Expected."""
        return calibration_error(self.confidences, self.right)


def heard(
    route: MynaRoute, settings: Settings, weights: Weights, given: Sequence[Utterance]
) -> Words:
    """Decode all, and match words."""
    decoder = route.decoder(settings, weights)
    confidences: list[float] = []
    right: list[bool] = []
    late: list[float] = []
    for one in given:
        words = decoder.decode(one.log_probs)[0].words
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


def show_confidences(name: str, words: Words) -> None:
    """Print what is to be said of all confidences together."""
    print(
        f"{name}: expected calibration error {words.calibration_error:.4f}; right words above "
        f"wrong ones in {discrimination(words.confidences, words.right):.1%}"
    )


def show_table(words: Words) -> None:
    print("\n| words | mean confidence | right |\n|---|---|---|")
    for one in reliability(words.confidences, words.right):
        print(f"| {one.words:,} | {one.confidence:.4f} | {one.right:.4f} |")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="options of the search")
    parser.add_argument("--utterances", type=int, default=1000, help="of test")
    parser.add_argument("--dev", type=int, default=300, help="utterances of dev")
    parser.add_argument("--words", type=int, default=100_000, help="of the lexicon")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alpha", type=float, default=0.8)
    parser.add_argument("--beta", type=float, default=2.0)
    known = parser.parse_args()
    route = MynaRoute(package(known.words))
    weights = Weights(known.alpha, known.beta)
    settings = parsed_settings(known.settings)
    dev = utterances("dev", known.dev, seed=known.seed, temperature=known.temperature)
    test = utterances("test", known.utterances, seed=known.seed, temperature=known.temperature)
    plain = heard(route, settings, weights, test)
    holds = show_starts(plain)
    print(f"{plain.right.mean():.2%} of the words are right")
    own = settings.get("confidence_scale", DecoderOptions().confidence_scale)
    show_confidences(f"confidence_scale {own:g}, the decoder's own", plain)

    def error_on_dev(scale: float) -> float:
        scaled = {**settings, "confidence_scale": scale}
        return heard(route, scaled, weights, dev).calibration_error

    best = min(_SCALES, key=error_on_dev)
    words = heard(route, {**settings, "confidence_scale": best}, weights, test)
    show_confidences(f"confidence_scale {best:g}, the best on dev", words)
    show_table(words)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""Tunes alpha and beta of any decoder on dev: from neighbour to better neighbour on a grid.

What was found is kept in a file, by the settings and by the decoder's own bytes.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.material.decoder_routes import Route, Settings, Weights, timed
from benchmarks.material.decoder_set import Utterance
from importers.scoring import word_errors
from importers.storage import put_text

_ALPHA_STEP, _BETA_STEP = 0.1, 0.5
_BEGIN = (8, 5)
"""In steps: alpha 0.8, beta 2.5."""


def tuned_weights(
    route: Route, settings: Settings, dev: Sequence[Utterance], kept: Path, key: str
) -> Weights:
    """Those with the fewest errors, as far as neighbours lead; of equals the first seen."""
    known = json.loads(kept.read_text()) if kept.is_file() else {}
    if key not in known:
        known[key] = _search(route, settings, dev)
        put_text(kept, json.dumps(known, indent=1) + "\n")
    return Weights(*known[key])


def _search(route: Route, settings: Settings, dev: Sequence[Utterance]) -> tuple[float, float]:
    prepared = [route.prepared(one.log_probs) for one in dev]
    seen: dict[tuple[int, int], int] = {}

    def errors(point: tuple[int, int]) -> int:
        if point not in seen:
            texts, _ = timed(route.decode(settings, _weights(point)), prepared)
            pairs = zip(dev, texts, strict=True)
            seen[point] = sum(word_errors(one.text, text).errors for one, text in pairs)
        return seen[point]

    best = _BEGIN
    while True:
        alpha, beta = best
        around = [(alpha + a, beta + b) for a in (-1, 0, 1) for b in (-1, 0, 1) if alpha + a > 0]
        better = min((best, *around), key=errors)  # the first of equals: `best` itself
        if better == best:
            weights = _weights(best)
            return weights.alpha, weights.beta
        best = better


def _weights(point: tuple[int, int]) -> Weights:
    return Weights(round(point[0] * _ALPHA_STEP, 3), round(point[1] * _BETA_STEP, 3))

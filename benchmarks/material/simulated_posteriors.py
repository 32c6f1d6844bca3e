"""Log-probabilities as a peaky CTC model gives them for a text, with its confusions; no audio.

A letter takes a few frames of 20 ms. In one or two of them, near its beginning, its label peaks; in
all others the blank does, as in models trained with CTC. How clear a peak is differs by utterance,
by word and by letter: where it is not, rivals that sound or look alike come near it or win, or the
blank does (a deletion). Now and then a label peaks where nothing was said (an insertion). True
boundaries are known, and the same seed gives the same numbers.

Each utterance has random numbers of its own: of 1,000 utterances the first 100 are the same as of
100. The constants were chosen for a word error rate of 20 % by the best path, with the blank above
0.99 in 60 % of the frames and above 0.999 in 35 %.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LABELS: Final = (" ", "'", *"abcdefghijklmnopqrstuvwxyz")
"""In the order of the columns; the blank follows them."""
FRAME_SECONDS: Final = 0.02

Matrix = NDArray[np.float32]
_Numbers = NDArray[np.int64]
_Floats = NDArray[np.float64]

_BLANK = len(LABELS)
# What takes the place of what: vowels, voiced and voiceless twins, nasals, liquids, spellings.
_ALIKE = (
    "aeiouy", "ea", "ei", "iy", "ou", "au", "bp", "dt", "gk", "ckq", "csz", "fv", "mn", "lr", "vw",
    "uw", "gj", "sx", "td", "hn", "th", "' s", "ez",
)  # fmt: skip
_NEAR, _FAR = 6.0, 10.5
"""How far rivals are below the true label's logit: alike ones, and all others."""


@dataclass(frozen=True, slots=True)
class SimulatedUtterance:
    """What a model heard, and what was said."""

    log_probs: Matrix
    """[frames, labels + 1], natural logarithms, the blank last."""
    text: str
    word_starts: _Numbers
    """The frame with which each word's first letter begins."""


def simulate(text: str, seed: tuple[int, ...]) -> SimulatedUtterance:
    """One utterance. ``text`` has no other characters than LABELS, and single spaces."""
    random = np.random.default_rng(seed)
    labels = np.array([LABELS.index(letter) for letter in text])
    starts, frames = _starts(random, labels)
    logits = random.normal(0.0, 1.0, (frames, len(LABELS) + 1))
    logits[:, _BLANK] = random.normal(11.3, 2.2, frames)
    _insert(random, logits)
    _peak(random, logits, labels, starts)
    logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
    begins = np.flatnonzero(np.concatenate(([True], labels[:-1] == 0)))
    return SimulatedUtterance(logits.astype(np.float32), text, starts[begins])


def flattened(log_probs: Matrix, temperature: float) -> Matrix:
    """The logits divided by a temperature: above 1 the model is less sure of the same order."""
    if temperature == 1.0:
        return log_probs
    scaled = log_probs.astype(np.float64) / temperature
    return (scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)).astype(np.float32)


def _starts(random: np.random.Generator, labels: _Numbers) -> tuple[_Numbers, int]:
    """The first frame of each letter, and how many frames there are."""
    rate = 3.7 * random.lognormal(0.0, 0.15)
    durations = np.maximum(1, np.rint(random.gamma(4.0, rate / 4.0, len(labels)))).astype(np.int64)
    pauses = (labels == 0) & (random.random(len(labels)) < 0.08)
    durations += np.where(pauses, random.integers(5, 25, len(labels)), 0)
    again = np.append(labels[1:] == labels[:-1], False)  # two peaks of one label need a blank
    durations = np.maximum(durations, np.where(again, 3, 1))
    lead, tail = random.integers(5, 25, 2)
    ends = lead + np.cumsum(durations)
    return ends - durations, int(ends[-1] + tail)


def _insert(random: np.random.Generator, logits: _Floats) -> None:
    """Peaks where nothing was said."""
    (frames,) = np.nonzero(random.random(len(logits)) < 0.006)
    inserted = random.integers(0, len(LABELS), len(frames))
    logits[frames, inserted] = logits[frames, _BLANK] + random.normal(-2.5, 2.0, len(frames))


def _peak(random: np.random.Generator, logits: _Floats, labels: _Numbers, starts: _Numbers) -> None:
    """The labels' peaks with their rivals, and shoulders beside them."""
    count = len(labels)
    word = np.cumsum(labels == 0)
    unclear = (
        0.35 * random.normal()
        + 0.45 * random.normal(size=word[-1] + 1)[word]
        + 0.45 * random.normal(size=count)
    )
    noise = 1.25 * np.exp(unclear)
    room = np.append(np.diff(starts), 3)
    again = np.append(labels[1:] == labels[:-1], False)
    at = starts + np.where(again, 0, np.minimum(random.integers(0, 3, count), room - 1))
    peaks = random.normal(0.0, 1.0, (count, len(LABELS) + 1))
    rivals = 12.0 - _DISTANCES[labels] + noise[:, None] * random.normal(size=(count, len(LABELS)))
    peaks[:, :_BLANK] = rivals
    peaks[np.arange(count), labels] = 12.0
    peaks[:, _BLANK] = 12.0 - 5.0 + 0.8 * noise * random.normal(size=count)
    logits[at] = peaks
    # Beside the peak the label is still, or already, to be seen; in a quarter it lasts two frames.
    free = (at + 1 < len(logits)) & ~np.isin(at + 1, at) & ~again
    beside, label = at[free] + 1, labels[free]
    lasting = random.random(len(beside)) < 0.25
    height = np.where(lasting, 1.5, -6.0) + random.normal(0.0, 1.5, len(beside))
    logits[beside, label] = logits[beside, _BLANK] + height


def _distances() -> _Floats:
    distances = np.full((len(LABELS), len(LABELS)), _FAR)
    for group in _ALIKE:
        numbers = [LABELS.index(letter) for letter in group]
        distances[np.ix_(numbers, numbers)] = _NEAR
    np.fill_diagonal(distances, 0.0)
    return distances


_DISTANCES = _distances()

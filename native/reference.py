"""Slow, clear twins of the compiled code: the oracles of its tests, and nothing else."""

import math
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# --- Text normalisation: native/text.py has the rules ---------------------------------------

APOSTROPHES = "'`´\u02bc\u055a\u05f3\u2018\u2019\u201b\u2032\u2035\uff07\uff40"
DOUBLE_QUOTES = '"\u05f4'
MIDDLE_DOT = "\u00b7"
JOINERS = "\u200c\u200d"
COMBINING_GRAPHEME_JOINER = "\u034f"
BLANKS = "\u200b\u3164\uffa0"  # zero width space and two Hangul fillers
TATWEEL = "\u0640"
GLYPH_CHOICES = range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)  # variation selectors

_PERSIAN = str.maketrans("\u064a\u0649\u0643", "\u06cc\u06cc\u06a9")
REPAIRS = {
    "ro": str.maketrans("ŞşŢţ", "ȘșȚț"),
    "kab": str.maketrans("ĞğΓγΣσεԐԑ", "ǦǧƔɣƐɛɛƐɛ"),
    "ky": str.maketrans("Ѳѳ", "Өө"),
    "fa": _PERSIAN,
    "ur": _PERSIAN,
    "ckb": _PERSIAN,
    "cv": str.maketrans("ĂăĔĕÇçŸÿ", "ӐӑӖӗҪҫӲӳ"),
}
"""Letters that stand for others, by language."""


def normalise_reference(
    text: str, rules: str = "unicode", locale: str | None = None
) -> tuple[str, str | None]:
    """What native.text.normalise returns, for code points that the running Python knows."""
    text.encode("utf-8")  # raises on lone surrogates
    if rules == "unicode":
        return _unicode_rules(text, re.split("[-_]", locale or "")[0].lower())
    if rules == "deepspeech":
        return _deepspeech_rules(text)
    if rules == "none":
        return _finished(text.strip())
    raise ValueError(f"no text rules {rules!r}")


def _finished(text: str) -> tuple[str, str | None]:
    return (text, None) if text else ("", "empty")


def _unicode_rules(text: str, language: str) -> tuple[str, str | None]:
    text = unicodedata.normalize("NFC", text)
    text = text.translate(REPAIRS.get(language, {}))
    if any(unicodedata.category(char).startswith("N") for char in text):
        return "", "digits"
    text = _words(text, language)
    if language in ("tr", "az"):
        text = text.replace("I", "ı").replace("İ", "i")
    return _finished(unicodedata.normalize("NFC", text.lower()))


@cache
def _shape(char: str, language: str) -> str:
    """One letter for what a character is: Letter, Mark, Apostrophe, Quote, Dot, Joiner, "" for
    nothing at all, and a space for what parts words."""
    for shape, chars in zip("AQJ ", (APOSTROPHES, DOUBLE_QUOTES, JOINERS, BLANKS), strict=True):
        if char in chars:
            return shape
    if char == MIDDLE_DOT:
        return "D" if language in ("ca", "oc") else " "
    if char in COMBINING_GRAPHEME_JOINER + TATWEEL or any(ord(char) in r for r in GLYPH_CHOICES):
        return ""
    category = unicodedata.category(char)
    return "" if category == "Cf" else category[0] if category[0] in "LM" else " "


def _words(text: str, language: str) -> str:
    """Keeps the letters with their marks, and decides about each gap between two of them."""
    chars = [char for char in text if _shape(char, language)]
    shapes = "".join(_shape(char, language) for char in chars)
    groups = list(re.finditer("L(?:J*M)*", shapes))  # a letter, its marks, joiners among them
    if not groups:
        return ""
    out = [_group(chars, groups[0])]
    for left, right in pairwise(groups):
        out.append(_gap(chars, shapes, left.end(), right.start()))
        out.append(_group(chars, right))
    return "".join(out)


def _group(chars: list[str], group: re.Match[str]) -> str:
    return re.sub(f"([{JOINERS}])[{JOINERS}]+", r"\1", "".join(chars[group.start() : group.end()]))


def _gap(chars: list[str], shapes: str, start: int, end: int) -> str:
    """What is left of chars[start:end], which stand between two letters."""
    gap = shapes[start:end]
    if re.fullmatch("J*", gap):
        return "".join(chars[start:end][:1])
    if re.fullmatch("J*A[JM]*", gap):
        return "'"
    if re.fullmatch("J*D[JM]*", gap):
        return MIDDLE_DOT
    is_hebrew = all("\u0590" <= char <= "\u05ff" for char in (chars[start - 1], chars[end]))
    return "" if re.fullmatch("J*Q[JM]*", gap) and is_hebrew else " "


def _deepspeech_rules(text: str) -> tuple[str, str | None]:
    if re.search("[0-9]", text):
        return "", "digits"
    if re.search(r"[(<\[\]&*{]", text):
        return "", "symbols"
    text = re.sub(" {2,}", " ", text.replace("-", " ").replace("_", " "))
    return _finished(re.sub('[.,;?!:"]', "", text).strip().lower())


# --- Resampling: native/audio.py has the contract ----------------------------------------------

_ATTENUATION = 110.0  # dB
_PASS_BAND = 0.913  # of the lower Nyquist


def resample_reference(
    samples: NDArray[np.float64], source_rate: int, target_rate: int
) -> NDArray[np.float64]:
    """The samples at another rate, by the definition that native/src/resample_plan.h gives.

    As long as the rate is 2.5 times the target or more, and no ratio of terms up to 4, it is halved
    by a half-band filter; a sharp filter does the rest. Each output is the sum of the inputs
    weighted by a windowed sinc centred on its time.
    """
    count = (2 * len(samples) * target_rate + source_rate) // (2 * source_rate)
    rate = Fraction(source_rate)
    values, first = np.asarray(samples, np.float64), 0  # values[0] is sample number `first`
    while (ratio := rate / target_rate) >= 2.5 and max(ratio.as_integer_ratio()) > 4:
        values, first = _halved(values, first, kept=float(0.5 / ratio))
        rate /= 2
    nyquist = 0.5 * min(1.0, float(1 / ratio))
    times = np.arange(count, dtype=np.float64) * float(ratio)
    return _weighted(values, first, times, _PASS_BAND * nyquist, nyquist)


def _halved(
    values: NDArray[np.float64], first: int, kept: float
) -> tuple[NDArray[np.float64], int]:
    """Every second sample, with `kept` cycles a sample clean, and where the outputs begin."""
    reach = math.ceil(_half_width(kept, 0.5 - kept)) + 1
    begin = (first - reach) // 2
    end = (first + len(values) + reach) // 2 + 1
    times = 2 * np.arange(begin, end, dtype=np.float64)
    return _weighted(values, first, times, kept, 0.5 - kept), begin


def _half_width(pass_edge: float, stop_edge: float) -> float:
    """Kaiser's length for a transition band in cycles a sample."""
    return (_ATTENUATION - 7.95) / (14.36 * (stop_edge - pass_edge)) / 2


def _weighted(
    values: NDArray[np.float64],
    first: int,
    times: NDArray[np.float64],
    pass_edge: float,
    stop_edge: float,
) -> NDArray[np.float64]:
    width = _half_width(pass_edge, stop_edge)
    beta = 0.1102 * (_ATTENUATION - 8.7)
    cut = (pass_edge + stop_edge) / 2
    out = np.zeros(len(times))
    for i, time in enumerate(times):
        low = max(math.ceil(time - width), first)
        high = min(math.floor(time + width), first + len(values) - 1)
        if low > high:
            continue
        distance = np.arange(low, high + 1) - time
        window = np.i0(beta * np.sqrt(1 - (distance / width) ** 2)) / np.i0(beta)
        weights = 2 * cut * np.sinc(2 * cut * distance) * window
        out[i] = weights @ values[low - first : high - first + 1]
    return out


# --- Features: native/features.py has the definition ----------------------------------------


def mfcc_reference(
    samples: NDArray[np.floating] | NDArray[np.int16],
    *,
    sample_rate: int = 16000,
    window: int = 512,
    step: int = 320,
    filters: int = 40,
    low_hz: float = 20.0,
    high_hz: float = 8000.0,
    coefficients: int = 26,
) -> NDArray[np.float64]:
    """What native.features.features returns, in double precision."""
    values = np.asarray(samples, np.float64)
    if samples.dtype == np.int16:
        values = values / 32768
    if len(values) < window:
        return np.zeros((0, coefficients))
    frames = np.lib.stride_tricks.sliding_window_view(values, window)[::step]
    size = 2 ** math.ceil(math.log2(window))
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    magnitudes = np.abs(np.fft.rfft(frames * hann, size))
    triangles = _mel_triangles(
        np.arange(size // 2 + 1) * sample_rate / size, filters, low_hz, high_hz
    )
    logarithms = np.log(np.maximum(magnitudes @ triangles.T, 1e-12))
    angles = np.outer(np.arange(coefficients), np.arange(filters) + 0.5) * np.pi / filters
    return np.asarray(logarithms @ (math.sqrt(2 / filters) * np.cos(angles)).T)


def _mel_triangles(
    hz: NDArray[np.float64], filters: int, low_hz: float, high_hz: float
) -> NDArray[np.float64]:
    """[filters, bins]: each filter as a triangle over the mel scale."""
    mel = 1127 * np.log1p(hz / 700)
    low, high = 1127 * np.log1p(np.array([low_hz, high_hz]) / 700)
    spacing = (high - low) / (filters + 1)
    middles = low + spacing * np.arange(1, filters + 1)
    triangles = np.maximum(1 - np.abs(mel - middles[:, None]) / spacing, 0)
    # TensorFlow's rule for the first bin: never that at 0 Hz, which is HTK's rule too.
    used = np.arange(len(hz)) >= int(1.5 + low_hz / hz[1])
    return np.asarray(triangles * (used & (hz <= high_hz)), np.float64)


# --- Beam search: native/src/beam_search.h has the score ---------------------------------------


class WordModel(Protocol):
    """A language model of words, as the search asks it; histories begin after <s>."""

    def score(self, history: tuple[str, ...], word: str | None) -> float:
        """log10 P(word | history); None is the end of the sentence."""
        ...

    def state(self, history: tuple[str, ...]) -> Hashable:
        """What the model remembers: equal for histories that give equal scores to all to come."""
        ...

    def unigram(self, word: str) -> float:
        """log10 P(word), without history."""
        ...


@dataclass(frozen=True)
class SearchReference:
    """The rules of a search. `words` are spelled with the one-character `labels`."""

    labels: Sequence[str]
    words: Collection[str]
    model: WordModel | None
    alpha: float
    beta: float
    beam_size: int
    beam_threshold: float
    merge_histories: bool

    def weight(self, history: tuple[str, ...]) -> float:
        """What finished words add to a rank."""
        if self.model is None:
            return 0.0
        log10 = sum(self.model.score(history[:at], word) for at, word in enumerate(history))
        return self.alpha * math.log(10) * log10 + self.beta * len(history)

    def look_ahead(self, begun: str) -> float:
        """What a word that is begun adds at most, judged without its history."""
        if not begun or self.model is None:
            return 0.0
        best = max(self.model.unigram(word) for word in self.words if word.startswith(begun))
        return self.alpha * math.log(10) * best + self.beta


# The finished words, and the letters of the word begun.
_Prefix = tuple[tuple[str, ...], str]
# ln P of the paths that end in a blank, and of those that do not.
_BLANK, _LABEL = 0, 1
_Beam = dict[_Prefix, list[float]]


def beam_search_reference(
    log_probs: NDArray[np.float64], rules: SearchReference
) -> tuple[dict[tuple[str, ...], tuple[float, float, float]], bool]:
    """(acoustic, language model, total) of each sequence of words left at the end, and whether
    they are complete: if the beam has no whole words, those begun are left out."""
    beam: _Beam = {((), ""): [0.0, -math.inf]}
    for frame in log_probs:
        following: _Beam = defaultdict(lambda: [-math.inf, -math.inf])
        for prefix, sums in beam.items():
            for reached, ends, log_prob in _steps(prefix, sums, frame, rules):
                following[reached][ends] = _log_add(following[reached][ends], log_prob)
        beam = _pruned(following, rules)
    whole = {prefix: sums for prefix, sums in beam.items() if prefix[1] in ("", *rules.words)}
    acoustic: dict[tuple[str, ...], float] = defaultdict(lambda: -math.inf)
    for (history, begun), sums in (whole or beam).items():
        words = (*history, begun) if begun in rules.words else history
        acoustic[words] = _log_add(acoustic[words], *sums)
    return {words: _scores(words, value, rules) for words, value in acoustic.items()}, bool(whole)


def _steps(
    prefix: _Prefix, sums: list[float], frame: NDArray[np.float64], rules: SearchReference
) -> Iterator[tuple[_Prefix, int, float]]:
    """What one more frame makes of a prefix, with the ln P of doing so."""
    history, begun = prefix
    either = _log_add(*sums)
    yield prefix, _BLANK, either + frame[-1]
    for label, log_prob in zip(rules.labels, frame[:-1], strict=True):
        if label == " ":
            if not begun:
                yield prefix, _LABEL, either + log_prob  # any number of spaces is one
            elif begun in rules.words:
                yield ((*history, begun), ""), _LABEL, either + log_prob
            continue
        repeats = begun.endswith(label)
        if repeats:
            yield prefix, _LABEL, sums[_LABEL] + log_prob
        if any(word.startswith(begun + label) for word in rules.words):
            yield (history, begun + label), _LABEL, (sums[_BLANK] if repeats else either) + log_prob


def _pruned(beam: _Beam, rules: SearchReference) -> _Beam:
    ranks = {
        (history, begun): _log_add(*sums) + rules.weight(history) + rules.look_ahead(begun)
        for (history, begun), sums in beam.items()
        if max(sums) > -math.inf
    }
    least = max(ranks.values(), default=0.0) - rules.beam_threshold
    kept: dict[Hashable, _Prefix] = {}  # the best of those that nothing to come tells apart
    for prefix in sorted(ranks, key=ranks.__getitem__, reverse=True):
        history, begun = prefix
        state: Hashable = history
        if rules.merge_histories:
            state = None if rules.model is None else rules.model.state(history)
        if ranks[prefix] >= least:
            kept.setdefault((state, begun), prefix)
    return {prefix: beam[prefix] for prefix in list(kept.values())[: rules.beam_size]}


def _scores(
    words: tuple[str, ...], acoustic: float, rules: SearchReference
) -> tuple[float, float, float]:
    if rules.model is None:
        return acoustic, 0.0, acoustic
    log10 = sum(rules.model.score(words[:at], word) for at, word in enumerate((*words, None)))
    total = acoustic + rules.alpha * math.log(10) * log10 + rules.beta * len(words)
    return acoustic, log10, total


def _log_add(*values: float) -> float:
    return float(np.logaddexp.reduce(values))


def prefix_search_reference(
    log_probs: NDArray[np.float64], beam_size: int, beam_threshold: float
) -> dict[tuple[int, ...], float]:
    """The search without a lexicon: ln P of each sequence of label numbers left at the end."""
    beam: dict[tuple[int, ...], list[float]] = {(): [0.0, -math.inf]}
    for frame in log_probs:
        following: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [-math.inf, -math.inf])
        for prefix, sums in beam.items():
            either = _log_add(*sums)
            steps = [(prefix, _BLANK, either + frame[-1])]
            if prefix:
                steps.append((prefix, _LABEL, sums[_LABEL] + frame[prefix[-1]]))
            for label, log_prob in enumerate(frame[:-1]):
                before = sums[_BLANK] if prefix[-1:] == (label,) else either
                steps.append(((*prefix, label), _LABEL, before + log_prob))
            for reached, ends, log_prob in steps:
                following[reached][ends] = _log_add(following[reached][ends], log_prob)
        ranks = {prefix: _log_add(*sums) for prefix, sums in following.items()}
        least = max(max(ranks.values()) - beam_threshold, -sys.float_info.max)
        best = sorted(ranks, key=ranks.__getitem__, reverse=True)[:beam_size]
        beam = {prefix: following[prefix] for prefix in best if ranks[prefix] >= least}
    return {prefix: _log_add(*sums) for prefix, sums in beam.items()}


def exhaustive_ctc(log_probs: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """ln P of each sequence of label numbers: the sum over all paths that collapse to it.

    Equation (3) of Graves et al. 2006. There are columns ** frames paths: for tiny inputs only.
    """
    frames, columns = log_probs.shape
    sums: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
    for path in product(range(columns), repeat=frames):
        log_prob = float(sum(log_probs[frame, column] for frame, column in enumerate(path)))
        new = [c for before, c in pairwise((-1, *path)) if c != before]
        labels = tuple(column for column in new if column != columns - 1)
        sums[labels] = _log_add(sums[labels], log_prob)
    return dict(sums)

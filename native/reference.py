"""Slow, clear twins of the compiled code: the oracles of its tests, and nothing else."""

import math
import re
import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# --- Text normalisation: native/text.py has the rules ---------------------------------------

APOSTROPHES = "'`´\u02bc\u055a\u05f3\u2018\u2019\u201b\u2032\u2035\uff07\uff40"
DOUBLE_QUOTES = '"\u05f4'
MIDDLE_DOT = "\u00b7"
JOINERS = "\u200c\u200d"
COMBINING_GRAPHEME_JOINER = "\u034f"
BLANKS = "\u200b\u3164\uffa0"  # zero width space and two Hangul fillers
GLYPH_CHOICES = range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)  # variation selectors


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
    if char == COMBINING_GRAPHEME_JOINER or any(ord(char) in r for r in GLYPH_CHOICES):
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

    As long as the rate is at least 2.5 times the target it is halved by a half-band filter; a sharp
    filter does the rest. Each output is the sum of the inputs weighted by a windowed sinc centred
    on its time. n samples give round(n * target_rate / source_rate), halves up.
    """
    count = (2 * len(samples) * target_rate + source_rate) // (2 * source_rate)
    rate = float(source_rate)
    values, first = np.asarray(samples, np.float64), 0  # values[0] is sample number `first`
    while rate / target_rate >= 2.5:
        values, first = _halved(values, first, kept=0.5 * target_rate / rate)
        rate /= 2
    nyquist = 0.5 * min(1.0, target_rate / rate)
    times = np.arange(count, dtype=np.float64) * (rate / target_rate)
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

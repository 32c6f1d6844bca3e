"""Text normalisation: native/text.py has the rules."""

import re
import unicodedata
from functools import cache
from itertools import pairwise

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

"""The one text normalisation: what a sentence becomes before a model or an LM sees it.

    >>> normalise("Don’t — stop!")
    Normalised(text="don't stop", problem=None)
    >>> normalise("IŞIK", locale="tr").text
    'ışık'

The rules, chosen by name:

unicode (the default), in this order:
  1. NFC (UAX #15). Then letters that a language's keyboards lacked become its own: Romanian ş ţ ->
     ș ț, Kabyle γ σ ε ğ -> ɣ ɛ ɛ ǧ, Kyrgyz ѳ -> ө, Chuvash ă ĕ ç ÿ -> ӑ ӗ ҫ ӳ, and in Persian,
     Urdu and Central Kurdish ي ى ك -> ی ی ک (native/src/letter_repairs.cc has the sources).
  2. A number of any kind (N*: 3, ٣, Ⅷ, ½, ², 〇) rejects the text: "digits".
  3. Punctuation, symbols, spaces, control, private-use characters and the zero width space part
     words: of any run of them one space is left, none at the ends. So "one,two" is "one two",
     "U.S." is "u s" and nothing is glued; Chinese clauses are parted by a space too.
     Exceptions, all of them between two letters of one word only:
     - an apostrophe stays, as ': any of ' ` ´ ʼ ՚ ׳ ‘ ’ ‛ ′ ‵ ＇ ｀, the quotation marks, primes
       and accents that people type for it (all are prototyped as ' in confusables.txt, UTS #39).
       Two in a row are quotation marks. ʻ (U+02BB) is a letter (Hawaiian, Uzbek) and untouched;
     - the middle dot stays where it is spelling, in Catalan and Occitan (col·legi);
     - gershayim, or " for it, vanishes inside a Hebrew word (UAX #29 WB7b, WB7c).
  4. Letters and the marks on them stay (accents, harakat, vowel signs), compatibility letters
     such as ﬁ too. A mark on a removed character goes with it. ZWJ and ZWNJ stay between
     letters; variation selectors, soft hyphens, BOMs, bidirectional controls and other
     format characters vanish without a space, and so does the Arabic tatweel.
  5. Lower case, full (Final_Sigma; ß stays): as str.lower, and for tr and az I -> ı, İ -> i.
     The extra dots of Lithuanian (SpecialCasing.txt, lt) are not added: they would only
     multiply the labels of an alphabet. NFC again.
  A code point that the tables' Unicode version does not know counts as a letter, not as nothing.

deepspeech: validate_label_eng of DeepSpeech 0.9.3, with its quirks. [0-9] rejects ("digits"),
  then any of ( < [ ] & * { ("symbols"); - and _ become spaces; runs of spaces collapse;
  . , ; ? ! : " are deleted ("a , b" keeps two spaces, "one,two" is glued); strip; str.lower.
  Everything else passes: curly quotes, dashes, other digits. Not idempotent, blind to the locale.

none: the text as it is, white space stripped from its ends.

Nothing left is the problem "empty".
"""

from collections.abc import Sequence
from typing import NamedTuple

from native import _native

RULES = ("unicode", "deepspeech", "none")


class Normalised(NamedTuple):
    """What is left of a text, or why it cannot be used."""

    text: str  # "" when there is a problem
    problem: str | None  # None, "digits", "symbols" or "empty"


def normalise(text: str, rules: str = "unicode", locale: str | None = None) -> Normalised:
    """Normalises one text. `locale` is a tag such as "tr" or "zh-CN": its first part decides.

    Raises ValueError for unknown rules, and (as UnicodeEncodeError, which names the position)
    for a lone surrogate in the text.
    """
    return Normalised(*_native.normalise_text(text, rules, locale or ""))


def special_language(locale: str | None) -> str:
    """The language of a locale for which the unicode rules have rules of its own; "" for others."""
    return _native.special_language(locale or "")


def normalise_many(
    texts: Sequence[str], rules: str = "unicode", locale: str | None = None, threads: int = 1
) -> list[Normalised]:
    """Normalises many texts as `normalise` does, in their order, without holding the GIL."""
    cleaned, problems = _native.normalise_texts(tuple(texts), rules, locale or "", threads)
    # tuple.__new__ is what Normalised(...) calls, after a Python call that costs twice as much.
    new = tuple.__new__
    return [new(Normalised, pair) for pair in zip(cleaned, problems, strict=True)]

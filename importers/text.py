"""What a corpus makes of its sentences. The rules themselves are in native/text.py."""

import html
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import unquote

from native.text import RULES, Normalised, normalise

# Space, apostrophe, middle dot, zero width non-joiner and joiner.
_NOT_LETTERS = dict.fromkeys(map(ord, " '\u00b7\u200c\u200d"))

_MARKUP = re.compile(r"%[0-9A-Fa-f]{2}|<[A-Za-z/!]|&[#A-Za-z]")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_TAGS = "a|b|br|div|em|font|i|li|p|span|strong|sub|sup|u"
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*=[^<>]*)?\s*/?>|<!--.*?-->", re.IGNORECASE)
_ENTITY = re.compile(r"&#?\w+;")


@dataclass(frozen=True)
class TextRules:
    """One choice of rules and language for a whole corpus."""

    rules: str = "unicode"
    locale: str | None = None

    def __post_init__(self) -> None:
        if self.rules not in RULES:
            raise ValueError(f"no text rules {self.rules!r}; there are {', '.join(RULES)}")

    def apply(self, sentence: str) -> Normalised:
        """What is left of the sentence, or why it cannot be used.

        The unicode rules see it without its markup; the others are to the letter.
        """
        if self.rules == "unicode":
            sentence = without_markup(sentence)
        return normalise(sentence, self.rules, self.locale)


def without_markup(sentence: str) -> str:
    """A sentence as it was meant, where a collector's web form or scraper left escapes in it.

    %-escapes, then tags (a space is left of each), then entities, once each, in the order of
    common-voice/CorporaCreator (preprocessors/common.py): ``rock&amp;roll%21<br>`` is
    ``rock&roll! ``. Unlike there, what only looks like one stays: escapes that are no UTF-8, tags
    that text is not set with, entities without their semicolon (``sales&ethics``).
    """
    if not _MARKUP.search(sentence):
        return sentence
    unquoted = _ESCAPES.sub(lambda found: _unquoted(found.group()), sentence)
    return _ENTITY.sub(lambda found: html.unescape(found.group()), _TAG.sub(" ", unquoted))


def _unquoted(escapes: str) -> str:
    try:
        return unquote(escapes, errors="strict")
    except UnicodeDecodeError:
        return escapes


def sentence_key(text: str, locale: str | None = None) -> str:
    """What two texts have in common when they are the same sentence, for splits and duplicates.

    The unicode rules decide, whatever rules the corpus was read with; of their result only
    letters and marks count, case-folded (so "Straße" is "STRASSE"), without spaces, apostrophes,
    middle dots and joiners ("dont" is "don't", "data base" is "database"). Numbers count as they
    stand, since those rules would reject the text. A text without letters and numbers has "".
    """
    text = without_markup(text)
    result = normalise(text, locale=locale)
    if result.problem != "digits":
        return _letters(result.text)
    # Run by run, because the rules have no answer for a text with numbers.
    runs = groupby(unicodedata.normalize("NFC", text), key=_is_number)
    return "".join(
        "".join(run) if number else _letters(normalise("".join(run), locale=locale).text)
        for number, run in runs
    )


def _is_number(char: str) -> bool:
    return unicodedata.category(char).startswith("N")


def _letters(normalised: str) -> str:
    return unicodedata.normalize("NFC", normalised.translate(_NOT_LETTERS).casefold())

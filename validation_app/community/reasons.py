"""Why people say no, and why they report: what votes, reports and releases are kept in."""

from typing import Final

NO: Final = {
    "wrong-words": "Other words than the sentence's",
    "cut-off": "The beginning or the end is missing",
    "noise": "Noise or other voices drown it",
    "too-quiet": "Too quiet or broken up",
    "empty": "Nothing is said",
    "other": "Something else",
}
"""Of a no; not Common Voice's, which asks for none (asked for there: issues 273, 284)."""

CLIP: Final = {
    "offensive-speech": "Offensive speech",
    "grammar-or-spelling": "Grammar or spelling",
    "different-language": "Another language",
    "other": "Something else",
}
"""Of a report of a clip, as Common Voice has them."""

SENTENCE: Final = {
    "offensive-language": "Offensive language",
    "grammar-or-spelling": "Grammar or spelling",
    "different-language": "Another language",
    "difficult-pronounce": "Hard to pronounce",
    "other": "Something else",
}
"""Of a report of a sentence, as Common Voice and its reported.tsv have them."""

"""Hot words as a user gives them: ``anna müller=5``, or a file with one a line.

Not what they do: native/hot_phrases.py.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from importers.errors import FormatError, MynaError
from native.hot_phrases import MOST_BOOST

BOOST: Final = 4.0
"""Of those that say none."""


def hot_words(given: Sequence[str]) -> dict[str, float]:
    """Each phrase with its boost; the last counts where one is given twice.

    What is the path of a file has them in its lines; empty ones are passed over. Raises
    FormatError, naming file and line, and MynaError for a boost that is no number from -MOST_BOOST
    to MOST_BOOST and for no phrase; OSError.
    """
    boosts: dict[str, float] = {}
    for one in given:
        if not Path(one).is_file():
            boosts.update([_phrase(one)])
            continue
        try:
            lines = Path(one).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            raise FormatError(f"{one}: not text in UTF-8. Write it anew as that") from None
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                boosts.update([_phrase(line)])
            except MynaError as error:
                raise FormatError(f"{one}, line {number}: {error}") from None
    return boosts


def _phrase(text: str) -> tuple[str, float]:
    phrase, sign, number = text.rpartition("=")
    if not sign:
        phrase, number = text, str(BOOST)
    phrase = " ".join(phrase.split())
    try:
        boost = float(number)
    except ValueError:
        boost = math.nan
    if not abs(boost) <= MOST_BOOST:
        raise MynaError(
            f"{text!r}: the boost must be a number from {-MOST_BOOST:g} to {MOST_BOOST:g}, "
            f"not {number!r}"
        )
    if not phrase:
        raise MynaError(f"{text!r} has no word before its boost")
    return phrase, boost

"""Whether a text parts its words by spaces: a model of its characters is built where it does not.

Only some scripts are written without spaces between words; a long word of any other is a long word.
In those scripts too words may be parted, by a segmenter or by hand, and phrases and clauses often
are. So the script decides who is looked at, and the length of what stands between spaces whether
those are words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lm.units import Unit


@dataclass(frozen=True, slots=True)
class Script:
    """Scripts that are written without spaces between words, and alike in how long words are."""

    name: str
    blocks: tuple[tuple[int, int], ...]
    """First and last code points (Blocks.txt of the Unicode Character Database)."""
    longest: float
    """Words are shorter in the mean: in letters, without the marks on them."""

    def has(self, code: int) -> bool:
        """Whether a code point is of these."""
        return any(first <= code <= last for first, last in self.blocks)


# Mean lengths: segmented Chinese words have 1.4 to 1.8 characters, Japanese ones 2 (a phrase of
# kana for learners 4), Thai, Lao, Khmer and Burmese ones 3 to 4 letters besides their marks.
# Clauses between punctuation, which becomes a space, have 7 and more, phrases of Thai 12.
SCRIPTS: Final = (
    Script("Han", ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3400, 0x4DBF),
                   (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)), 3.5),
    Script("kana", ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)), 5.0),
    Script("South East Asian", ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
                                (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0xA9E0, 0xA9FF),
                                (0xAA60, 0xAADF)), 7.0),
)  # fmt: skip
_PATTERN = re.compile(
    "[" + "".join(f"{chr(a)}-{chr(b)}" for script in SCRIPTS for a, b in script.blocks) + "]"
)
_MOST = 0.5
"""More than so many of the sentences have letters of such scripts: the text is written in them."""
_SPACED = 0.1
"""Fewer of those sentences have a space: what is short and stands alone is no proof of words."""


def unit_of_text(sentences: Iterable[bytes]) -> tuple[Unit, str]:
    """The unit that suits some sentences (native/sentences.py), and why; no reason for words."""
    letters: Counter[str] = Counter()
    count = own = spaced = words = 0
    for batch in sentences:
        lines = batch.decode().splitlines()
        count += len(lines)
        for line in filter(_PATTERN.search, lines):
            pieces = [piece for piece in line.split(" ") if _PATTERN.search(piece)]
            letters.update("".join(pieces))
            words += len(pieces)
            own += 1
            spaced += " " in line
    if own <= _MOST * count:
        return "word", ""
    script = max(SCRIPTS, key=lambda script: _letters(letters, script))
    length = sum(_letters(letters, script) for script in SCRIPTS) / words
    if length < script.longest and spaced >= _SPACED * own:
        return "word", ""
    return "character", (
        f"{own / count:.0%} of the sentences are in a script that parts no words by itself, and "
        f"{length:.1f} letters of it stand together in the mean"
    )


def _letters(counts: Counter[str], script: Script) -> int:
    """How many there are of a script; marks on letters are none."""
    return sum(
        number
        for char, number in counts.items()
        if script.has(ord(char)) and unicodedata.category(char)[0] == "L"
    )

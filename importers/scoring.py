"""Word and character error rates: how far what was recognised is from what was said.

WER = (substitutions + deletions + insertions) / words of the reference, over a whole test set:
errors and words are summed first and divided then, as NIST's sclite does. CER is the same over
characters. Texts are compared as they stand: bring both through the same text rules first.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from native.edit_distance import count_edits


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Errors of one text or, added up, of many.

    ``sum(counts, ErrorCounts())`` adds. The total is the Levenshtein distance. Where alignments
    with as few errors split it differently, the one with the most tokens right counts (sclite's
    weights, 4 for a substitution and 3 for the others, choose among them in the same way).
    """

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    reference_length: int = 0
    """Words or characters of the reference."""

    @property
    def errors(self) -> int:
        """All three kinds."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors a token of the reference: 0 is perfect, and there is no upper end.

        A reference of no tokens counts as one of one token: 0.0 where nothing was recognised
        either, else the number of insertions.
        """
        return self.errors / max(self.reference_length, 1)

    def __add__(self, other: "ErrorCounts") -> "ErrorCounts":
        return ErrorCounts(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.reference_length + other.reference_length,
        )


def word_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Errors in words: what white space parts. In NFC."""
    numbers: dict[str, int] = {}
    return _errors(*(_numbered(_nfc(text).split(), numbers) for text in (reference, hypothesis)))


def character_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Errors in characters: code points in NFC, the spaces between words included.

    Runs of white space count as one space, and none at the ends.
    """
    texts = (" ".join(_nfc(text).split()) for text in (reference, hypothesis))
    return _errors(*(list(map(ord, text)) for text in texts))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _numbered(words: Iterable[str], numbers: dict[str, int]) -> list[int]:
    return [numbers.setdefault(word, len(numbers)) for word in words]


def _errors(reference: list[int], hypothesis: list[int]) -> ErrorCounts:
    return ErrorCounts(*count_edits(reference, hypothesis), reference_length=len(reference))

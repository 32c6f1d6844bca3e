"""Counts the edits between two sequences: what error rates are made of."""

from collections.abc import Sequence

from native import _native


def count_edits(reference: Sequence[int], hypothesis: Sequence[int]) -> tuple[int, int, int]:
    """Substitutions, deletions and insertions that turn the reference into the hypothesis.

    They are as few as possible (Levenshtein distance), and of all such alignments those count
    that have the fewest substitutions, so that the three numbers are unique. Tokens are numbers
    below 2**31. Raises TypeError for other tokens.
    """
    return _native.count_edits(reference, hypothesis)

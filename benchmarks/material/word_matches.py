"""Which words of a hypothesis are right: a Levenshtein alignment with the reference."""

from collections.abc import Sequence
from typing import Final

_EDIT: Final = 1_000_000
"""What an edit costs; a word that is the same in both gives one back."""


def matched_words(reference: Sequence[str], hypothesis: Sequence[str]) -> list[tuple[int, int]]:
    """The places (in the reference, in the hypothesis) of words that are the same in both.

    Of the alignments with the fewest edits, one with the most words right, as sclite prefers it.
    """
    costs = [[_EDIT * column for column in range(len(hypothesis) + 1)]]
    for row, word in enumerate(reference, 1):
        above, line = costs[-1], [_EDIT * row]
        for column, other in enumerate(hypothesis, 1):
            step = above[column - 1] + _step(word, other)
            line.append(min(step, above[column] + _EDIT, line[-1] + _EDIT))
        costs.append(line)
    pairs = []
    row, column = len(reference), len(hypothesis)
    while row and column:
        step = _step(reference[row - 1], hypothesis[column - 1])
        if costs[row][column] == costs[row - 1][column - 1] + step:
            row, column = row - 1, column - 1
            if step < 0:
                pairs.append((row, column))
        elif costs[row][column] == costs[row - 1][column] + _EDIT:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]


def _step(word: str, other: str) -> int:
    return -1 if word == other else _EDIT

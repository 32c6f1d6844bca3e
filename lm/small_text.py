"""What is done differently for little text, where the settings for much text give bad models."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from lm.kenlm_programs import MIN_ORDER

SMALL_TEXT_WORDS = 1_000_000
"""Text of fewer running words is small: nothing of it is pruned, and its order is checked."""


def useful_order(sentences: Sequence[str], at_most: int) -> int:
    """The longest order, down to 2, of which some n-gram occurs twice.

    Begin and end of a sentence count as words, as they do for KenLM. n-grams that all occur once
    tell nothing that the shorter ones do not; and where no sentence is as long as the order, there
    are none.
    """
    for order in range(at_most, MIN_ORDER, -1):
        if _occurs_twice(_ngrams(sentences, order)):
            return order
    return MIN_ORDER


def _ngrams(sentences: Iterable[str], order: int) -> Iterable[tuple[str, ...]]:
    for sentence in sentences:
        words = ["<s>", *sentence.split(" "), "</s>"]
        yield from zip(*(words[start:] for start in range(order)), strict=False)


def _occurs_twice(ngrams: Iterable[tuple[str, ...]]) -> bool:
    seen: set[tuple[str, ...]] = set()
    for ngram in ngrams:
        if ngram in seen:
            return True
        seen.add(ngram)
    return False


def check_prune(prune: Sequence[int]) -> str | None:
    """What is wrong with the thresholds, if anything is."""
    if any(threshold < 0 for threshold in prune):
        return "a threshold is a number from 0"
    if any(low > high for low, high in pairwise(prune)):
        return "the thresholds may not decrease: a shorter n-gram must outlive a longer one"
    return None


def describe_fallbacks(orders: Sequence[int]) -> str:
    """What is said of the orders whose discounts were not estimated (lm/kenlm_programs.py)."""
    return (
        "the text is too small or too uniform to estimate the discounts of these orders; fixed "
        f"ones (0.5, 1, 1.5) are used: {', '.join(map(str, orders))}"
    )

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.small_text import check_prune, useful_order


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8).map(" ".join)))
def test_an_ngram_of_the_order_occurs_twice_and_none_longer(sentences: list[str]) -> None:
    order = useful_order(sentences, 6)
    counts = {
        length: Counter(
            tuple(words[start : start + length])
            for words in (["<s>", *sentence.split(), "</s>"] for sentence in sentences)
            for start in range(len(words) - length + 1)
        )
        for length in range(2, 7)
    }
    repeated = [length for length in counts if max(counts[length].values(), default=0) > 1]
    assert order == max(repeated, default=2)


@pytest.mark.parametrize(
    ("prune", "wrong"), [((0, 0, 1), False), ((), False), ((0, 1, 0), True), ((-1,), True)]
)
def test_thresholds(prune: tuple[int, ...], wrong: bool) -> None:
    assert (check_prune(prune) is not None) == wrong

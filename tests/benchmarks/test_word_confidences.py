"""Which words count as right, and how confidences are held against them."""

import numpy as np
import pytest

from benchmarks.material.calibration import calibration_error, discrimination, reliability
from benchmarks.material.word_matches import matched_words


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("a b c", "a b c", [(0, 0), (1, 1), (2, 2)]),
        ("a b c", "a x c", [(0, 0), (2, 2)]),
        ("a b c", "a c", [(0, 0), (2, 1)]),
        ("a c", "a b c", [(0, 0), (1, 2)]),
        ("", "a", []),
        ("a b", "", []),
        ("a b", "b c", [(1, 0)]),
    ],
)
def test_matched_words(reference: str, hypothesis: str, pairs: list[tuple[int, int]]) -> None:
    assert matched_words(reference.split(), hypothesis.split()) == pairs


def test_confidences_that_are_the_shares_of_right_words_have_no_error() -> None:
    confidences = np.repeat([0.2, 0.5], 1000)
    right = np.tile(np.arange(10), 200) < np.repeat([2, 5], 1000)
    assert calibration_error(confidences, right) == pytest.approx(0.0, abs=1e-12)
    assert calibration_error(confidences + 0.25, right) == pytest.approx(0.25)
    assert calibration_error(1 - confidences, right) == pytest.approx(0.3)


def test_the_table_goes_from_the_least_sure_words_to_the_surest() -> None:
    confidences = np.random.default_rng(0).permutation(np.linspace(0.01, 1.0, 100))
    table = reliability(confidences, confidences > 0.5)
    assert [one.words for one in table] == [10] * 10
    assert [one.right for one in table] == [0.0] * 5 + [1.0] * 5
    assert table[0].confidence == pytest.approx(0.055)


def test_discrimination_is_the_share_of_pairs_in_the_right_order() -> None:
    right = np.array([False, True, False, True])
    assert discrimination(np.array([0.1, 0.2, 0.3, 0.4]), right) == 3 / 4
    assert discrimination(np.array([0.4, 0.3, 0.2, 0.1]), right) == 1 / 4
    assert discrimination(np.full(4, 0.9), right) == 1 / 2
    assert discrimination(np.array([0.1, 0.9, 0.1, 0.1]), right) == 3 / 4
    with pytest.raises(ValueError, match="that are right and words that are wrong"):
        discrimination(np.array([0.5, 0.6]), np.array([True, True]))

"""Which words count as right, and how confidences are held against them."""

import numpy as np
import pytest

from benchmarks.material.calibration import best_scale, calibration_error, reliability, scaled
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


def test_calibrated_confidences_have_no_error_and_keep_their_scale() -> None:
    confidences = np.repeat([0.2, 0.5, 0.9], 1000)
    right = np.concatenate([np.arange(1000) < 1000 * share for share in (0.2, 0.5, 0.9)])
    mixed = np.random.default_rng(0).permutation(3000)
    confidences, right = confidences[mixed], right[mixed]
    assert calibration_error(confidences, right) < 0.05
    assert best_scale(confidences, right) == pytest.approx(1.0, rel=0.25)


def test_the_scale_takes_back_what_was_too_sure() -> None:
    random = np.random.default_rng(1)
    true = random.uniform(0.3, 1.0, 20_000)
    right = random.random(20_000) < true
    too_sure = scaled(true, 2.5)
    assert calibration_error(too_sure, right) > 0.08
    scale = best_scale(too_sure, right)
    assert scale == pytest.approx(1 / 2.5, rel=0.1)
    assert calibration_error(scaled(too_sure, scale), right) < 0.015


def test_the_table_goes_from_the_least_sure_words_to_the_surest() -> None:
    confidences = np.linspace(0.01, 1.0, 100)
    table = reliability(confidences, confidences > 0.5)
    assert [one.words for one in table] == [10] * 10
    assert [one.right for one in table] == [0.0] * 5 + [1.0] * 5
    assert table[0].confidence == pytest.approx(0.055)

"""The simulated model is as bad as it is said to be, and its words begin where it says."""

import numpy as np
import pytest

from benchmarks.material.simulated_posteriors import (
    LABELS,
    SimulatedUtterance,
    flattened,
    simulate,
)
from importers.scoring import ErrorCounts, word_errors
from native.decoder import greedy

TEXT = (
    "the committee will meet all the people who need a letter before it is too late",
    "she doesn't follow the book but keeps asking where the old bridge across the river is",
)


@pytest.fixture(scope="module")
def made() -> list[SimulatedUtterance]:
    return [simulate(TEXT[number % 2], (7, number)) for number in range(200)]


def test_the_best_path_has_an_error_rate_of_15_to_25_per_cent(
    made: list[SimulatedUtterance],
) -> None:
    counts = (word_errors(one.text, greedy(one.log_probs, LABELS)) for one in made)
    assert 0.15 < sum(counts, ErrorCounts()).rate < 0.25


def test_rows_are_probabilities_and_the_blank_rules(made: list[SimulatedUtterance]) -> None:
    frames = np.exp(np.concatenate([one.log_probs for one in made]).astype(np.float64))
    assert frames.shape[1] == len(LABELS) + 1
    np.testing.assert_allclose(frames.sum(axis=1), 1.0, atol=1e-5)
    assert 0.5 < (frames[:, -1] > 0.99).mean() < 0.7
    assert 0.3 < (frames[:, -1] > 0.999).mean() < 0.45


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again, other = (simulate(TEXT[0], seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert first.log_probs.tobytes() == again.log_probs.tobytes()
    assert first.log_probs.tobytes() != other.log_probs.tobytes()[: first.log_probs.nbytes]


def test_words_begin_where_their_first_letters_do(made: list[SimulatedUtterance]) -> None:
    """The letter's probability peaks in its first three frames, where the model was not deaf."""
    peaks = []
    for one in made:
        letters = [LABELS.index(word[0]) for word in one.text.split()]
        assert len(letters) == len(one.word_starts)
        assert (np.diff(one.word_starts) >= 2).all()
        for letter, begin in zip(letters, one.word_starts, strict=True):
            peaks.append(float(np.exp(one.log_probs[begin : begin + 3, letter]).max()))
    assert np.mean(np.array(peaks) > 0.5) > 0.9


def test_letters_that_come_twice_have_a_blank_between() -> None:
    """Else no path could write them: `all` would be `al` at best."""
    texts = [greedy(simulate("tell all too", (3, seed)).log_probs, LABELS) for seed in range(50)]
    assert sum(text == "tell all too" for text in texts) > 15
    assert sum("tel al" in text for text in texts) < 5


def test_a_temperature_flattens_and_keeps_the_order(made: list[SimulatedUtterance]) -> None:
    sharp = made[0].log_probs
    flat = flattened(sharp, 2.0)
    np.testing.assert_allclose(np.exp(flat.astype(np.float64)).sum(axis=1), 1.0, atol=1e-5)
    assert (flat.argmax(axis=1) == sharp.argmax(axis=1)).all()
    differences = sharp[:, :5] - sharp[:, 5:10]
    np.testing.assert_allclose(flat[:, :5] - flat[:, 5:10], differences / 2, atol=1e-4)
    assert flattened(sharp, 1.0) is sharp

"""Agreement of voters, against the examples of who has defined it, and against its definition."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.votes import Votes
from validation_app.overview.agreement import (
    VoteSums,
    krippendorffs_alpha,
    share_of_pairs,
    sum_votes,
)

Units = list[list[bool]]


def sums(units: Units) -> VoteSums:
    """As the overview adds up what the database counts."""
    counts = Counter(Votes(sum(unit), len(unit) - sum(unit)) for unit in units)
    return sum_votes(counts.items())


def by_definition(units: Units) -> float | None:
    """1 - observed / expected disagreement, from the matrix of coincidences."""
    matrix = {(one, other): 0.0 for one in (True, False) for other in (True, False)}
    for unit in units:
        for one, other in permutations(unit, 2):
            matrix[one, other] += 1 / (len(unit) - 1)
    up, down = (matrix[value, True] + matrix[value, False] for value in (True, False))
    if up < 0.5 or down < 0.5:
        return None
    return 1 - (matrix[True, False] / (up + down)) / (up * down / ((up + down) * (up + down - 1)))


def test_krippendorffs_own_example_of_two_values() -> None:
    """Section A of the paper: Meg and Owen judge ten articles."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    found = sums([[bool(one), bool(other)] for one, other in zip(meg, owen, strict=True)])
    assert krippendorffs_alpha(found) == pytest.approx(0.095, abs=0.0005)
    assert share_of_pairs(found) == 0.6


@pytest.mark.parametrize(
    ("units", "share", "alpha"),
    [
        ([], None, None),
        ([[True], [False]], None, None),
        ([[True, True], [True, True]], 1.0, None),
        ([[True, True], [False, False]], 1.0, 1.0),
        ([[True, False], [False, True]], 0.0, -0.5),
    ],
)
def test_small_cases(units: Units, share: float | None, alpha: float | None) -> None:
    assert share_of_pairs(sums(units)) == share
    assert krippendorffs_alpha(sums(units)) == alpha


@given(st.lists(st.lists(st.booleans(), max_size=7), max_size=30))
def test_alpha_is_what_its_definition_gives(units: Units) -> None:
    expected = by_definition(units)
    found = krippendorffs_alpha(sums(units))
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-9))

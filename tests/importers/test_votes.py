"""The four vote rules, count by count, as facts published for each."""

import pytest

from importers.votes import PRESETS, Verdict, Votes, decide

V, I, O = Verdict.VALID, Verdict.INVALID, Verdict.OTHER  # noqa: E741

COUNTS = [
    (0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1), (1, 2), (0, 2), (2, 2), (3, 2), (2, 3), (3, 3),
]  # fmt: skip
TABLE = {
    "v1": [O, O, O, O, V, V, I, I, O, V, I, O],
    "server": [O, O, O, O, V, V, I, I, O, V, I, O],
    "corpora-creator-2019": [O, O, O, I, V, V, I, I, I, V, I, I],
    "corpora-creator": [O, O, O, O, V, V, I, I, I, V, I, I],
}


@pytest.mark.parametrize("preset", PRESETS)
def test_verdicts(preset: str) -> None:
    found = [decide(Votes(up, down), preset) for up, down in COUNTS]
    assert found == TABLE[preset]


def test_presets_differ_only_where_it_is_known() -> None:
    """The site keeps a tie open; CorporaCreator calls it invalid (1-1 only before June 2020)."""
    assert decide(Votes(2, 2), "server") is O
    assert decide(Votes(2, 2), "corpora-creator") is I
    assert decide(Votes(1, 1), "corpora-creator-2019") is I
    assert decide(Votes(1, 1), "corpora-creator") is O


def test_unknown_preset() -> None:
    with pytest.raises(KeyError):
        decide(Votes(1, 0), "majority")

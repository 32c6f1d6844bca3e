"""The rule ``contiguous``: DeepSpeech's 64/16/20, in order."""

import pytest

from importers.splits.contiguous import split_contiguous
from tests.importers.splits.random_clips import Clip, columns, names


@pytest.mark.parametrize(
    ("clips", "sizes"),
    # As DeepSpeech's _split_sets cuts a list: int(0.8 * int(0.8 * n)), int(0.8 * n).
    [(0, (0, 0, 0)), (1, (0, 0, 1)), (2, (0, 1, 1)), (7, (4, 1, 2)), (10, (6, 2, 2)),
     (100, (64, 16, 20)), (101, (64, 16, 21))],
)  # fmt: skip
def test_the_shares_in_order(clips: int, sizes: tuple[int, int, int]) -> None:
    splits = names(split_contiguous(columns([Clip("ann", n) for n in range(clips)])))
    train, dev, test = sizes
    assert splits == ["train"] * train + ["dev"] * dev + ["test"] * test


def test_what_is_not_valid_is_nowhere_and_counts_for_nobody() -> None:
    clips = [Clip("ann", n, valid=n % 2 == 0) for n in range(20)]
    splits = names(split_contiguous(columns(clips)))
    assert splits[1::2] == [None] * 10
    assert splits[::2] == ["train"] * 6 + ["dev"] * 2 + ["test"] * 2

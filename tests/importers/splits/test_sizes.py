"""Sizes of dev and test: those of published releases."""

import pytest

from importers.splits.sizes import sample_size, split_sizes


@pytest.mark.parametrize(
    ("train", "size"),
    [(1_147_812, 16_403), (435_947, 16_029), (564_337, 16_164), (1_138_760, 16_401), (0, 0)],
)
def test_sample_size_of_published_english_releases(train: int, size: int) -> None:
    assert sample_size(train) == size


@pytest.mark.parametrize(
    ("clips", "sizes"),
    [
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
        (2, (1, 0, 0)),
        (3, (1, 0, 0)),
        (10, (4, 3, 3)),
        (100, (34, 33, 33)),
        (1000, (338, 331, 331)),
    ],
)
def test_split_sizes(clips: int, sizes: tuple[int, int, int]) -> None:
    assert split_sizes(clips) == sizes


def test_train_is_the_largest_that_fits() -> None:
    """As CorporaCreator searches it: downwards, one by one."""
    for clips in range(1, 400):
        largest = next(t for t in range(clips, 0, -1) if 2 * sample_size(t) + t <= clips)
        assert split_sizes(clips)[0] == largest

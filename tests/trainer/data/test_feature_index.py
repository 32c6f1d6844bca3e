"""Entries by key: those of segments, and those that come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainer.data import feature_index
from trainer.data.feature_index import FeatureIndex
from trainer.data.feature_segment import ENTRY, Key, Place

KEYS = st.tuples(st.integers(0, 3), st.integers(0, 3)) | st.tuples(
    st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)
)
PLACES = st.builds(
    Place, st.just(0), st.integers(0, 2**40), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)
)
ENTRIES = st.lists(st.tuples(KEYS, PLACES), max_size=20)


def as_array(entries: list[tuple[Key, Place]]) -> NDArray[np.void]:
    rows = [(key, place.offset, place.frames, place.checksum) for key, place in entries]
    return np.array(rows, ENTRY)


def in_segment(place: Place, segment: int) -> Place:
    return Place(segment, place.offset, place.frames, place.checksum)


@given(st.lists(ENTRIES, max_size=4), ENTRIES)
def test_every_place_of_a_key_is_found(
    segments: list[list[tuple[Key, Place]]], new: list[tuple[Key, Place]]
) -> None:
    index = FeatureIndex([as_array(entries) for entries in segments])
    expected: dict[Key, list[Place]] = {}
    for number, entries in enumerate(segments):
        for key, place in entries:
            expected.setdefault(key, []).append(in_segment(place, number))
    latest = dict(new)
    for key, place in new:
        index.add(key, place)
    for key in {*expected, *latest, (7, 7)}:
        places = [latest[key]] if key in latest else []
        assert [*index.places(key)] == places + expected.get(key, [])


def test_new_entries_join_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_index, "_MOST_NEW", 4)
    index = FeatureIndex([as_array([((5, 5), Place(0, 1, 2, 3))])])
    expected = {(n % 3, n): Place(1, 64 * n, n, 2**32 - 1 - n) for n in range(30)}
    for key, place in expected.items():
        index.add(key, place)
    for key, place in expected.items():
        assert [*index.places(key)] == [place]
    assert [*index.places((5, 5))] == [Place(0, 1, 2, 3)]
    assert len(index._new) == 2

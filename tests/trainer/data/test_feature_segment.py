"""The files of one run in a cache: whole, growing, cut off, damaged."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.data.feature_segment import ENTRY, Place, SegmentReader, SegmentWriter

Features = NDArray[np.float32]
COEFFICIENTS = 3
LENGTHS = (4, 1, 100, 7)


def made(number: int) -> Features:
    return np.random.default_rng(number).normal(size=(LENGTHS[number], COEFFICIENTS)).astype("<f4")


def key(number: int) -> tuple[int, int]:
    return 1000 + number, (1 << 64) - 1 - number


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, list[Place]]:
    """The index of a segment with four clips, and where they are."""
    writer = SegmentWriter(tmp_path)
    places = [writer.append(key(number), made(number), segment=5) for number in range(4)]
    writer.close()
    return writer.index, places


def found(index: Path, places: list[Place]) -> list[int]:
    """The numbers of the clips that are read; each as it was written."""
    reader = SegmentReader(index, COEFFICIENTS)
    numbers = []
    for number, place in enumerate(places):
        features = reader.read(place, key(number))
        if features is not None:
            assert np.array_equal(features, made(number))
            numbers.append(number)
    return numbers


def test_what_is_written_is_read(written: tuple[Path, list[Place]]) -> None:
    index, places = written
    assert found(index, places) == [0, 1, 2, 3]
    assert [place.offset for place in places] == [0, 64, 128, 1344]
    assert [(place.segment, place.frames) for place in places] == [(5, n) for n in LENGTHS]
    assert index.stat().st_size == 4 * 32 == 4 * ENTRY.itemsize
    assert index.with_suffix(".features").stat().st_size == 1344 + 7 * 3 * 4
    entries = SegmentReader(index, COEFFICIENTS).entries()
    assert [tuple(one) for one in entries["key"].tolist()] == [key(number) for number in range(4)]
    for entry, place in zip(entries, places, strict=True):
        assert (entry["offset"], entry["frames"]) == (place.offset, place.frames)
        assert entry["checksum"] == place.checksum


def test_what_is_read_cannot_be_changed(written: tuple[Path, list[Place]]) -> None:
    index, places = written
    features = SegmentReader(index, COEFFICIENTS).read(places[0], key(0))
    assert features is not None and not features.flags.writeable
    assert features.ctypes.data % 64 == 0


def test_runs_have_files_of_their_own(tmp_path: Path) -> None:
    writers = [SegmentWriter(tmp_path) for _ in range(3)]
    for number, writer in enumerate(writers):
        places = [writer.append(key(number), made(number), segment=0)]
        assert SegmentReader(writer.index, COEFFICIENTS).read(places[0], key(number)) is not None
        writer.close()
    assert len({*tmp_path.iterdir()}) == 6


def test_features_of_another_clip_are_not_taken(written: tuple[Path, list[Place]]) -> None:
    index, places = written
    assert SegmentReader(index, COEFFICIENTS).read(places[0], key(1)) is None


def test_a_reader_follows_the_run_that_writes(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    reader = SegmentReader(writer.index, COEFFICIENTS)
    assert reader.read(Place(0, 0, 4, 0), key(0)) is None
    kept = []
    for number in range(4):
        place = writer.append(key(number), made(number), segment=0)
        features = reader.read(place, key(number))
        assert features is not None
        kept.append(features)
    for number, features in enumerate(kept):  # however often it was mapped anew since
        assert np.array_equal(features, made(number))
    writer.close()


def test_features_that_are_cut_off_anywhere(written: tuple[Path, list[Place]]) -> None:
    index, places = written
    data = index.with_suffix(".features")
    whole = data.read_bytes()
    ends = [place.offset + place.frames * COEFFICIENTS * 4 for place in places]
    for size in range(len(whole), -1, -1):
        data.write_bytes(whole[:size])
        assert found(index, places) == [n for n, end in enumerate(ends) if end <= size]
    data.unlink()
    assert found(index, places) == []


def test_an_index_that_is_cut_off_anywhere(written: tuple[Path, list[Place]]) -> None:
    index, _ = written
    whole = index.read_bytes()
    for size in range(len(whole) + 1):
        index.write_bytes(whole[:size])
        assert len(SegmentReader(index, COEFFICIENTS).entries()) == size // 32


def test_no_flipped_bit_goes_unnoticed(written: tuple[Path, list[Place]]) -> None:
    index, places = written
    data = index.with_suffix(".features")
    whole = data.read_bytes()
    for at in np.random.default_rng(1).integers(128, 128 + 1200, 100):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        data.write_bytes(damaged)
        assert found(index, places) == [0, 1, 3]

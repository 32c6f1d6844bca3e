"""Which part serves which file."""

from typing import Any

import pytest

from importers.http_headers import Version
from importers.part_use import Notes, Use, use_of

ONE, TWO = "1" * 64, "2" * 64
SIZE, TAG, DATE = {"size": 100}, {"etag": '"v"'}, {"last_modified": "x"}


@pytest.mark.parametrize(
    ("size", "known", "promised", "same", "elsewhere"),
    [
        # All that was announced is here.
        (100, SIZE, {}, Use.WHOLE, Use.ANEW),
        (100, SIZE | TAG, {}, Use.WHOLE, Use.CONTINUE),
        (100, SIZE | DATE, {}, Use.WHOLE, Use.ANEW),
        (100, SIZE, {"sha256": ONE}, Use.WHOLE, Use.WHOLE),
        (100, SIZE | {"sha256": ONE}, {"sha256": ONE}, Use.WHOLE, Use.WHOLE),
        (100, SIZE | TAG, {"size": 101}, Use.ANEW, Use.ANEW),
        # A piece of it.
        (50, SIZE | TAG, {}, Use.CONTINUE, Use.CONTINUE),
        (50, SIZE | DATE, {}, Use.CONTINUE, Use.ANEW),
        (50, SIZE, {}, Use.ANEW, Use.ANEW),
        (50, SIZE, {"sha256": ONE}, Use.ANEW, Use.ANEW),
        (50, {"sha256": ONE}, {"sha256": ONE}, Use.CONTINUE, Use.CONTINUE),
        (50, SIZE | TAG | {"sha256": ONE}, {"sha256": TWO}, Use.ANEW, Use.ANEW),
        (50, TAG, SIZE, Use.CONTINUE, Use.CONTINUE),
        # Nothing, or nothing that is known.
        (0, SIZE | TAG, {}, Use.ANEW, Use.ANEW),
        (100, {}, {}, Use.ANEW, Use.ANEW),
    ],
)
def test_by_what_is_known_and_promised(
    size: int, known: dict[str, Any], promised: dict[str, Any], same: Use, elsewhere: Use
) -> None:
    notes, wanted = Notes("here", Version(**known)), Version(**promised)
    assert use_of(notes, size, "here", wanted) is same
    assert use_of(notes, size, "elsewhere", wanted) is elsewhere


@pytest.mark.parametrize(("promised", "use"), [(None, Use.ANEW), (ONE, Use.ANEW), (TWO, Use.WHOLE)])
def test_what_failed_a_checksum_is_right_by_another_at_most(promised: str | None, use: Use) -> None:
    notes = Notes("here", Version(size=100, etag='"v"'), refuted=ONE)
    assert use_of(notes, 100, "here", Version(sha256=promised)) is use

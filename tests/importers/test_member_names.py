"""Which files an archive holds."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from importers.digests import digest_of_name
from importers.member_names import MemberNames

NAMES = st.text(st.characters(), max_size=8)


def of(*names: str) -> MemberNames:
    return MemberNames(np.array([digest_of_name(name) for name in names], dtype=np.uint64))


@given(st.lists(NAMES), NAMES)
def test_just_the_names_that_it_was_given(held: list[str], other: str) -> None:
    names = of(*held)
    assert all(name in names for name in held)
    assert (other in names) is (other in held)


def test_written_and_read_again_by_another_run(tmp_path: Path) -> None:
    of("cv/b.mp3", "cv/a.mp3", "cv/\udcff.mp3", "cv/a.mp3").write(tmp_path / "names")
    assert (tmp_path / "names").stat().st_size == 3 * 8
    again = MemberNames.read(tmp_path / "names")
    assert "cv/a.mp3" in again
    assert "cv/\udcff.mp3" in again
    assert "cv/c.mp3" not in again
    of().write(tmp_path / "none")
    assert "" not in MemberNames.read(tmp_path / "none")
    # The same in each run and on each machine.
    assert digest_of_name("cv/a.mp3") == 0x49DC52052C644BF8

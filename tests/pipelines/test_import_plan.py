"""The plan: whatever is written is read, by slices and by path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.corpus import Audio
from pipelines.import_plan import PlannedClip, PlanWriter, clips_of, read_by_path, read_slice

NAME = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"),
    min_size=1,
    max_size=20,
)
SECONDS = st.floats(0, 1e6)
CLIPS = st.lists(
    st.builds(
        PlannedClip,
        NAME,
        st.builds(Audio, NAME, SECONDS, st.none() | SECONDS, st.none() | st.integers(0, 7)),
        st.none() | SECONDS,
    ),
    max_size=30,
)


@given(CLIPS, st.integers(1, 5))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, clips: list[PlannedClip], size: int
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.tsv"
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        plan = PlanWriter(stream, first_shard=7, shard_clips=size)
        for clip in clips:
            plan.write(clip)
        slices = plan.slices()
    assert [clip for piece in slices for clip in read_slice(path, piece)] == clips
    assert [piece.shard for piece in slices] == list(range(7, 7 + len(slices)))
    assert all(piece.clips == size for piece in slices[:-1])
    by_path = read_by_path(path)
    assert set(by_path) == {clip.audio.path for clip in clips}
    for audio_path, lines in by_path.items():
        found = list(clips_of(lines))
        assert found == [clip for clip in clips if clip.audio.path == audio_path]

"""The plan: whatever is written is read, by slices and by path; recordings stay together."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.corpus import Audio
from pipelines.import_plan import (
    PlannedClip,
    PlanSlice,
    PlanWriter,
    clips_of,
    read_by_path,
    read_plan,
    read_slice,
)

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
        st.builds(
            Audio,
            st.sampled_from(["a.wav", "b.wav"]) | NAME,
            st.just(0.0) | SECONDS,
            st.none() | SECONDS,
            st.none() | st.integers(0, 7),
        ),
        st.none() | SECONDS,
    ),
    max_size=30,
)


def written(path: Path, clips: Iterable[PlannedClip], size: int) -> list[PlanSlice]:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        plan = PlanWriter(stream, first_shard=7, shard_clips=size)
        for clip in clips:
            plan.write(clip)
        return plan.slices()


@given(CLIPS, st.integers(1, 5))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, clips: list[PlannedClip], size: int
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.tsv"
    slices = written(path, clips, size)
    shards = [list(read_slice(path, piece)) for piece in slices]
    found = [clip for shard in shards for clip in shard]
    assert sorted(map(repr, found)) == sorted(map(repr, clips))
    assert [piece.shard for piece in slices] == list(range(7, 7 + len(slices)))
    assert [piece.clips for piece in slices] == [len(shard) for shard in shards]
    assert all(piece.clips >= size for piece in slices[:-1])
    for name in {clip.audio.path for clip in clips if clip.audio.is_part}:
        assert len([shard for shard in shards if is_cut_out_of(name, shard)]) == 1
    by_path = read_by_path(path)
    assert set(by_path) == {clip.audio.path for clip in clips}
    for audio_path, lines in by_path.items():
        assert list(clips_of(lines)) == [clip for clip in clips if clip.audio.path == audio_path]


def is_cut_out_of(name: str, shard: list[PlannedClip]) -> bool:
    return any(clip.audio.path == name and clip.audio.is_part for clip in shard)


def whole(number: int) -> PlannedClip:
    return PlannedClip(f"{number}", Audio(f"{number}.mp3"))


def segment(recording: str, number: int) -> PlannedClip:
    return PlannedClip(f"{recording}-{number}", Audio(recording, number, number + 1.0))


def sizes(path: Path, clips: Iterable[PlannedClip]) -> list[int]:
    return [piece.clips for piece in written(path, clips, 256)]


def test_whole_clips_make_shards_of_256(tmp_path: Path) -> None:
    clips = [whole(number) for number in range(600)]
    assert sizes(tmp_path / "plan.tsv", clips) == [256, 256, 88]
    slices = written(tmp_path / "plan.tsv", clips, 256)
    read = [clip for piece in slices for clip in read_slice(tmp_path / "plan.tsv", piece)]
    assert read == clips


def test_a_shard_has_enough_recordings_for_all_threads(tmp_path: Path) -> None:
    def calls(count: int, segments: int) -> list[PlannedClip]:
        return [segment(f"{call}.sph", i) for call in range(count) for i in range(segments)]

    path = tmp_path / "plan.tsv"
    assert sizes(path, calls(20, 100)) == [1600, 400]
    assert sizes(path, calls(20, 10)) == [200]
    assert sizes(path, calls(60, 10)) == [260, 260, 80]
    assert sizes(path, calls(10, 1000)) == [5000, 5000]
    assert sizes(path, calls(1, 9000)) == [9000]


def test_recordings_that_the_tables_mix_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "plan.tsv"
    mixed = [segment("ab"[number % 2], number) for number in range(8)]
    (piece,) = written(path, [whole(1), *mixed, whole(2)], 256)
    keys = [clip.key for clip in read_slice(path, piece)]
    assert keys == ["1", "a-0", "a-2", "a-4", "a-6", "b-1", "b-3", "b-5", "b-7", "2"]


def test_torn_lines_are_passed_over(tmp_path: Path) -> None:
    clips = [PlannedClip(key, Audio(f"clips/{key}é.mp3"), 1.5) for key in ("a", "b")]
    first, last = (clip.to_line().encode() for clip in clips)
    path = tmp_path / "plan.tsv"
    for end in range(len(first) - 4):
        path.write_bytes(first[:end] + b"\n" + last + b"\0\0\n" + last[:5])
        assert list(read_plan(path)) == clips[1:]

"""Encoded clips of an archive, kept as files."""

from pathlib import Path

from importers.corpus import Audio
from importers.report import Reason, Reject
from pipelines.clip_files import encoded_name
from pipelines.encoded_clips import keep_encoded
from pipelines.import_plan import PlannedClip
from pipelines.import_state import ImportState
from pipelines.shards import EncodedClip


def test_what_was_converted_out_of_memory_is_kept(tmp_path: Path) -> None:
    state = ImportState(tmp_path)
    state.prepare()
    others = state.temporary / "a.mp3"  # of a worker that is at the same shard
    others.write_bytes(b"half")
    audio = Audio("clips/a.mp3")
    clips = [
        EncodedClip(PlannedClip("a", audio), b"whole"),
        EncodedClip(PlannedClip("not-converted", audio), b"x"),
        EncodedClip(PlannedClip("in-a-folder", audio), "/clips/a.mp3"),
        EncodedClip(PlannedClip("rejected", audio), Reject("rejected", Reason.TOO_LARGE, "")),
        EncodedClip(PlannedClip("part", Audio("clips/a.mp3", 1.0)), b"x"),
    ]
    name = encoded_name("a", audio)
    assert name is not None
    assert keep_encoded(clips, {"a", "in-a-folder", "rejected", "part"}, state) == {name: 5}
    assert (tmp_path / name).read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "encoded").glob("*/*")] == ["a.mp3"]
    assert list(state.temporary.iterdir()) == [others]
    assert others.read_bytes() == b"half"

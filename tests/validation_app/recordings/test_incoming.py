"""MP3s on their way to DIR/clips: whatever moment a process was killed at, the sweep is right."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from importers.lock import hold_folder
from tests.validation_app.browsers import SENTENCES
from validation_app.community.sentences import sentence_id
from validation_app.database.tables import Clip, Person
from validation_app.recordings.incoming import arrival, clip_path, find_clip, sweep
from validation_app.web.context import Context


def put_row(context: Context, path: str) -> None:
    """A clip of the first sentence."""
    with context.writing() as session:
        session.merge(Person(id="someone"))
        session.add(
            Clip(
                person_id="someone", sentence_id=sentence_id("en", SENTENCES[0]), path=path,
                text=SENTENCES[0], locale="en", digest="", origin="test", duration_ms=1000,
                loudness_db=-20.0,
            )
        )  # fmt: skip


def everything(data: Path) -> list[str]:
    """The files in incoming and clips."""
    files = [*(data / "incoming").rglob("*"), *(data / "clips").rglob("*.mp3")]
    return sorted(str(path.relative_to(data)) for path in files)


def test_what_was_placed_and_entered_stays(app_context: Context) -> None:
    data = app_context.settings.data
    with arrival(data, app_context.engine) as arriving:
        (arriving.folder / "a.mp3").write_bytes(b"sound")
        arriving.place({"123/one.mp3": arriving.folder / "a.mp3"})
        put_row(app_context, "123/one.mp3")
    assert everything(data) == ["clips/123/one.mp3"]
    assert find_clip(data, "123/one.mp3").read_bytes() == b"sound"


def test_what_was_placed_and_not_entered_goes(app_context: Context) -> None:
    data = app_context.settings.data
    with pytest.raises(RuntimeError), arrival(data, app_context.engine) as arriving:
        for number in range(20):
            (arriving.folder / f"{number}").write_bytes(b"sound")
        arriving.place({f"123/{number}.mp3": arriving.folder / f"{number}" for number in range(20)})
        put_row(app_context, "123/7.mp3")
        assert len(everything(data)) == 22  # with the folder and the announcement
        raise RuntimeError
    assert everything(data) == ["clips/123/7.mp3"]


@pytest.mark.parametrize("steps", range(5))
def test_a_kill_after_any_step_is_swept(steps: int, app_context: Context) -> None:
    """The steps of an arrival, of which the killed process did the first ones."""
    data = app_context.settings.data
    folder = data / "incoming" / "0123456789abcdef"
    place = data / "clips" / "123" / "one.mp3"

    def announce() -> None:
        (folder / "announced.json").write_text(json.dumps(["123/one.mp3"]))

    def move() -> None:
        place.parent.mkdir(parents=True)
        (folder / "clip.mp3").replace(place)

    every: list[Callable[[], object]] = [
        lambda: folder.mkdir(parents=True),
        lambda: (folder / "clip.mp3").write_bytes(b"sound"),
        announce,
        move,
        lambda: put_row(app_context, "123/one.mp3"),
    ]
    for step in every[: steps + 1]:
        step()
    assert sweep(data, app_context.engine) == 1
    assert everything(data) == (["clips/123/one.mp3"] if steps == 4 else [])
    assert sweep(data, app_context.engine) == 0


def test_what_somebody_works_on_is_left_to_them(app_context: Context) -> None:
    data = app_context.settings.data
    with arrival(data, app_context.engine) as arriving:
        (arriving.folder / "upload").write_bytes(b"half")
        assert sweep(data, app_context.engine) == 0
        assert (arriving.folder / "upload").read_bytes() == b"half"
    with hold_folder(data / "incoming" / "other", data, "import"):
        assert sweep(data, app_context.engine) == 0
    assert sweep(data, app_context.engine) == 1


def test_paths_are_fit_for_files_and_tell_clips_apart() -> None:
    digest = "0123456789abcdef" * 4
    assert clip_path("common_voice_en_1", digest) == "667/common_voice_en_1-0123456789abcdef.mp3"
    assert clip_path("../../é\0" * 100, digest).startswith("667/-")
    assert len(clip_path("x" * 1000, digest)) < 110


@pytest.mark.parametrize("path", ["../validation.sqlite", "/etc/passwd", "a/../../secret.key", ""])
def test_a_row_s_path_leads_to_clips_only(path: str, app_context: Context) -> None:
    with pytest.raises(FileNotFoundError):
        find_clip(app_context.settings.data, path)

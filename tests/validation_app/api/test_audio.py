"""GET /audio/{id}.mp3: whole, in ranges, to be kept by browsers, and by numbers alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.validation_app.browsers import Browser
from tests.validation_app.clip_rows import add_clip
from tests.validation_app.recorded_audio import real_clips
from validation_app.web.context import Context


@pytest.fixture
def sound(app_context: Context, test_data: Path) -> bytes:
    """Of clip 1."""
    content = real_clips(test_data)[0].read_bytes()
    place = app_context.settings.data / "clips" / "007" / "one.mp3"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with app_context.writing() as session:
        assert add_clip(session, "One.", path="007/one.mp3") == 1
    return content


@pytest.fixture
def player(browser: Callable[[], Browser]) -> Browser:
    """Somebody's."""
    return browser()


def test_all_of_it(player: Browser, sound: bytes) -> None:
    answer = player.get("/audio/1.mp3")
    assert (answer.status_code, answer.content) == (200, sound)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_what_a_player_asks_first(player: Browser, sound: bytes) -> None:
    """Safari asks for two bytes, and plays nothing unless it gets just these."""
    answer = player.get("/audio/1.mp3", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.content) == (206, sound[:2])
    assert answer.headers["Content-Range"] == f"bytes 0-1/{len(sound)}"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("500-999", 500, 999), ("60000-", 60000, None), ("-100", -100, None)],
)
def test_a_part_of_it(
    asked: str, first: int, last: int | None, player: Browser, sound: bytes
) -> None:
    answer = player.get("/audio/1.mp3", headers={"Range": f"bytes={asked}"})
    expected = sound[first:] if last is None else sound[first : last + 1]
    assert (answer.status_code, answer.content) == (206, expected)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_part_that_it_has_not(player: Browser, sound: bytes) -> None:
    answer = player.get("/audio/1.mp3", headers={"Range": "bytes=9999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(sound)}"


def test_its_head(player: Browser, sound: bytes) -> None:
    answer = player.head("/audio/1.mp3")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(sound)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("2.mp3", 404),
        ("0.mp3", 422),
        ("-1.mp3", 422),
        ("99999999999999999999.mp3", 422),
        ("one.mp3", 422),
        ("1", 404),
        ("..%2f..%2fvalidation.sqlite", 404),
        ("..%2fsecret.key%00.mp3", 404),
        ("007/one.mp3", 404),
    ],
)
def test_nothing_else(name: str, status: int, player: Browser, sound: bytes) -> None:
    answer = player.get(f"/audio/{name}")
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


def test_a_file_that_was_lost(player: Browser, app_context: Context, sound: bytes) -> None:
    (app_context.settings.data / "clips" / "007" / "one.mp3").unlink()
    answer = player.get("/audio/1.mp3")
    assert (answer.status_code, answer.json()["error"]) == (404, "no-clip")


def test_a_row_that_leads_elsewhere(player: Browser, app_context: Context) -> None:
    with app_context.writing() as session:
        number = add_clip(session, "Two.", path="../secret.key")
    assert player.get(f"/audio/{number}.mp3").status_code == 404

"""POST /api/clips: what is taken and refused, and what is in the folder and the tables then."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.requests import ClientDisconnect

from importers.errors import UsageError
from tests.validation_app.browsers import SENTENCES, Browser
from tests.validation_app.recorded_audio import encoded, real_clips, tone
from validation_app.community.sentences import sentence_id
from validation_app.database.tables import Clip, Sentence
from validation_app.recordings import uploads
from validation_app.recordings.uploads import Uploads
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.refusals import Refusal
from validation_app.web.server import create_app

NAMES = [sentence_id("en", text) for text in SENTENCES]
NewBrowser = Callable[[], Browser]


@pytest.fixture(scope="module")
def speech(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Three recordings of a browser."""
    folder = tmp_path_factory.mktemp("speech")
    return [
        encoded(clip, folder / f"{clip.stem}.webm", "-c:a", "libopus", "-live", "1")
        for clip in real_clips(test_data)[:3]
    ]


def files(data: Path) -> list[str]:
    """What lies in incoming and clips."""
    found = [*(data / "incoming").rglob("*"), *(data / "clips").rglob("*.mp3")]
    return [path.name for path in found]


def test_a_recording_is_kept(
    browser: NewBrowser, app_context: Context, speech: list[bytes]
) -> None:
    ann = browser()
    answer = ann.post(f"/api/clips?sentence={NAMES[3]}", content=speech[0])
    assert answer.status_code == 201
    told = answer.json()
    assert told == {"id": 1, "duration_ms": 11628, "duplicate": False, "clipped": False}
    with app_context.reading() as session:
        (clip,) = session.scalars(select(Clip))
        assert (clip.person_id, clip.sentence_id, clip.text, clip.locale) == (
            ann.person, NAMES[3], SENTENCES[3], "en",
        )  # fmt: skip
        assert (clip.origin, clip.verdict, clip.up_votes, clip.priority) == (
            "recorded", "other", 0, None,
        )  # fmt: skip
        assert clip.digest == hashlib.sha256(speech[0]).hexdigest()
        assert clip.loudness_db == pytest.approx(-24.4, abs=0.2)
        assert clip.sentence.clips_count == 1
        place = app_context.settings.data / "clips" / clip.path
    info = soundfile.info(place)
    assert (info.samplerate, info.channels, info.frames) == (32000, 1, round(11.628 * 32000))
    assert files(app_context.settings.data) == [place.name]


def test_a_second_recording_of_a_sentence_is_the_first(
    browser: NewBrowser, app_context: Context, speech: list[bytes]
) -> None:
    ann = browser()
    first = ann.post(f"/api/clips?sentence={NAMES[0]}", content=speech[0])
    for again in (speech[0], speech[1], b"not even audio"):
        answer = ann.post(f"/api/clips?sentence={NAMES[0]}", content=again)
        assert answer.status_code == 200
        assert answer.json() == {**first.json(), "duplicate": True}
    other = browser().post(f"/api/clips?sentence={NAMES[0]}", content=speech[1])
    assert (other.status_code, other.json()["id"]) == (201, 2)
    with app_context.reading() as session:
        assert session.get_one(Sentence, NAMES[0]).clips_count == 2
    assert len(files(app_context.settings.data)) == 2


def test_one_recording_cannot_be_two(browser: NewBrowser, speech: list[bytes]) -> None:
    ann, bob = browser(), browser()
    assert ann.post(f"/api/clips?sentence={NAMES[0]}", content=speech[0]).status_code == 201
    for person, sentence in ((ann, NAMES[1]), (bob, NAMES[0]), (bob, NAMES[1])):
        answer = person.post(f"/api/clips?sentence={sentence}", content=speech[0])
        assert (answer.status_code, answer.json()["error"]) == (422, "same-recording")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xff\xfb\x90 is no sound", "not-audio"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-audio"),
        (0.5, "too-short"),
        (17.5, "too-long"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(
    content: bytes | float,
    code: str,
    browser: NewBrowser,
    app_context: Context,
    tmp_path: Path,
) -> None:
    sent = content if isinstance(content, bytes) else tone(tmp_path / "a.ogg", content)
    answer = browser().post(
        f"/api/clips?sentence={NAMES[0]}", content=sent, headers={"Content-Type": "audio/webm"}
    )
    assert answer.status_code == 422
    assert answer.json()["error"] == code
    assert answer.json()["message"].endswith(".")
    with app_context.reading() as session:
        assert session.scalar(select(func.count(Clip.id))) == 0
    assert files(app_context.settings.data) == []


@pytest.mark.parametrize("is_told", [True, False])
def test_more_than_two_megabytes_are_refused(
    is_told: bool, browser: NewBrowser, app_context: Context
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(32):
            yield bytes(64 * 1024)
        yield b"x"

    content = b"".join(pieces()) if is_told else pieces()
    answer = browser().post(f"/api/clips?sentence={NAMES[0]}", content=content)
    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert files(app_context.settings.data) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 64, "", "a\0b", "%2e%2e%2f"])
def test_only_sentences_are_recorded(name: str, browser: NewBrowser, speech: list[bytes]) -> None:
    answer = browser().post("/api/clips", params={"sentence": name}, content=speech[0])
    assert (answer.status_code, answer.json()["error"]) == (404, "no-sentence")


def test_a_sentence_must_be_named(browser: NewBrowser, speech: list[bytes]) -> None:
    for query in ("", f"?sentence={'0' * 65}"):
        answer = browser().post(f"/api/clips{query}", content=speech[0])
        assert (answer.status_code, answer.json()["error"]) == (422, "bad-request")


def test_without_the_token_nothing_is_taken(browser: NewBrowser, speech: list[bytes]) -> None:
    answer = browser().post(
        f"/api/clips?sentence={NAMES[0]}", content=speech[0], headers={"X-CSRF-Token": "other"}
    )
    assert (answer.status_code, answer.json()["error"]) == (403, "csrf")


def test_people_can_send_so_many_in_a_time(settings: Settings, speech: list[bytes]) -> None:
    app = create_app(replace(settings, uploads_limit=2))
    ann = Browser(app)
    for number in (0, 1):
        url = f"/api/clips?sentence={NAMES[number]}"
        assert ann.post(url, content=speech[number]).status_code == 201
    # What is there is told however often it is asked for.
    for _ in range(3):
        answer = ann.post(f"/api/clips?sentence={NAMES[1]}", content=speech[1])
        assert answer.status_code == 200
    answer = ann.post(f"/api/clips?sentence={NAMES[2]}", content=speech[2])
    assert (answer.status_code, answer.json()["error"]) == (429, "too-many")
    assert int(answer.headers["Retry-After"]) > 0
    answer = Browser(app).post(f"/api/clips?sentence={NAMES[2]}", content=speech[2])
    assert answer.status_code == 201
    app.state.context.engine.dispose()


def test_more_at_once_than_there_is_room_for_are_asked_to_come_again(
    app: FastAPI, browser: NewBrowser, speech: list[bytes]
) -> None:
    app.state.uploads = Uploads(app.state.context, in_hand=0)
    answer = browser().post(f"/api/clips?sentence={NAMES[0]}", content=speech[0])
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")
    assert "Retry-After" in answer.headers


def test_a_failure_of_the_server_is_told_and_leaves_room(
    app: FastAPI, browser: NewBrowser, speech: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing half: the next one finds the place free."""
    app.state.uploads = Uploads(app.state.context, in_hand=1)
    ann = browser()
    path = monkeypatch.context()
    with path as patched:
        patched.setenv("PATH", "")
        answer = ann.post(f"/api/clips?sentence={NAMES[0]}", content=speech[0])
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")
    assert files(app.state.context.settings.data) == []
    assert ann.post(f"/api/clips?sentence={NAMES[0]}", content=speech[0]).status_code == 201


def test_who_goes_away_while_sending_leaves_nothing(app_context: Context) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"the first half"
        raise ClientDisconnect

    taking = Uploads(app_context, in_hand=1)
    for _ in range(2):
        with pytest.raises(Refusal, match="did not come in whole"):
            asyncio.run(taking.take("someone", NAMES[0], half()))
    assert files(app_context.settings.data) == []


def test_who_goes_away_while_waiting_has_it_kept(app_context: Context, speech: list[bytes]) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield speech[0]

    async def go_away(taking: Uploads) -> None:
        task = asyncio.create_task(taking.take("someone", NAMES[0], body()))
        while not list((app_context.settings.data / "incoming").glob("*/upload")):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    taking = Uploads(app_context, in_hand=1)
    asyncio.run(go_away(taking))
    taking.close()
    with app_context.reading() as session:
        assert session.scalars(select(Clip.sentence_id)).all() == [NAMES[0]]
    assert len(files(app_context.settings.data)) == 1


def test_the_same_upload_many_times_at_once_is_one_clip(
    app_context: Context, speech: list[bytes]
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield speech[0]

    async def all_at_once(taking: Uploads) -> list[uploads.Kept]:
        return await asyncio.gather(*(taking.take("someone", NAMES[0], body()) for _ in range(6)))

    taking = Uploads(app_context, children=6)
    kept = asyncio.run(all_at_once(taking))
    taking.close()
    assert {one.id for one in kept} == {1}
    assert sorted(one.duplicate for one in kept) == [False] + 5 * [True]
    assert len(files(app_context.settings.data)) == 1


def test_slow_senders_are_told(app_context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "RECEIVE_SECONDS", 0.2)

    async def slowly() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    with pytest.raises(Refusal, match="too slowly"):
        asyncio.run(Uploads(app_context).take("someone", NAMES[0], slowly()))
    assert files(app_context.settings.data) == []


def test_without_ffmpeg_no_server_starts(
    app_context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="ffmpeg is not on the PATH"):
        Uploads(app_context)

"""The app as a whole: headers, cookies, CSRF, limits of bodies, errors."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.cookies import SimpleCookie

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from tests.validation_app.browsers import Browser
from tests.validation_app.clip_rows import add_clip
from validation_app.database import sessions
from validation_app.recordings.limits import MAX_UPLOAD_BYTES
from validation_app.settings import Settings
from validation_app.web import body_limit
from validation_app.web.security import POLICY
from validation_app.web.server import create_app

NewBrowser = Callable[[], Browser]


def cookies(answer: httpx.Response) -> SimpleCookie:
    """Those that an answer sets, with their attributes."""
    return SimpleCookie("\r\n".join(answer.headers.get_list("set-cookie")))


def test_every_answer_has_the_headers(browser: NewBrowser) -> None:
    ann = browser()
    for answer in (ann.get("/api/mine"), ann.get("/none"), ann.post("/api/mine")):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in POLICY


def test_a_new_person_gets_cookies_once(app: FastAPI) -> None:
    client = TestClient(app)
    first = cookies(client.get("/api/mine"))
    assert set(first) == {"person", "csrf"}
    assert first["person"]["httponly"] and not first["csrf"]["httponly"]
    for one in first.values():
        assert (one["samesite"], one["path"], one["secure"]) == ("Lax", "/", "")
        assert int(one["max-age"]) == 400 * 86_400
    assert cookies(client.get("/api/mine")) == {}
    assert "set-cookie" not in TestClient(app).get("/static/none.css").headers


def test_over_https_cookies_stay_there(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://testserver")
    assert all(one["secure"] for one in cookies(client.get("/api/mine")).values())


def test_old_cookies_are_renewed_for_the_same_person(
    browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present - 31 * 86_400)
    ann = browser()
    person = ann.person
    monkeypatch.undo()
    assert set(cookies(ann.get("/api/mine"))) == {"person", "csrf"}
    assert ann.person == person
    assert cookies(ann.get("/api/mine")) == {}


@pytest.mark.parametrize(
    "forge",
    [
        lambda signed: signed[:-1] + ("A" if signed[-1] != "A" else "B"),
        lambda signed: "x" + signed,
        lambda signed: signed.partition(".")[0],
        lambda signed: "",
        lambda signed: '"\\351"',
    ],
)
def test_a_forged_person_is_a_new_one(browser: NewBrowser, forge: Callable[[str], str]) -> None:
    ann = browser()
    said = {"age": "teens"}
    assert ann.put("/api/profile", json=said).status_code == 200
    headers = {"Cookie": f"person={forge(ann.cookies['person'])}; csrf={ann.cookies['csrf']}"}
    ann.cookies.clear()
    answer = ann.get("/api/profile", headers=headers)
    assert answer.json()["age"] == ""
    assert set(cookies(answer)) == {"person", "csrf"}


def test_cookies_of_other_programs_at_the_host_do_no_harm(browser: NewBrowser) -> None:
    """Browsers do not tell the ports of a host apart, and not every program keeps to RFC 6265."""
    ann = browser()
    assert ann.put("/api/profile", json={"age": "teens"}).status_code == 200
    ours = f"person={ann.cookies['person']}; csrf={ann.cookies['csrf']}"
    headers = {"Cookie": f'a b[{{"x":1}}]=1; {ours}; \xff'.encode("latin-1")}
    ann.cookies.clear()
    answer = ann.get("/api/profile", headers=headers)
    assert answer.json()["age"] == "teens"
    assert cookies(answer) == {}


def test_nothing_changes_without_the_persons_token(app: FastAPI, browser: NewBrowser) -> None:
    ann, ben = browser(), browser()
    body = {"age": "teens"}
    for token in ("", "x", "\xe9", ben.cookies["csrf"]):
        headers = {"X-CSRF-Token": token.encode("latin-1")}
        refused = ann.put("/api/profile", json=body, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (403, "csrf")
    # A cookie that another host of the domain planted, and its own copy in the header.
    planted = f"person={ann.cookies['person']}; csrf={ben.cookies['csrf']}"
    headers = {"Cookie": planted, "X-CSRF-Token": ben.cookies["csrf"]}
    assert TestClient(app).put("/api/profile", json=body, headers=headers).status_code == 403
    assert TestClient(app).put("/api/profile", json=body).status_code == 403
    assert ann.get("/api/profile").json()["age"] == ""


@pytest.fixture
def reading_app(app: FastAPI) -> FastAPI:
    """An app with a route that reads what it gets, and others that fail."""

    @app.post("/test/read")
    async def read(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/test/ignore")
    def ignore() -> None:
        return None

    @app.get("/test/fault")
    def fault() -> None:
        raise RuntimeError("ours")

    return app


def pieces(number: int) -> Iterator[bytes]:
    """A body whose length is not told."""
    for begin in range(0, number, 100_000):
        yield bytes(min(100_000, number - begin))


@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_may_have_2_mb_and_no_more(reading_app: FastAPI, is_told: bool) -> None:
    ann = Browser(reading_app)
    for number, status in ((MAX_UPLOAD_BYTES, 200), (MAX_UPLOAD_BYTES + 1, 413)):
        answer = ann.post("/test/read", content=bytes(number) if is_told else pieces(number))
        assert answer.status_code == status
    assert answer.json() == {
        "error": "too-large",
        "message": "This is more than 2 MB, which is the limit.",
    }


def test_json_over_the_limit_is_too_large_too(browser: NewBrowser) -> None:
    answer = browser().put("/api/profile", content=pieces(MAX_UPLOAD_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")


def test_lengths_that_are_none_are_not_believed(reading_app: FastAPI) -> None:
    ann = Browser(reading_app)
    for said in ("-5", "abc", "1e3", "²"):
        headers = {"Content-Length": said.encode()}
        answer = ann.post("/test/read", content=pieces(MAX_UPLOAD_BYTES + 1), headers=headers)
        assert answer.status_code == 413


@pytest.mark.parametrize(("path", "status"), [("/test/read", 408), ("/test/ignore", 200)])
def test_a_body_that_stops_coming_is_not_waited_for(
    reading_app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    monkeypatch.setattr(body_limit, "_IDLE_SECONDS", 0.05)
    ann = Browser(reading_app)
    cookie = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
    scope: Scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "scheme": "http",
        "headers": [
            (b"content-length", b"10"), (b"cookie", cookie.encode()),
            (b"x-csrf-token", ann.cookies["csrf"].encode()),
        ],
    }  # fmt: skip
    first: list[Message] = [{"type": "http.request", "body": b"12345", "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        if not first:
            await asyncio.sleep(60)
        return first.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(reading_app(scope, receive, send))
    assert sent[0]["status"] == status


def test_another_vote_rule_decides_all_clips_anew(settings: Settings) -> None:
    """Two votes that differ leave a clip open under one rule, and reject it under the other."""
    app = create_app(settings)
    with app.state.context.writing() as session:
        clip = add_clip(session, "A tie.")
    for is_valid in (True, False):
        answer = Browser(app).put(f"/api/clips/{clip}/vote", json={"is_valid": is_valid})
        assert answer.json()["verdict"] == "other"
    app.state.context.engine.dispose()
    for rule, to_hear in (("corpora-creator-2019", 0), ("server", 1)):
        app = create_app(replace(settings, vote_preset=rule))
        assert len(Browser(app).get("/api/clips").json()["clips"]) == to_hear
        app.state.context.engine.dispose()


def test_an_unknown_page_is_said_in_json(browser: NewBrowser) -> None:
    answer = browser().get("/api/none")
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")
    answer = browser().patch("/api/mine")
    assert (answer.status_code, answer.json()["error"]) == (405, "wrong-method")


def test_our_own_faults_tell_nothing_of_us(reading_app: FastAPI) -> None:
    answer = TestClient(reading_app, raise_server_exceptions=False).get("/test/fault")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {"error": "fault", "message": "Something went wrong on the server."}


def test_a_database_that_cannot_be_written_is_busy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "BUSY_MS", 50)
    app = create_app(settings)
    ann = Browser(app)
    other = sqlite3.connect(settings.data / sessions.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = ann.put("/api/profile", json={"age": "teens"})
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "5"
    other.execute("ROLLBACK")
    other.close()
    with app.state.context.writing():  # the same of another request of the server
        assert ann.put("/api/profile", json={"age": "teens"}).status_code == 503
    assert ann.put("/api/profile", json={"age": "teens"}).status_code == 200
    app.state.context.engine.dispose()

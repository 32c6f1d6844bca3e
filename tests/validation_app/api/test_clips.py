"""/api/clips: what is given to hear, votes and their undoing, skips, reports, and all refusals."""

from collections.abc import Callable

import pytest

from tests.validation_app.browsers import Browser
from tests.validation_app.clip_rows import add_clip
from validation_app.database.tables import Clip, ReportedClip, Vote
from validation_app.web.context import Context

NewBrowser = Callable[[], Browser]


@pytest.fixture
def clip(app_context: Context) -> int:
    """A clip of somebody else's."""
    with app_context.writing() as session:
        return add_clip(
            session, "Hello there.", loudness_db=-31.04, duration_ms=2100, digest="9f" * 32
        )


def test_a_clip_comes_with_what_its_player_needs(browser: NewBrowser, clip: int) -> None:
    assert browser().get("/api/clips").json() == {
        "clips": [
            {
                "id": clip,
                "text": "Hello there.",
                "duration_ms": 2100,
                "gain_db": 8.0,
                "audio": f"/audio/{clip}.mp3?9f9f9f9f9f9f9f9f",
            }
        ]
    }


def test_votes_of_two_decide_and_an_undo_opens_again(browser: NewBrowser, clip: int) -> None:
    ann, ben = browser(), browser()
    for one, verdict, up in ((ann, "other", 1), (ben, "valid", 2), (ben, "valid", 2)):
        given = one.put(f"/api/clips/{clip}/vote", json={"is_valid": True})
        assert given.json() == {"verdict": verdict, "up_votes": up, "down_votes": 0}
    assert browser().get("/api/clips").json() == {"clips": []}
    undone = ann.delete(f"/api/clips/{clip}/vote")
    assert (undone.status_code, undone.json()) == (
        200,
        {"verdict": "other", "up_votes": 1, "down_votes": 0},
    )
    assert ann.delete(f"/api/clips/{clip}/vote").json() == undone.json()
    assert [one["id"] for one in ann.get("/api/clips").json()["clips"]] == [clip]
    assert ben.get("/api/clips").json() == {"clips": []}


def test_a_changed_vote_overwrites_with_its_reason(
    browser: NewBrowser, clip: int, app_context: Context
) -> None:
    ann = browser()
    ann.put(f"/api/clips/{clip}/vote", json={"is_valid": True})
    changed = ann.put(f"/api/clips/{clip}/vote", json={"is_valid": False, "reason": "noise"})
    assert changed.json() == {"verdict": "other", "up_votes": 0, "down_votes": 1}
    with app_context.reading() as session:
        kept = session.get(Vote, (clip, ann.person))
        assert kept
        assert (kept.is_valid, kept.reason) == (False, "noise")
        assert kept.changed_at > kept.created_at


def test_a_vote_on_ones_own_clip_is_refused(browser: NewBrowser, app_context: Context) -> None:
    ann = browser()
    with app_context.writing() as session:
        own = add_clip(session, "Mine.", ann.person)
    refused = ann.put(f"/api/clips/{own}/vote", json={"is_valid": True})
    assert refused.status_code == 403
    assert refused.json() == {
        "error": "own-clip",
        "message": "This is your own recording: others judge it.",
    }
    with app_context.reading() as session:
        assert session.get_one(Clip, own).up_votes == 0
        assert session.get(Vote, (own, ann.person)) is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"is_valid": False, "reason": "because"}, "bad-reason"),
        ({"is_valid": True, "reason": "noise"}, "bad-reason"),
        ({"is_valid": "yes"}, "bad-request"),
        ({"is_valid": True, "person": "x"}, "bad-request"),
        ({}, "bad-request"),
        ([], "bad-request"),
    ],
)
def test_no_vote_is_made_of_what_is_none(
    browser: NewBrowser, clip: int, body: object, error: str, app_context: Context
) -> None:
    refused = browser().put(f"/api/clips/{clip}/vote", json=body)
    assert (refused.status_code, refused.json()["error"]) == (422, error)
    with app_context.reading() as session:
        assert session.query(Vote).count() == 0


def test_what_is_no_json_is_refused(browser: NewBrowser, clip: int) -> None:
    for body in (b"{", b"\xff", b"", b'{"is_valid": false, "reason": "\\ud800"}'):
        refused = browser().put(f"/api/clips/{clip}/vote", content=body)
        assert (refused.status_code, refused.json()["error"]) == (422, "bad-request")


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "9" * 400, "x", "1.5", "../1"])
def test_numbers_of_no_clip_are_refused(browser: NewBrowser, number: str) -> None:
    refused = browser().put(f"/api/clips/{number}/vote", json={"is_valid": True})
    assert refused.status_code in (404, 405, 422)
    assert set(refused.json()) == {"error", "message"}


def test_what_does_not_exist_is_not_found(browser: NewBrowser) -> None:
    ann = browser()
    answers = [
        ann.put("/api/clips/99/vote", json={"is_valid": True}),
        ann.delete("/api/clips/99/vote"),
        ann.post("/api/clips/99/skip"),
        ann.delete("/api/clips/99/skip"),
        ann.post("/api/clips/99/report", json={"reason": "other"}),
    ]
    assert [(one.status_code, one.json()["error"]) for one in answers] == [(404, "no-clip")] * 5


def test_a_skipped_clip_does_not_come_back_until_that_is_taken_back(
    browser: NewBrowser, clip: int
) -> None:
    ann = browser()
    for _ in range(2):
        assert ann.post(f"/api/clips/{clip}/skip").status_code == 204
        assert ann.get("/api/clips").json() == {"clips": []}
    assert len(browser().get("/api/clips").json()["clips"]) == 1
    assert ann.delete(f"/api/clips/{clip}/skip").status_code == 204
    assert len(ann.get("/api/clips").json()["clips"]) == 1


def test_a_report_is_kept_on_one_line_and_the_last_counts(
    browser: NewBrowser, clip: int, app_context: Context
) -> None:
    ann = browser()
    for reason, detail in (("other", "x"), ("offensive-speech", " a\tb\n\x00c ")):
        body = {"reason": reason, "detail": detail}
        assert ann.post(f"/api/clips/{clip}/report", json=body).status_code == 204
    assert ann.get("/api/clips").json() == {"clips": []}
    with app_context.reading() as session:
        kept = session.get_one(ReportedClip, (clip, ann.person))
        assert (kept.reason, kept.detail) == ("offensive-speech", "a b c")
    refused = ann.post(f"/api/clips/{clip}/report", json={"reason": "difficult-pronounce"})
    assert (refused.status_code, refused.json()["error"]) == (422, "bad-reason")
    long = {"reason": "other", "detail": "x" * 1001}
    assert ann.post(f"/api/clips/{clip}/report", json=long).status_code == 422


def test_counts_are_within_limits(browser: NewBrowser) -> None:
    ann = browser()
    assert [ann.get(f"/api/clips?count={n}").status_code for n in (0, 51, "x", 50)] == [
        422, 422, 422, 200,
    ]  # fmt: skip


def test_too_many_votes_are_refused_for_a_while(
    browser: NewBrowser, clip: int, app_context: Context
) -> None:
    ann = browser()
    for _ in range(150):
        given = ann.put(f"/api/clips/{clip}/vote", json={"is_valid": True})
        assert given.status_code == 200
    refused = ann.put(f"/api/clips/{clip}/vote", json={"is_valid": False})
    assert (refused.status_code, refused.json()["error"]) == (429, "too-many")
    assert 295 <= int(refused.headers["Retry-After"]) <= 300
    assert browser().put(f"/api/clips/{clip}/vote", json={"is_valid": True}).status_code == 200
    assert ann.delete(f"/api/clips/{clip}/vote").status_code == 200

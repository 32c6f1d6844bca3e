"""/api/sentences: what is given to read, skips and reports."""

from collections.abc import Callable

from tests.validation_app.browsers import SENTENCES, Browser
from tests.validation_app.clip_rows import add_clip
from validation_app.community.sentences import sentence_id
from validation_app.database.tables import ReportedSentence
from validation_app.web.context import Context

NewBrowser = Callable[[], Browser]


def texts(browser: Browser, count: int = 25) -> list[str]:
    return [one["text"] for one in browser.get(f"/api/sentences?count={count}").json()["sentences"]]


def test_sentences_are_given_in_no_order_of_the_file(browser: NewBrowser) -> None:
    ann = browser()
    given = [texts(ann) for _ in range(5)]
    assert all(sorted(one) == sorted(SENTENCES) for one in given)
    assert len({tuple(one) for one in given}) > 1  # equal five times: once in 10!^4
    first = ann.get("/api/sentences?count=1").json()["sentences"]
    assert [set(one) for one in first] == [{"id", "text"}]
    assert first[0]["id"] == sentence_id("en", first[0]["text"])


def test_the_least_recorded_come_first_and_ones_own_never(
    browser: NewBrowser, app_context: Context
) -> None:
    ann = browser()
    with app_context.writing() as session:
        for text in SENTENCES[:8]:
            add_clip(session, text)
        add_clip(session, SENTENCES[9], ann.person)
    given = texts(ann)
    assert given[0] == SENTENCES[8]
    assert sorted(given[1:]) == sorted(SENTENCES[:8])


def test_an_imported_clip_of_the_same_sentence_is_no_recording_of_mine(
    browser: NewBrowser, app_context: Context
) -> None:
    ann = browser()
    with app_context.writing() as session:
        add_clip(session, SENTENCES[0], ann.person, origin="cv-corpus-1")
    assert SENTENCES[0] in texts(ann)


def test_skipped_and_reported_ones_do_not_come_back(
    browser: NewBrowser, app_context: Context
) -> None:
    ann = browser()
    skipped, reported = (sentence_id("en", text) for text in SENTENCES[:2])
    assert ann.post(f"/api/sentences/{skipped}/skip").status_code == 204
    body = {"reason": "difficult-pronounce", "detail": "tongue\ntwister"}
    assert ann.post(f"/api/sentences/{reported}/report", json=body).status_code == 204
    assert sorted(texts(ann)) == sorted(SENTENCES[2:])
    assert sorted(texts(browser())) == sorted(SENTENCES)
    assert ann.delete(f"/api/sentences/{skipped}/skip").status_code == 204
    assert sorted(texts(ann)) == sorted([SENTENCES[0], *SENTENCES[2:]])
    with app_context.reading() as session:
        kept = session.get_one(ReportedSentence, (reported, ann.person))
        assert (kept.reason, kept.detail) == ("difficult-pronounce", "tongue twister")


def test_refusals(browser: NewBrowser) -> None:
    ann = browser()
    known = sentence_id("en", SENTENCES[0])
    missing = [
        ann.post("/api/sentences/abc/skip"),
        ann.delete("/api/sentences/abc/skip"),
        ann.post("/api/sentences/abc/report", json={"reason": "other"}),
    ]
    assert [(one.status_code, one.json()["error"]) for one in missing] == [(404, "no-sentence")] * 3
    refused = ann.post(f"/api/sentences/{known}/report", json={"reason": "offensive-speech"})
    assert (refused.status_code, refused.json()["error"]) == (422, "bad-reason")
    assert ann.get("/api/sentences?count=51").status_code == 422

"""/api/profile and /api/mine."""

from collections.abc import Callable

import pytest

from tests.validation_app.browsers import Browser
from tests.validation_app.clip_rows import add_clip
from validation_app.database.tables import Person
from validation_app.web.context import Context

NewBrowser = Callable[[], Browser]
NOTHING = {"age": "", "gender": "", "accents": ""}


def test_a_profile_is_kept_and_overwritten_as_a_whole(browser: NewBrowser) -> None:
    ann = browser()
    assert ann.get("/api/profile").json() == NOTHING
    said = {"age": "fourties", "gender": "non-binary", "accents": "Northern  Irish\n"}
    kept = {**said, "accents": "Northern Irish"}
    assert ann.put("/api/profile", json=said).json() == kept
    assert ann.get("/api/profile").json() == kept
    assert browser().get("/api/profile").json() == NOTHING
    ann.put("/api/profile", json={"age": "teens"})
    assert ann.get("/api/profile").json() == {**NOTHING, "age": "teens"}


@pytest.mark.parametrize("said", [{"age": "forties"}, {"gender": "male"}, {"gender": "x"}])
def test_words_that_releases_do_not_know_are_refused(
    browser: NewBrowser, said: dict[str, str]
) -> None:
    ann = browser()
    refused = ann.put("/api/profile", json=said)
    assert (refused.status_code, refused.json()["error"]) == (422, "bad-profile")
    assert ann.get("/api/profile").json() == NOTHING


def test_looking_around_leaves_no_row(browser: NewBrowser, app_context: Context) -> None:
    for page in ("profile", "mine", "clips", "sentences"):
        assert browser().get(f"/api/{page}").status_code == 200
    with app_context.reading() as session:
        assert session.query(Person).count() == 0


def test_people_see_what_became_of_their_work(browser: NewBrowser, app_context: Context) -> None:
    ann = browser()
    none = {"recorded": 0, "voted": 0, "accepted": 0, "rejected": 0}
    assert ann.get("/api/mine").json() == none
    with app_context.writing() as session:
        for number, verdict in enumerate(("valid", "valid", "invalid", "other")):
            add_clip(session, f"Mine {number}", ann.person, verdict=verdict)
        others = add_clip(session, "Not mine")
    ann.put(f"/api/clips/{others}/vote", json={"is_valid": False})
    assert ann.get("/api/mine").json() == {
        "recorded": 4, "voted": 1, "accepted": 2, "rejected": 1,
    }  # fmt: skip

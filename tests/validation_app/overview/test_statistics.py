"""The overview's numbers, of a community that is known to the last clip."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from importers.votes import Verdict
from tests.validation_app.browsers import Browser
from tests.validation_app.release.community import Community, RealClip
from validation_app.database.sessions import reading, writing
from validation_app.database.tables import Clip, Vote
from validation_app.overview.keeper import OverviewKeeper
from validation_app.overview.statistics import Overview, read_overview
from validation_app.settings import Settings

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HOUR = 3_600_000
OF_A_CORPUS: dict[str, Any] = {
    "given_up_votes": 2, "up_votes": 2, "verdict": "valid", "origin": "cv-corpus",
}  # fmt: skip


@pytest.fixture
def community(tmp_path: Path) -> Community:
    """Nobody, and nothing said yet."""
    return Community(tmp_path / "community")


@pytest.fixture
def real(tmp_path: Path) -> RealClip:
    """What lies in a clip's file is no matter here."""
    path = tmp_path / "any.mp3"
    path.write_bytes(b"any")
    return RealClip(path, "any", HOUR)


def overview(community: Community, moment: datetime = NOW) -> Overview:
    with reading(community.engine)() as session:
        return read_overview(session, community.locale, 100.0, moment)


def test_an_empty_app_has_zeros(community: Community) -> None:
    found = overview(community)
    assert found.clips == {Verdict.VALID: 0, Verdict.INVALID: 0, Verdict.OTHER: 0}
    assert (found.all_hours, found.valid_hours, found.recorded_hours) == (0, 0, 0)
    assert (found.votes, found.people, found.active_people, found.sentences) == (0, 0, 0, 0)
    assert (found.agreement.pairs, found.agreement.share, found.agreement.alpha) == (0, None, None)
    assert found.active_by_hour == (0,) * 10
    assert [day.date for day in found.days] == [
        date(2026, 10, 24) + timedelta(days=days) for days in range(30)
    ]


def test_hours_and_queues(community: Community, real: RealClip) -> None:
    ann, old = community.person("ann"), community.person("old", client_id="f" * 128)
    for number, (votes, length) in enumerate([("++", 1), ("--", 2), ("+-", 4), ("", 8)]):
        community.clip(ann, real, f"Sentence {number}.", votes=votes, duration_ms=length * HOUR)
    community.clip(old, real, "Sentence 0.", duration_ms=16 * HOUR, **OF_A_CORPUS)
    community.sentence("Nobody has read this.")
    community.sentence("Nobody is to read this.", is_used=False)
    Community.sentence(_other_language(community), "Niemand hat das gelesen.")
    community.locale = "en"
    found = overview(community)
    assert found.clips == {Verdict.VALID: 2, Verdict.INVALID: 1, Verdict.OTHER: 2}
    assert found.hours == {Verdict.VALID: 17.0, Verdict.INVALID: 2.0, Verdict.OTHER: 12.0}
    assert (found.all_hours, found.recorded_hours, found.valid_hours) == (31.0, 15.0, 17.0)
    assert (found.sentences, found.sentences_to_record, found.clips_to_hear) == (5, 1, 2)
    assert found.votes == 6
    assert found.people == 7  # ann and six voters; not the speaker of a corpus


def _other_language(community: Community) -> Community:
    community.locale = "de"
    return community


def test_agreement_is_of_the_votes_cast_here(community: Community, real: RealClip) -> None:
    """Meg's and Owen's votes of Krippendorff's example; a corpus's own votes do not count."""
    ann = community.person("ann")
    pairs = ["-+", "++", "-+", "--", "--", "-+", "--", "--", "+-", "--"]
    for number, votes in enumerate(pairs):
        community.clip(ann, real, f"Sentence {number}.", votes=votes)
    community.clip(ann, real, "Alone.", votes="+")
    given: dict[str, Any] = {
        "given_up_votes": 5,
        "up_votes": 6,
        "given_down_votes": 3,
        "down_votes": 3,
    }
    community.clip(ann, real, "Of a corpus.", votes="+", **given)
    agreement = overview(community).agreement
    assert (agreement.pairs, agreement.share) == (10, 0.6)
    assert agreement.alpha == pytest.approx(1 - 19 * 4 / 84)


def test_each_day_has_what_was_done_on_it(community: Community, real: RealClip) -> None:
    ann = community.person("ann")
    today, month = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
    first: dict[str, Any] = {"created_at": month, "decided_at": today}
    community.clip(ann, real, "a", votes="++", duration_ms=1 * HOUR, **first)
    late: dict[str, Any] = {
        "created_at": month - timedelta(seconds=1),
        "decided_at": today - timedelta(seconds=1),
    }
    community.clip(ann, real, "b", votes="++", duration_ms=2 * HOUR, **late)
    community.clip(ann, real, "c", votes="--", duration_ms=4 * HOUR, created_at=NOW, decided_at=NOW)
    moments: dict[str, Any] = {"created_at": NOW, "decided_at": NOW}
    community.clip(ann, real, "d", duration_ms=8 * HOUR, **OF_A_CORPUS, **moments)
    days = {day.date: (day.recorded_hours, day.valid_hours) for day in overview(community).days}
    assert {day: hours for day, hours in days.items() if hours != (0.0, 0.0)} == {
        date(2026, 10, 24): (1.0, 0.0),
        date(2026, 11, 21): (0.0, 2.0),
        date(2026, 11, 22): (4.0, 1.0),
    }


def test_who_was_active_in_the_last_ten_hours(community: Community, real: RealClip) -> None:
    people = [community.person(name) for name in ("ann", "bob", "cat")]
    for hours, speaker in ((0, 0), (0.5, 0), (1, 1), (9.9, 2), (10, 1), (10.1, 2)):
        at = NOW - timedelta(hours=hours)
        community.clip(people[speaker], real, f"At {hours}.", created_at=at)
    community.clip(people[0], real, "Of a corpus.", created_at=NOW, origin="cv-corpus")
    with writing(community.engine).begin() as session:
        for voter, hours in ((1, 0.2), (2, 5.5)):
            at = NOW - timedelta(hours=hours)
            session.add(
                Vote(
                    clip_id=1, person_id=people[voter], is_valid=True, created_at=NOW, changed_at=at
                )
            )
    found = overview(community)
    assert found.active_by_hour == (1, 0, 0, 0, 1, 0, 0, 0, 1, 2)
    assert found.active_people == 3


def test_one_state_of_the_database_is_read(community: Community, real: RealClip) -> None:
    """A vote that comes between two of its queries is in none of them."""
    ann = community.person("ann")
    community.clip(ann, real, "a", votes="+")
    disturbed: list[str] = []

    @event.listens_for(community.engine, "after_cursor_execute")
    def disturb(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "FROM clips" in statement and not disturbed:
            disturbed.append(statement)
            with writing(community.engine).begin() as session:
                session.get_one(Clip, 1).up_votes = 2
            community.sentence("Come meanwhile.")

    found = overview(community)
    assert disturbed
    assert (found.votes, found.sentences) == (1, 1)
    assert (overview(community).votes, overview(community).sentences) == (2, 2)


def test_the_keeper_reads_anew_once_it_is_worth_it(community: Community, real: RealClip) -> None:
    keeper = OverviewKeeper(community.engine, Settings(community.data))
    first = keeper.overview()
    assert keeper.overview() is first
    community.clip(community.person("ann"), real)
    keeper._kept_until = 0.0
    assert (first.clips_to_hear, keeper.overview().clips_to_hear) == (0, 1)


def test_the_api_tells_all_of_it(app: FastAPI, browser: Callable[[], Browser]) -> None:
    found = browser().get("/api/overview").json()
    assert found["locale"] == "en"
    assert found["goal_hours"] == 100.0
    assert found["hours"] == {"all": 0, "recorded": 0, "valid": 0, "invalid": 0, "other": 0}
    assert found["clips"] == {"valid": 0, "invalid": 0, "other": 0}
    assert found["queues"]["clips_to_hear"] == 0
    assert found["queues"]["sentences_to_record"] == found["sentences"] > 0
    assert found["people"] == {"all": 0, "active": 0, "active_by_hour": [0] * 10}
    assert found["votes"] == {"all": 0, "pairs": 0, "agreement": None, "alpha": None}
    assert len(found["days"]) == 30
    assert found["days"][-1] == {
        "date": found["moment"][:10], "recorded_hours": 0.0, "valid_hours": 0.0,
    }  # fmt: skip

"""Which clips and sentences come, in which order, and by which index."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.validation_app.clip_rows import add_clip, add_clips, add_person
from validation_app.community import reports, voting
from validation_app.community.selection import clips_to_hear, sentences_to_read
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_context(Settings(tmp_path))


def heard(session: Session, person: str = "new", count: int = 50) -> list[int]:
    return [clip.id for clip in clips_to_hear(session, "en", person, count)]


def test_only_what_is_undecided_and_anothers_comes(context: Context) -> None:
    with context.writing() as session:
        me = add_person(session)
        undecided = add_clip(session, "Undecided.")
        add_clip(session, "Mine.", me)
        add_clip(session, "Valid.", verdict="valid")
        add_clip(session, "Invalid.", verdict="invalid")
        add_clip(session, "Deutsch.", locale="de")
        voted, skipped, reported = (add_clip(session, f"{number}.") for number in range(3))
        voting.vote(session, me, voted, voting.Ballot(True), "server")
        reports.skip(session, reports.CLIP, skipped, me)
        reports.report(session, reports.CLIP, reported, me, "other", "")
        assert heard(session, me) == [undecided]


def test_sentences_without_a_valid_clip_come_first(context: Context) -> None:
    with context.writing() as session:
        later = {add_clip(session, f"Known {number}.") for number in range(3)}
        for number in range(3):
            add_clip(session, f"Known {number}.", verdict="valid")
        first = {add_clip(session, f"New {number}.") for number in range(3)}
        for _ in range(5):
            order = heard(session)
            assert (set(order[:3]), set(order[3:])) == (first, later)
        assert len(heard(session, count=2)) == 2


def test_a_priority_list_goes_before_all(context: Context) -> None:
    with context.writing() as session:
        plain = {add_clip(session, f"New {number}.") for number in range(20)}
        add_clip(session, "Known.", verdict="valid")
        wanted = {add_clip(session, "Known.", priority=0.5), add_clip(session, "Z.", priority=-3.0)}
        for _ in range(5):
            order = heard(session)
            assert (set(order[:2]), set(order[2:])) == (wanted, plain)


def test_of_many_the_highest_scores_are_the_pool(context: Context) -> None:
    with context.writing() as session:
        clips = add_clips(session, 700)
        scores = {clip.id: number for number, clip in enumerate(random.sample(clips, 700))}
        for clip in clips:
            clip.priority = scores[clip.id] / 10
        drawn = [scores[clip] for _ in range(20) for clip in heard(session)]
        assert min(drawn) >= 200
        assert len(set(drawn)) > 350  # 439 are to be expected in 20 draws of 50 out of 500
        assert drawn[:50] != sorted(drawn[:50], reverse=True)


def test_of_many_the_oldest_are_the_pool(context: Context) -> None:
    with context.writing() as session:
        clips = [clip.id for clip in add_clips(session, 520)]
        assert {clip for _ in range(20) for clip in heard(session)} < set(clips[:500])


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda session: clips_to_hear(session, "en", "me", 10), "clips_to_hear (locale=?)"),
        (
            lambda session: sentences_to_read(session, "en", "me", 10),
            "sentences_to_record (locale=? AND is_used=?)",
        ),
    ],
)
def test_an_index_gives_the_order_so_that_500_rows_are_read_of_millions(
    context: Context, ask: Callable[[Session], object], index: str
) -> None:
    statements: list[tuple[str, tuple[str, ...]]] = []

    def keep(*call: Any) -> None:
        statements.append((call[2], call[3]))

    event.listen(context.engine, "before_cursor_execute", keep)
    with context.reading() as session:
        ask(session)
    event.remove(context.engine, "before_cursor_execute", keep)
    statement, parameters = next(one for one in statements if one[0].startswith("SELECT"))
    with context.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[3] for row in plan]
    assert steps[0].endswith(f"USING INDEX {index}")
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in steps)

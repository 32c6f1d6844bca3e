"""Votes: whatever happens in whatever order, counts are a recount and verdicts are the rule's."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from importers.votes import PRESETS, Verdict, Votes, decide
from tests.validation_app.clip_rows import add_clip, add_person
from validation_app.community import voting
from validation_app.database.tables import Clip, Sentence, Vote
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context

PEOPLE = 5
SENTENCES = ("One.", "Two.")
GIVEN = ((0, 0), (0, 0), (1, 0), (2, 1), (0, 3))  # up and down votes that clips came with


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody votes, or (None) undoes."""

    person: int
    clip: int
    is_valid: bool | None


ACTS = st.builds(
    Act,
    st.integers(0, PEOPLE - 1),
    st.integers(0, len(GIVEN) - 1),
    st.sampled_from((True, False, None)),
)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(Settings(tmp_path_factory.mktemp("voting")))


def stage(session: Session) -> tuple[list[str], list[int]]:
    """People, and clips that come with votes, as an import would decide them."""
    people = [add_person(session) for _ in range(PEOPLE)]
    clips = [
        add_clip(session, SENTENCES[number % 2], given_up_votes=up, given_down_votes=down)
        for number, (up, down) in enumerate(GIVEN)
    ]
    return people, clips


def check(
    session: Session, rule: str, said: dict[tuple[int, str], bool], clips: Sequence[int]
) -> None:
    """Every count, verdict and flag is what a recount of what was said last makes it."""
    session.expire_all()
    votes = session.scalars(select(Vote))
    assert {(vote.clip_id, vote.person_id): vote.is_valid for vote in votes} == said
    valid = set()
    for number, clip in zip(clips, session.scalars(select(Clip).order_by(Clip.id)), strict=True):
        given = [is_valid for (one, _), is_valid in said.items() if one == number]
        up = clip.given_up_votes + given.count(True)
        down = clip.given_down_votes + given.count(False)
        assert (clip.id, clip.up_votes, clip.down_votes) == (number, up, down)
        assert clip.verdict == decide(Votes(up, down), rule)
        assert (clip.decided_at is None) == (clip.verdict == Verdict.OTHER)
        valid |= {clip.sentence_id} if clip.verdict == Verdict.VALID else set()
    for sentence in session.scalars(select(Sentence)):
        assert sentence.has_valid_clip == (sentence.id in valid)
    for clip in session.scalars(select(Clip)):
        assert clip.sentence_has_valid_clip == (clip.sentence_id in valid)


@hypothesis.settings(max_examples=60)
@hypothesis.given(
    acts=st.lists(ACTS, max_size=30),
    rule=st.sampled_from(PRESETS),
    next_rule=st.sampled_from(PRESETS),
)
def test_any_interleaving_leaves_counts_and_verdicts_right(
    context: Context, acts: list[Act], rule: str, next_rule: str
) -> None:
    with context.writing() as session:
        people, clips = stage(session)
        for clip in clips:
            voting.settle(session, session.get_one(Clip, clip), rule)
        said: dict[tuple[int, str], bool] = {}
        for act in acts:
            person, clip = people[act.person], clips[act.clip]
            if act.is_valid is None:
                standing = voting.undo(session, person, clip, rule)
                said.pop((clip, person), None)
            else:
                ballot = voting.Ballot(act.is_valid)
                standing = voting.vote(session, person, clip, ballot, rule)
                said[clip, person] = act.is_valid
            row = session.get_one(Clip, clip)
            assert standing == voting.Standing(Verdict(row.verdict), row.up_votes, row.down_votes)
        check(session, rule, said, clips)
        voting.settle_all(session, next_rule)
        check(session, next_rule, said, clips)
        assert voting.settle_all(session, next_rule) == 0
        session.rollback()


def test_many_threads_at_once_lose_no_vote(tmp_path: Path) -> None:
    """Each is one person, who votes, changes and undoes; half of them by way of another process,
    as far as locks go: what queues in the process does not know of the other half."""
    context, other = (open_context(Settings(tmp_path)) for _ in range(2))
    with context.writing() as session:
        people, clips = stage(session)
        people += [add_person(session) for _ in range(3)]
    begin = threading.Barrier(len(people))
    failures: list[BaseException] = []

    def act(person: str, number: int) -> None:
        try:
            begin.wait()
            for turn in range(6):
                for clip in clips:
                    with (context, other)[number % 2].writing() as session:
                        if (turn + number + clip) % 3 == 0:
                            voting.undo(session, person, clip, "server")
                        else:
                            ballot = voting.Ballot((turn + number) % 2 == 0)
                            voting.vote(session, person, clip, ballot, "server")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=act, args=pair[::-1]) for pair in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    last = 5
    said = {
        (clip, person): (last + number) % 2 == 0
        for number, person in enumerate(people)
        for clip in clips
        if (last + number + clip) % 3 != 0
    }
    assert 0 < len(said) < len(people) * len(clips)
    with context.reading() as session:
        check(session, "server", said, clips)


def test_a_clip_is_decided_once_and_a_change_is_dated(context: Context) -> None:
    with context.writing() as session:
        people, clips = stage(session)
        yes, no = voting.Ballot(True), voting.Ballot(False)
        for person in people[:2]:
            voting.vote(session, person, clips[0], yes, "server")
        clip = session.get_one(Clip, clips[0])
        decided = clip.decided_at
        assert decided
        voting.vote(session, people[2], clips[0], yes, "server")
        assert clip.decided_at == decided
        # 3 to 0; two change their minds: 1 to 2.
        voting.vote(session, people[0], clips[0], no, "server")
        assert (clip.verdict, clip.decided_at) == ("valid", decided)
        voting.vote(session, people[1], clips[0], no, "server")
        assert clip.verdict == "invalid"
        assert clip.decided_at and clip.decided_at > decided
        session.rollback()


def test_a_tie_is_asked_about_further(tmp_path: Path) -> None:
    context = open_context(Settings(tmp_path))
    with context.writing() as session:
        people, (clip, *_) = stage(session)
        for number, person in enumerate(people[:4]):
            standing = voting.vote(session, person, clip, voting.Ballot(number % 2 == 0), "server")
        assert standing == voting.Standing(Verdict.OTHER, 2, 2)
        standing = voting.vote(session, people[4], clip, voting.Ballot(True), "server")
        assert standing == voting.Standing(Verdict.VALID, 3, 2)

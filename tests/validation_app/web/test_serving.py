"""The real server: what it acknowledged outlives kill -9, and it ends well when it is told to."""

import contextlib
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from importers.votes import Votes, decide
from tests.validation_app.clip_rows import add_clip
from tests.validation_app.running import COMMAND, ROOT, Running, running
from validation_app.database.sessions import open_engine
from validation_app.database.tables import Clip, Sentence, Vote
from validation_app.settings import Settings
from validation_app.web.server import open_context

Said = dict[tuple[int, str], bool | None]
"""(clip, person) to what was said last; None: undone."""


class Voter(threading.Thread):
    """Somebody who votes, changes and undoes by the second until the server is gone."""

    def __init__(self, server: Running, clips: list[int], seed: int) -> None:
        super().__init__()
        self._client = server.person()
        self._clips = clips
        self._random = random.Random(seed)
        self.person = self._client.cookies["person"].partition(".")[0]
        self.acknowledged: Said = {}
        self.in_hand: tuple[int, bool | None] | None = None

    def run(self) -> None:
        with contextlib.closing(self._client):
            while True:
                clip = self._random.choice(self._clips)
                is_valid = self._random.choice((True, True, False, None))
                self.in_hand = (clip, is_valid)
                try:
                    answer = self._send(clip, is_valid)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                self.acknowledged[clip, self.person] = is_valid
                self.in_hand = None

    def _send(self, clip: int, is_valid: bool | None) -> httpx.Response:
        if is_valid is None:
            return self._client.delete(f"/api/clips/{clip}/vote")
        return self._client.put(f"/api/clips/{clip}/vote", json={"is_valid": is_valid})


def make_clips(data: Path, number: int) -> list[int]:
    context = open_context(Settings(data))
    with context.writing() as session:
        clips = [add_clip(session, f"Sentence {one % 3}.") for one in range(number)]
    context.engine.dispose()
    return clips


def check_everything_acknowledged_is_there(data: Path, voters: list[Voter]) -> int:
    """And that counts, verdicts and flags are those of the votes; the number of votes."""
    engine = open_engine(data)
    with open_context(Settings(data)).reading() as session:
        votes = list(session.scalars(select(Vote)))
        kept = {(vote.clip_id, vote.person_id): vote.is_valid for vote in votes}
        for voter in voters:
            for (clip, person), is_valid in voter.acknowledged.items():
                in_hand = voter.in_hand is not None and voter.in_hand[0] == clip
                may_be = {is_valid, voter.in_hand[1]} if in_hand and voter.in_hand else {is_valid}
                assert kept.get((clip, person)) in may_be
        valid = set()
        for row in session.scalars(select(Clip)):
            up = sum(vote.is_valid for vote in votes if vote.clip_id == row.id)
            down = sum(not vote.is_valid for vote in votes if vote.clip_id == row.id)
            assert (row.up_votes, row.down_votes) == (up, down)
            assert row.verdict == decide(Votes(up, down), "server")
            valid |= {row.sentence_id} if row.verdict == "valid" else set()
        flags = {one.id for one in session.scalars(select(Sentence)) if one.has_valid_clip}
        assert flags == valid
    engine.dispose()
    return len(votes)


@pytest.mark.slow
def test_no_acknowledged_vote_is_lost_by_kill_9(tmp_path: Path) -> None:
    clips = make_clips(tmp_path, 12)
    voters: list[Voter] = []
    votes = 0
    for turn in range(3):
        with running(tmp_path, ["--votes-limit", "0"]) as server:
            now = [Voter(server, clips, seed=turn * 10 + number) for number in range(4)]
            for voter in now:
                voter.start()
            while min(len(voter.acknowledged) for voter in now) < 5:
                time.sleep(0.02)
            server.process.send_signal(signal.SIGKILL)
            assert server.process.wait() == -signal.SIGKILL
            for voter in now:
                voter.join()
        voters += now
        before, votes = votes, check_everything_acknowledged_is_there(tmp_path, voters)
        assert votes > before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as server:
        with contextlib.closing(server.person()) as ann:
            assert ann.put("/api/profile", json={"age": "teens"}).status_code == 200
            server.process.send_signal(number)
            assert server.process.wait(timeout=30) == 0
        assert not (tmp_path / "validation.sqlite-wal").exists()
    assert server.said[1:] == []


def test_a_body_over_the_limit_is_answered_not_cut(tmp_path: Path) -> None:
    """The answer comes although the sender has more to say, of a length that it does not tell."""

    def pieces() -> object:
        yield from (bytes(100_000) for _ in range(30))

    with running(tmp_path) as server, contextlib.closing(server.person()) as ann:
        for content in (bytes(3_000_000), pieces()):
            refused = ann.put("/api/profile", content=content)  # type: ignore[arg-type]
            assert (refused.status_code, refused.json()["error"]) == (413, "too-large")
        assert ann.get("/api/profile").status_code == 200


def test_one_server_in_a_folder(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        call = [*COMMAND, "--data", str(tmp_path), "--port", "0"]
        done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(
        f"validation-app: {tmp_path}: another validation-app is at work here "
        f"(process {server.process.pid} on "
    )

"""Clips to hear, chosen from a million: an index that holds the order, against sorting.

Claim: of a million, ten clips for a voter take at most a 20th of the time of Common Voice's query
(server/src/lib/model/db.ts, 2021: undecided clips with few recordings of their sentence, sorted,
500 of them shuffled), asked of the same SQLite database; also for somebody who has judged as many
clips as the queue begins with.

    .venv/bin/python benchmarks/clip_selection.py [--clips 1000000] [--rounds 9]
"""

import argparse
import hashlib
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import text

from validation_app.community.selection import clips_to_hear
from validation_app.community.sentences import recount
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context

CLAIM = 20.0
PEOPLE = 2000
DAY = "2026-01-01 00:00:00.000000"
PEER = text(
    """
    SELECT id FROM (
        SELECT clips.id FROM clips JOIN sentences ON sentences.id = clips.sentence_id
        WHERE clips.verdict = 'other' AND clips.locale = 'en' AND clips.person_id != :person
        AND sentences.clips_count <= 15 AND NOT sentences.has_valid_clip
        AND clips.id NOT IN (SELECT clip_id FROM votes WHERE person_id = :person)
        AND clips.id NOT IN (SELECT clip_id FROM reported_clips WHERE person_id = :person)
        ORDER BY sentences.clips_count, clips.created_at LIMIT 500
    ) ORDER BY RANDOM() LIMIT 10
    """
)


def main() -> None:
    """Build the database, ask both in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    known = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        context = open_context(Settings(Path(folder)))
        fill(context, known.clips)
        for person in ("newcomer", "diligent"):
            measure(context, person, known.rounds)
        context.engine.dispose()


def measure(context: Context, person: str, rounds: int) -> None:
    """Both for one voter, round by round."""
    ours, peer = [], []
    for _ in range(rounds + 1):
        with context.reading() as session:
            ours.append(seconds(lambda: clips_to_hear(session, "en", person, 10)))
            peer.append(seconds(lambda: session.execute(PEER, {"person": person}).all()))
    ratio = statistics.median(b / a for a, b in zip(ours[1:], peer[1:], strict=True))
    print(
        f"{person}: {statistics.median(ours[1:]) * 1e3:.1f} ms, Common Voice's query "
        f"{statistics.median(peer[1:]) * 1e3:.1f} ms: {ratio:.1f}x "
        f"({'holds' if ratio >= CLAIM else 'DOES NOT HOLD'}: {CLAIM:g}x claimed)"
    )


def seconds(ask: Callable[[], Sequence[object]]) -> float:
    """How long it takes to be given ten clips."""
    begin = time.perf_counter()
    given = ask()
    took = time.perf_counter() - begin
    assert len(given) == 10
    return took


def fill(context: Context, clips: int) -> None:
    """Four fifths undecided, two fifths of a sentence each; somebody judged the first tenth."""
    lot = random.Random(1)
    people = [str(uuid.UUID(int=lot.getrandbits(128))) for _ in range(PEOPLE)]
    sentences = [hashlib.sha256(str(one).encode()).hexdigest() for one in range(clips * 2 // 5)]

    def rows() -> Iterator[tuple[object, ...]]:
        for number in range(clips):
            verdict = "valid" if number % 5 == 0 else "other"
            yield lot.choice(people), lot.choice(sentences), f"{number}.mp3", verdict, DAY

    with context.engine.begin() as connection:
        run = connection.exec_driver_sql
        run(
            "INSERT INTO people (id, created_at, age, gender, accents) VALUES (?, ?, '', '', '')",
            [(person, DAY) for person in (*people, "diligent")],
        )
        run(
            "INSERT INTO sentences (id, locale, text, source, domain, is_used, clips_count, "
            "has_valid_clip, created_at) VALUES (?, 'en', 'x', '', '', 1, 0, 0, ?)",
            [(sentence, DAY) for sentence in sentences],
        )
        run(
            "INSERT INTO clips (person_id, sentence_id, path, verdict, created_at, text, locale, "
            "digest, origin, duration_ms, loudness_db, given_up_votes, given_down_votes, up_votes, "
            "down_votes, sentence_has_valid_clip) "
            "VALUES (?, ?, ?, ?, ?, 'x', 'en', '', 'corpus', 1000, -20, 0, 0, 0, 0, 0)",
            list(rows()),
        )
    with context.writing() as session:
        recount(session, sentences)
        session.execute(
            text(
                "INSERT INTO votes SELECT id, 'diligent', 1, '', :day, :day FROM clips "
                "WHERE verdict = 'other' ORDER BY sentence_has_valid_clip, id LIMIT :number"
            ),
            {"day": DAY, "number": clips // 10},
        )


if __name__ == "__main__":
    main()

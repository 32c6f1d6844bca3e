"""A community made up on the spot: real clips in the folder of an app, and who read them."""

import csv
import hashlib
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from importers.votes import Votes, decide
from validation_app.community.sentences import recount, sentence_id
from validation_app.database.sessions import writing
from validation_app.database.tables import Clip, Person, ReportedSentence, Sentence, Vote
from validation_app.settings import Settings
from validation_app.web.server import open_context

REAL = Path("cv-corpus-21.0-delta-2025-03-14/en")
BEGINNING = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RealClip:
    """A clip of a true release."""

    path: Path
    text: str
    duration_ms: int


def real_clips(test_data: Path) -> list[RealClip]:
    """All of them, by name."""
    return sorted(_read(test_data / REAL), key=lambda clip: clip.path)


def _read(folder: Path) -> Iterator[RealClip]:
    def rows(name: str) -> Iterator[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)

    lengths = {row["clip"]: int(row["duration[ms]"]) for row in rows("clip_durations.tsv")}
    for row in rows("validated.tsv"):
        name = row["path"]
        yield RealClip(folder / "clips" / name, row["sentence"], lengths[name])


class Community:
    """The data folder of an app, filled by what a test says."""

    def __init__(self, data: Path, locale: str = "en") -> None:
        self.data = data
        self.locale = locale
        self.engine: Engine = open_context(Settings(data, locale)).engine
        self._clips = self._reports = 0

    def person(self, name: str, **about: str | None) -> str:
        """A person; the same name gives the same id everywhere."""
        number = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
        with writing(self.engine).begin() as session:
            session.add(Person(id=number, created_at=BEGINNING, **about))
        return number

    def sentence(self, text: str, **about: object) -> str:
        """A sentence, once."""
        number = sentence_id(self.locale, text)
        with writing(self.engine).begin() as session:
            if session.get(Sentence, number) is None:
                values = {"created_at": BEGINNING, "source": "a test", **about}
                session.add(Sentence(id=number, locale=self.locale, text=text, **values))
        return number

    def clip(
        self,
        person: str,
        real: RealClip,
        text: str | None = None,
        *,
        votes: str = "",
        **about: object,
    ) -> int:
        """A recording, and votes on it of people of their own: ``++-`` is two yes and a no."""
        text = real.text if text is None else text
        sentence = self.sentence(text)
        self._clips += 1
        file = f"000/{self._clips}.mp3"
        (self.data / "clips" / "000").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real.path, self.data / "clips" / file)
        voters = [self.person(f"voter {self._clips}.{place}") for place in range(len(votes))]
        up, down = votes.count("+"), votes.count("-")
        verdict = str(decide(Votes(up, down), "server"))
        moment = BEGINNING + timedelta(minutes=self._clips)
        values: dict[str, object] = {
            "person_id": person, "sentence_id": sentence, "text": text, "locale": self.locale,
            "path": file, "digest": hashlib.sha256(real.path.read_bytes()).hexdigest(),
            "duration_ms": real.duration_ms, "loudness_db": -23.0, "up_votes": up,
            "down_votes": down, "verdict": verdict, "created_at": moment,
            "decided_at": None if verdict == "other" else moment, **about,
        }  # fmt: skip
        with writing(self.engine).begin() as session:
            clip = Clip(**values)
            session.add(clip)
            session.flush()
            recount(session, [sentence])
            for voter, mark in zip(voters, votes, strict=True):
                session.add(
                    Vote(
                        clip_id=clip.id, person_id=voter, is_valid=mark == "+",
                        created_at=moment, changed_at=moment,
                    )
                )  # fmt: skip
            return clip.id

    def report(self, person: str, text: str, reason: str, detail: str = "") -> None:
        """Of a sentence."""
        sentence = self.sentence(text)
        self._reports += 1
        moment = BEGINNING + timedelta(minutes=self._reports)
        with writing(self.engine).begin() as session:
            session.add(
                ReportedSentence(
                    sentence_id=sentence, person_id=person, reason=reason, detail=detail,
                    created_at=moment,
                )
            )  # fmt: skip

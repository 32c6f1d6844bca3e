"""How far a community has come, in numbers. They are added up by the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from importers.votes import Verdict, Votes
from validation_app.database.tables import RECORDED, Clip, Person, Sentence, Vote
from validation_app.overview.agreement import krippendorffs_alpha, share_of_pairs, sum_votes

DAYS: Final = 30
"""So many days are told one by one, the present one last."""
ACTIVE_HOURS: Final = 10
"""As Common Voice counts active voices."""

_MS_PER_HOUR = 3_600_000
_When = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True, slots=True)
class Day:
    """What one day has brought, in UTC."""

    date: date
    recorded_hours: float
    """Recorded here."""
    valid_hours: float
    """Found valid by votes cast here."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Between those who voted here; None where there is nothing to tell it by."""

    pairs: int
    """Of votes on the same clip."""
    share: float | None
    alpha: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, at one moment."""

    moment: datetime
    locale: str
    goal_hours: float
    """Of valid speech; 0: none is set."""
    clips: Mapping[Verdict, int]
    hours: Mapping[Verdict, float]
    recorded_hours: float
    """Recorded here; the rest came with imported corpora."""
    sentences: int
    """That people are given to read."""
    sentences_to_record: int
    """Those nobody has read yet."""
    votes: int
    """Cast here."""
    people: int
    """Who have recorded, voted, skipped, reported or told of themselves here."""
    active_people: int
    """Who have recorded or voted in the last ACTIVE_HOURS."""
    active_by_hour: tuple[int, ...]
    """People in each of them, the present hour last."""
    agreement: Agreement
    days: tuple[Day, ...]

    @property
    def clips_to_hear(self) -> int:
        """Not decided yet."""
        return self.clips[Verdict.OTHER]

    @property
    def all_hours(self) -> float:
        """Of all clips."""
        return sum(self.hours.values())

    @property
    def valid_hours(self) -> float:
        """Of the valid ones."""
        return self.hours[Verdict.VALID]


@dataclass(frozen=True, slots=True)
class _Alike:
    """Clips with the same verdict, origin and votes: of a million there are some dozen kinds."""

    verdict: str
    origin: str
    up_votes: int
    down_votes: int
    given_up_votes: int
    given_down_votes: int
    clips: int
    milliseconds: int

    @property
    def votes(self) -> Votes:
        """Cast here, on each of them."""
        up, down = self.given_up_votes, self.given_down_votes
        return Votes(self.up_votes - up, self.down_votes - down)


def read_overview(session: Session, locale: str, goal_hours: float, moment: datetime) -> Overview:
    """The overview of a locale as the session's transaction sees it."""
    alike = [_Alike(*row) for row in session.execute(_clips_alike(locale))]
    clips = dict.fromkeys(Verdict, 0)
    milliseconds = dict.fromkeys(Verdict, 0)
    for some in alike:
        clips[Verdict(some.verdict)] += some.clips
        milliseconds[Verdict(some.verdict)] += some.milliseconds
    recorded = sum(some.milliseconds for some in alike if some.origin == RECORDED)
    sums = sum_votes((some.votes, some.clips) for some in alike)
    active = _active_by_hour(session, locale, moment)
    return Overview(
        moment=moment,
        locale=locale,
        goal_hours=goal_hours,
        clips=clips,
        hours={verdict: value / _MS_PER_HOUR for verdict, value in milliseconds.items()},
        recorded_hours=recorded / _MS_PER_HOUR,
        sentences=_count(session, _sentences(locale)),
        sentences_to_record=_count(session, _sentences(locale).where(Sentence.clips_count == 0)),
        votes=sum((some.votes.up + some.votes.down) * some.clips for some in alike),
        people=_count(session, select(func.count()).where(Person.client_id.is_(None))),
        active_people=len(set().union(*active)),
        active_by_hour=tuple(map(len, active)),
        agreement=Agreement(sums.pairs, share_of_pairs(sums), krippendorffs_alpha(sums)),
        days=_days(session, locale, moment.astimezone(UTC).date()),
    )


def _clips_alike(locale: str) -> Select[*tuple[Any, ...]]:
    """In the order of an index that holds all of it, so that nothing is sorted or looked up."""
    kind = (
        Clip.verdict, Clip.origin, Clip.up_votes, Clip.down_votes, Clip.given_up_votes,
        Clip.given_down_votes,
    )  # fmt: skip
    counted = select(*kind, func.count(), func.sum(Clip.duration_ms))
    return counted.where(Clip.locale == locale).group_by(*kind)


def _sentences(locale: str) -> Select[int]:
    return select(func.count()).where(Sentence.locale == locale, Sentence.is_used)


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(query) or 0


def _active_by_hour(session: Session, locale: str, moment: datetime) -> list[set[str]]:
    """Who recorded or voted in each of the last hours, counted back from the moment."""
    ends = [moment - timedelta(hours=hours) for hours in reversed(range(ACTIVE_HOURS))]
    return [set(session.scalars(_active(locale, end - timedelta(hours=1), end))) for end in ends]


def _active(locale: str, after: datetime, until: datetime) -> CompoundSelect[str]:
    recorded = select(Clip.person_id).where(
        Clip.created_at > after, Clip.created_at <= until,
        Clip.locale == locale, Clip.origin == RECORDED,
    )  # fmt: skip
    voted = select(Vote.person_id).where(Vote.changed_at > after, Vote.changed_at <= until)
    return union(recorded, voted)


def _days(session: Session, locale: str, today: date) -> tuple[Day, ...]:
    dates = [today - timedelta(days=days) for days in reversed(range(DAYS))]
    since = datetime(dates[0].year, dates[0].month, dates[0].day, tzinfo=UTC)
    here = Clip.locale == locale
    recorded = _by_day(session, Clip.created_at, since, here, Clip.origin == RECORDED)
    # A corpus's valid clips were found so elsewhere, unless somebody here has agreed.
    heard_here = Clip.up_votes > Clip.given_up_votes
    valid = _by_day(
        session, Clip.decided_at, since, here, Clip.verdict == Verdict.VALID, heard_here
    )
    return tuple(Day(day, recorded.get(day, 0.0), valid.get(day, 0.0)) for day in dates)


def _by_day(
    session: Session, when: _When, since: datetime, *conditions: ColumnElement[bool]
) -> dict[date, float]:
    """Hours of clips by day, where there are any."""
    day = func.date(when)
    query = select(day, func.sum(Clip.duration_ms)).where(when >= since, *conditions).group_by(day)
    return {
        date.fromisoformat(str(day)): milliseconds / _MS_PER_HOUR
        for day, milliseconds in session.execute(query)
    }

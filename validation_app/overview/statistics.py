"""How far a community has come, in numbers. They are added up by the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    case,
    cast,
    func,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from importers.votes import Verdict
from validation_app.database.tables import Clip, Person, Sentence, Vote
from validation_app.overview.agreement import VoteSums, krippendorffs_alpha, share_of_pairs

DAYS: Final = 30
"""So many days are told one by one, the present one last."""
ACTIVE_HOURS: Final = 10
"""As Common Voice counts active voices."""

RECORDED: Final = "recorded"
"""The origin of what was recorded here."""
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
    """Who have recorded or voted here."""
    active_people: int
    """Of those, in the last ACTIVE_HOURS."""
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


def read_overview(session: Session, locale: str, goal_hours: float, moment: datetime) -> Overview:
    """The overview of a locale as the session's transaction sees it."""
    groups = [row._asdict() for row in session.execute(_clip_sums(locale))]
    clips = dict.fromkeys(Verdict, 0)
    milliseconds = dict.fromkeys(Verdict, 0)
    for group in groups:
        clips[Verdict(group["verdict"])] += group["clips"]
        milliseconds[Verdict(group["verdict"])] += group["milliseconds"]
    recorded = sum(group["milliseconds"] for group in groups if group["is_recorded"])
    sums = _vote_sums(groups)
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
        votes=sum(group["votes"] for group in groups),
        people=_count(session, select(func.count()).where(Person.client_id.is_(None))),
        active_people=len(set().union(*active)),
        active_by_hour=tuple(map(len, active)),
        agreement=Agreement(sums.pairs, share_of_pairs(sums), krippendorffs_alpha(sums)),
        days=_days(session, locale, moment.astimezone(UTC).date()),
    )


def _clip_sums(locale: str) -> Select[*tuple[Any, ...]]:
    """One pass over all clips. Votes that came with a corpus are not those of people here."""
    up = Clip.up_votes - Clip.given_up_votes
    down = Clip.down_votes - Clip.given_down_votes
    votes = up + down
    recorded = Clip.origin == RECORDED

    def of_several(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(case((votes > 1, value))), 0)

    return (
        select(
            Clip.verdict,
            recorded.label("is_recorded"),
            func.count().label("clips"),
            func.sum(Clip.duration_ms).label("milliseconds"),
            func.sum(votes).label("votes"),
            of_several(up).label("up"),
            of_several(down).label("down"),
            of_several(votes * (votes - 1)).label("pairs"),
            of_several(up * (up - 1) + down * (down - 1)).label("agreeing"),
            of_several(cast(up * down, Float) / (votes - 1)).label("mixed"),
        )
        .where(Clip.locale == locale)
        .group_by(Clip.verdict, recorded)
    )


def _vote_sums(groups: list[dict[str, Any]]) -> VoteSums:
    up, down, pairs, agreeing = (
        sum(group[name] for group in groups) for name in ("up", "down", "pairs", "agreeing")
    )
    mixed = sum(group["mixed"] for group in groups)
    return VoteSums(up, down, pairs // 2, agreeing // 2, mixed)


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

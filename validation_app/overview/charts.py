"""What the overview shows: figures, and charts that come with their numbers as a table."""

from dataclasses import dataclass
from typing import Final

from importers.votes import Verdict
from validation_app.overview import drawing
from validation_app.overview.drawing import Kind
from validation_app.overview.statistics import ACTIVE_HOURS, DAYS, Overview

_RECORDED: Final = Kind("recorded", "chart-recorded", 0.35)
_VALID: Final = Kind("agreed on", "chart-valid", 1.0)
_OTHER: Final = Kind("to be heard", "chart-recorded", 0.35)
_INVALID: Final = Kind("rejected", "chart-invalid", 0.65)
_PEOPLE: Final = Kind("people", "chart-valid", 1.0)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the numbers behind it."""

    key: str
    """Fit for an id."""
    title: str
    text: str
    """What is to be seen, in a sentence."""
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def figures(overview: Overview) -> list[tuple[str, str]]:
    """(what, how much): the first four are the app's at a glance."""
    agreement = overview.agreement
    return [
        ("hours recorded", hours(overview.all_hours)),
        ("hours agreed on", hours(overview.valid_hours)),
        ("people", f"{overview.people:,}"),
        ("clips to hear", f"{overview.clips_to_hear:,}"),
        ("sentences to record", f"{overview.sentences_to_record:,}"),
        (f"people in the last {ACTIVE_HOURS} hours", f"{overview.active_people:,}"),
        ("votes", f"{overview.votes:,}"),
        ("of two votes agree", "–" if agreement.share is None else f"{agreement.share:.0%}"),
        ("Krippendorff’s alpha", "–" if agreement.alpha is None else f"{agreement.alpha:.2f}"),
    ]


def charts(overview: Overview) -> list[Chart]:
    """All of them, in the order of the page."""
    shown = [_verdicts(overview), _days(overview), _active(overview)]
    return [_goal(overview), *shown] if overview.goal_hours else shown


def hours(value: float) -> str:
    """``1,204``, ``12.4``, ``0.25``: no digit behind the point, one, or two."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _exact(value: float) -> str:
    """As an axis needs it, which has 0.005 hours too in a community's first days."""
    return f"{value:,g}"


def _whole(value: float) -> str:
    """Nothing where an axis would tell of half a person."""
    return f"{value:,.0f}" if value == round(value) else ""


def _goal(overview: Overview) -> Chart:
    goal, valid = overview.goal_hours, overview.valid_hours
    share = valid / goal
    text = f"{hours(valid)} of {hours(goal)} hours are agreed on, {share:.0%} of the goal."
    body = [
        drawing.label(0, 18, f"{hours(valid)} hours agreed on", "start"),
        drawing.label(drawing.WIDTH, 18, f"goal: {hours(goal)}", "end"),
        *drawing.track([(_VALID, min(share, 1.0))]),
    ]
    title = "The way to the goal"
    svg = drawing.picture("goal", title, text, drawing.TRACK_HEIGHT, body)
    rows = (("agreed on", hours(valid)), ("goal", hours(goal)))
    return Chart("goal", title, text, svg, ("", "hours"), rows)


def _verdicts(overview: Overview) -> Chart:
    kinds = {Verdict.VALID: _VALID, Verdict.OTHER: _OTHER, Verdict.INVALID: _INVALID}
    total = sum(overview.clips.values())
    rows = tuple(
        (kind.name, f"{overview.clips[verdict]:,}", hours(overview.hours[verdict]))
        for verdict, kind in kinds.items()
    )
    text = f"Of {total:,} clips: {', '.join(f'{count} {name}' for name, count, _ in rows)}."
    shares = [(kind, overview.clips[verdict] / max(total, 1)) for verdict, kind in kinds.items()]
    body = [*drawing.legend(kinds.values()), *drawing.track(shares)]
    title = "What has become of the clips"
    svg = drawing.picture("verdicts", title, text, drawing.TRACK_HEIGHT, body)
    return Chart("verdicts", title, text, svg, ("", "clips", "hours"), rows)


def _days(overview: Overview) -> Chart:
    days = overview.days
    recorded = [day.recorded_hours for day in days]
    valid = [day.valid_hours for day in days]
    text = (
        f"In {DAYS} days {hours(sum(recorded))} hours were recorded and {hours(sum(valid))} hours "
        f"agreed on, of these {hours(recorded[-1])} and {hours(valid[-1])} on the last day."
    )
    names = [f"{day.date.day} {day.date:%b}" for day in days]
    pairs = ((_RECORDED, recorded), (_VALID, valid))
    body = [*drawing.legend((_RECORDED, _VALID)), *drawing.bars(pairs, names, 7, _exact)]
    title = "Hours, day by day"
    svg = drawing.picture("days", title, text, drawing.BARS_HEIGHT, body)
    rows = tuple(
        (day.date.isoformat(), hours(day.recorded_hours), hours(day.valid_hours))
        for day in reversed(days)
    )
    return Chart("days", title, text, svg, ("day (UTC)", "hours recorded", "agreed on"), rows)


def _active(overview: Overview) -> Chart:
    counts = overview.active_by_hour
    text = (
        f"In the last {ACTIVE_HOURS} hours {overview.active_people:,} people recorded or voted, "
        f"{counts[-1]:,} of them in the last hour."
    )
    names = [f"−{hour} h" if hour else "now" for hour in reversed(range(ACTIVE_HOURS))]
    values = [float(count) for count in counts]
    body = drawing.bars(((_PEOPLE, values),), names, 3, _whole)
    title = "People, hour by hour"
    svg = drawing.picture("active", title, text, drawing.BARS_HEIGHT, body)
    rows = tuple((name, f"{count:,}") for name, count in zip(names, counts, strict=True))
    return Chart("active", title, text, svg, ("hour", "people"), tuple(reversed(rows)))

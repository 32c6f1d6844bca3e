"""The charts: what they say, how far their bars reach, and what the security policy forbids."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.votes import Verdict
from validation_app.overview.charts import charts, figures, hours
from validation_app.overview.drawing import ceiling
from validation_app.overview.statistics import Agreement, Day, Overview

SVG = "{http://www.w3.org/2000/svg}"
TODAY = date(2026, 11, 22)


@pytest.fixture
def overview() -> Overview:
    """Of a community half way to its goal."""
    days = [Day(TODAY - timedelta(days=29 - place), 0.0, 0.0) for place in range(28)]
    days += [Day(date(2026, 11, 21), 4.0, 1.0), Day(TODAY, 2.0, 0.0)]
    return Overview(
        moment=datetime(2026, 11, 22, tzinfo=UTC),
        locale="en",
        goal_hours=50.0,
        clips={Verdict.VALID: 6000, Verdict.INVALID: 1000, Verdict.OTHER: 3000},
        hours={Verdict.VALID: 25.0, Verdict.INVALID: 2.5, Verdict.OTHER: 5.0},
        recorded_hours=32.5,
        sentences=2000,
        sentences_to_record=1204,
        votes=14000,
        people=41,
        active_people=6,
        active_by_hour=(0, 0, 0, 0, 0, 1, 2, 0, 4, 3),
        agreement=Agreement(7000, 0.934, 0.712),
        days=tuple(days),
    )


def test_figures(overview: Overview) -> None:
    assert figures(overview) == [
        ("hours recorded", "32.5"),
        ("hours agreed on", "25.0"),
        ("people", "41"),
        ("clips to hear", "3,000"),
        ("sentences to record", "1,204"),
        ("people in the last 10 hours", "6"),
        ("votes", "14,000"),
        ("of two votes agree", "93%"),
        ("Krippendorff’s alpha", "0.71"),
    ]
    unknown = replace(overview, agreement=Agreement(0, None, None))
    assert [value for _, value in figures(unknown)[-2:]] == ["–", "–"]


def test_what_the_charts_say(overview: Overview) -> None:
    assert {chart.title: chart.text for chart in charts(overview)} == {
        "The way to the goal": "25.0 of 50.0 hours are agreed on, 50% of the goal.",
        "What has become of the clips": "Of 10,000 clips: 6,000 agreed on, 3,000 to be heard, "
        "1,000 rejected.",
        "Hours, day by day": "In 30 days 6.0 hours were recorded and 1.0 hours agreed on, of these "
        "2.0 and 0.00 on the last day.",
        "People, hour by hour": "In the last 10 hours 6 people recorded or voted, 3 of them in the "
        "last hour.",
    }
    without = charts(replace(overview, goal_hours=0.0))
    assert [chart.key for chart in without] == ["verdicts", "days", "active"]


def test_the_numbers_are_there_as_tables(overview: Overview) -> None:
    goal, verdicts, days, active = charts(overview)
    assert goal.rows == (("agreed on", "25.0"), ("goal", "50.0"))
    assert verdicts.rows == (
        ("agreed on", "6,000", "25.0"),
        ("to be heard", "3,000", "5.0"),
        ("rejected", "1,000", "2.5"),
    )
    assert days.rows[:2] == (("2026-11-22", "2.0", "0.00"), ("2026-11-21", "4.0", "1.0"))
    assert len(days.rows) == 30
    assert active.rows[0] == ("now", "3")
    assert active.rows[-1] == ("−9 h", "0")
    for chart in charts(overview):
        assert {len(row) for row in chart.rows} == {len(chart.columns)}


def boxes(svg: str, style: str) -> list[tuple[float, float, float, float]]:
    """x, y, width and height of the boxes of a class."""
    return [
        (
            float(one.get("x", "")),
            float(one.get("y", "")),
            float(one.get("width", "")),
            float(one.get("height", "")),
        )
        for one in ElementTree.fromstring(svg).iter(f"{SVG}rect")
        if one.get("class") == style
    ]


def test_bars_are_as_long_as_their_numbers(overview: Overview) -> None:
    goal, verdicts, days, active = (chart.svg for chart in charts(overview))
    assert boxes(goal, "chart-valid") == [(0.0, 32.0, 200.0, 26.0)]
    *_, valid = boxes(verdicts, "chart-valid")
    *_, other = boxes(verdicts, "chart-recorded")
    *_, invalid = boxes(verdicts, "chart-invalid")
    assert [(left, width) for left, _, width, _ in (valid, other, invalid)] == [
        (0.0, 240.0),
        (240.0, 120.0),
        (360.0, 40.0),
    ]
    _, yesterday, today = boxes(days, "chart-recorded")  # the first is the legend's
    assert yesterday[3] == pytest.approx(156 * 4 / 5, abs=0.1)  # the axis ends at 5 hours
    assert today[3] == pytest.approx(156 * 2 / 5, abs=0.1)
    assert yesterday[1] + yesterday[3] == pytest.approx(186, abs=0.1)
    assert [height for *_, height in boxes(active, "chart-valid")] == pytest.approx(
        [156 * count / 5 for count in (1, 2, 4, 3)], abs=0.1
    )


def test_the_security_policy_lets_them_be(overview: Overview) -> None:
    """Well-formed, no style, no script, no address, and names that stand once on the page."""
    keys = []
    for chart in charts(overview):
        root = ElementTree.fromstring(chart.svg)
        assert root.get("role") == "img"
        title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and title.text == chart.title
        assert described is not None and described.text == chart.text
        assert root.get("aria-labelledby") == title.get("id")
        assert root.get("aria-describedby") == described.get("id")
        keys += [title.get("id"), described.get("id")]
        assert not re.search(r"style|script|href|url\(|\bon\w+=", chart.svg)
        for element in root.iter():
            left, width = float(element.get("x", 0)), float(element.get("width", 0))
            assert left >= 0 and left + width <= 400.05
    assert len(set(keys)) == len(keys) == 8


def test_nothing_yet_is_drawn_too(overview: Overview) -> None:
    nothing = replace(
        overview,
        clips=dict.fromkeys(Verdict, 0),
        hours=dict.fromkeys(Verdict, 0.0),
        active_by_hour=(0,) * 10,
        days=tuple(replace(day, recorded_hours=0.0, valid_hours=0.0) for day in overview.days),
    )
    for chart in charts(nothing):
        assert "nan" not in chart.svg
        ElementTree.fromstring(chart.svg)
    assert boxes(charts(nothing)[0].svg, "chart-valid") == []


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (0.0006, ["0", "0.0005", "0.001"]),
        (0.006, ["0", "0.005", "0.01"]),
        (0.3, ["0", "0.25", "0.5"]),
        (4.0, ["0", "2.5", "5"]),
        (11_000.0, ["0", "10,000", "20,000"]),
    ],
)
def test_the_axis_of_hours_is_exact_and_has_room(
    overview: Overview, most: float, said: list[str]
) -> None:
    days = tuple(replace(day, recorded_hours=most, valid_hours=0.0) for day in overview.days)
    chart = charts(replace(overview, days=days))[2]
    texts = [
        (float(one.get("x", "")), one.text or "")
        for one in ElementTree.fromstring(chart.svg).iter(f"{SVG}text")
        if one.get("text-anchor") == "end"
    ]
    assert [text for _, text in texts[:3]] == said
    widest_digit = 0.62 * 15  # of a wide font such as DejaVu Sans, in ems
    for right, text in texts[:3]:
        signs = sum(sign in ".," for sign in text)
        assert right >= widest_digit * (len(text) - signs) + 5 * signs - 2


def test_beyond_the_goal_the_bar_is_full(overview: Overview) -> None:
    goal = charts(replace(overview, goal_hours=10.0))[0]
    assert goal.text.endswith("250% of the goal.")
    assert boxes(goal.svg, "chart-valid") == [(0.0, 32.0, 400.0, 26.0)]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0.00"), (0.254, "0.25"), (1, "1.0"), (12.44, "12.4"), (1204.2, "1,204")],
)
def test_hours_in_few_digits(value: float, said: str) -> None:
    assert hours(value) == said


@given(st.floats(1e-6, 1e9))
def test_an_axis_ends_at_a_round_number_not_far_above(value: float) -> None:
    top = ceiling(value)
    assert value <= top * (1 + 1e-9) and top <= 2.5 * value * (1 + 1e-9)
    assert re.fullmatch(r"[125]e[+-]\d+", f"{top:.0e}")
    assert top == pytest.approx(float(f"{top:.0e}"))

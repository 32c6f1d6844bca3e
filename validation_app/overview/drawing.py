"""Bars as SVG: no style attributes, which the app's security policy forbids.

Colours are classes of pages/static/css/charts.css; without it all is drawn in the text's colour, by
attributes. Lengths are those of a picture 400 wide: on a phone about its pixels.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 400
_BARS_TOP, _BARS_BOTTOM, _BARS_LEFT = 30, 186, 56
"""Left of the bars is room for 20,000 and 0.0005."""
BARS_HEIGHT: Final = 212
TRACK_HEIGHT: Final = 66
_TRACK_TOP, _TRACK_THICK = 32, 26
_TEXT = 15


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is shown, and how."""

    name: str
    style: str
    """Class of the stylesheet."""
    opacity: float
    """Without the stylesheet."""


def picture(key: str, title: str, text: str, height: int, body: Iterable[str]) -> str:
    """An SVG that is called ``title`` and described by ``text``; ``key`` is fit for an id."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="chart-{key}-title" aria-describedby="chart-{key}-text" '
        'xmlns="http://www.w3.org/2000/svg">'
        f'<title id="chart-{key}-title">{escape(title)}</title>'
        f'<desc id="chart-{key}-text">{escape(text)}</desc>{"".join(body)}</svg>'
    )


def bars(
    series: Sequence[tuple[Kind, Sequence[float]]],
    names: Sequence[str],
    name_every: int,
    said: Callable[[float], str],
) -> Iterator[str]:
    """Groups of bars with an axis; every some groups, back from the last, one is named below."""
    top = ceiling(max((max(values) for _, values in series), default=0.0))
    yield from _axis(top, said)
    slot = (WIDTH - _BARS_LEFT) / len(names)
    thick = slot * 0.8 / len(series)
    for place, (kind, values) in enumerate(series):
        for group, value in enumerate(values):
            high = max((_BARS_BOTTOM - _BARS_TOP) * value / top, 2.0) if value > 0 else 0.0
            if high:
                left = _BARS_LEFT + slot * (group + 0.1) + thick * place
                yield _box(kind, left, _BARS_BOTTOM - high, thick, high, min(2.0, thick / 2))
    for group in range(len(names) - 1, -1, -name_every):
        middle = _BARS_LEFT + slot * (group + 0.5)
        anchor = "end" if group == len(names) - 1 else "middle"
        at = WIDTH if anchor == "end" else middle
        yield label(at, _BARS_BOTTOM + 18, names[group], anchor)


def ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, 20 … (and of 0.5, 0.2 …) that is not below the value; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10, 20) if step * power >= value * (1 - 1e-9))


def _axis(top: float, said: Callable[[float], str]) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = _BARS_BOTTOM - (_BARS_BOTTOM - _BARS_TOP) * share
        yield (
            f'<line class="chart-line" x1="{_BARS_LEFT}" y1="{y:g}" x2="{WIDTH}" y2="{y:g}" '
            'stroke="currentColor" stroke-opacity="0.2"/>'
        )
        yield label(_BARS_LEFT - 6, y + 4, said(top * share) if share else "0", "end")


def track(parts: Sequence[tuple[Kind, float]]) -> Iterator[str]:
    """A bar from side to side; parts of it, each a share of the whole, one after another."""
    yield _box(Kind("", "chart-track", 0.12), 0, _TRACK_TOP, WIDTH, _TRACK_THICK, 4)
    left = 0.0
    for kind, share in parts:
        if share > 0:
            yield _box(kind, left, _TRACK_TOP, max(WIDTH * share, 2.0), _TRACK_THICK, 4)
        left += WIDTH * share


def legend(kinds: Iterable[Kind]) -> Iterator[str]:
    """What the colours mean, in a line at the top."""
    left = 0.0
    for kind in kinds:
        yield _box(kind, left, 4, 12, 12, 3)
        yield label(left + 18, 15, kind.name, "start")
        left += 18 + 8.2 * len(kind.name) + 16


def label(x: float, y: float, text: str, anchor: str) -> str:
    """A word or two."""
    return (
        f'<text class="chart-label" x="{x:.1f}" y="{y:.1f}" font-size="{_TEXT}" '
        f'text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'
    )


def _box(kind: Kind, x: float, y: float, width: float, height: float, rounded: float) -> str:
    return (
        f'<rect class="{kind.style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{rounded:g}" fill="currentColor" '
        f'fill-opacity="{kind.opacity:g}"/>'
    )

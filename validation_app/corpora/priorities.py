"""A priority list: clips that voters are asked about first, the highest score before all."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Engine, update

from importers.errors import FormatError
from importers.tables import BadRow, read_csv
from validation_app.corpora.plan import Plan
from validation_app.database.sessions import writing
from validation_app.database.tables import Clip

_AT_ONCE = 500
_MAX_DIGITS = 18  # of what SQLite holds


def read_priorities(path: Path) -> dict[str, float]:
    """The scores by key, of a CSV with the columns ``key`` and ``score``; of a key twice the last.

    Raises FormatError ``path:line:``, OSError.
    """
    scores = {}
    for row in read_csv(path, ("key", "score")):
        if isinstance(row, BadRow):
            raise FormatError(f"{path}:{row.line}: {row.detail}")
        key, score = row.values
        scores[key.strip()] = _score(score, path, row.line)
    return scores


def _score(text: str, path: Path, line: int) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise FormatError(f"{path}:{line}: the score {text!r} is no number")
    return score


def apply_priorities(engine: Engine, scores: Mapping[str, float], plan: Plan) -> list[str]:
    """Give clips their scores; the keys that no clip of the app has, in their order.

    A key is the name of a clip of the planned corpus, with its folder and suffix or without, or
    the number of any clip in the app.
    """
    unknown = []
    for some in _some(scores):
        with writing(engine).begin() as session:
            for key in some:
                is_clip = _condition(key, plan)
                change = update(Clip).where(is_clip).values(priority=scores[key])
                if not cast(CursorResult[Any], session.execute(change)).rowcount:
                    unknown.append(key)
    return unknown


def _some(scores: Mapping[str, float]) -> Iterator[list[str]]:
    keys = list(scores)
    for first in range(0, len(keys), _AT_ONCE):
        yield keys[first : first + _AT_ONCE]


def _condition(key: str, plan: Plan) -> ColumnElement[bool]:
    paths = plan.paths_of(key)
    if not paths and key.isdecimal() and len(key) <= _MAX_DIGITS:
        return Clip.id == int(key)
    return Clip.path.in_(paths)

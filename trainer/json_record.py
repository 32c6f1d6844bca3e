"""Frozen dataclasses out of JSON, by the types of their fields; recognition has no pydantic."""

import dataclasses
import sys
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard, get_args, get_origin

from importers.errors import MynaError


class RecordError(MynaError):
    """Content that is not that of a record: what, and which key."""


def record(kind: type[Any], values: object, where: str) -> Any:
    """A dataclass of numbers, booleans, strings and tuples of numbers; all its fields are needed.

    ``where`` begins the message of a RecordError.
    """
    if not isinstance(values, Mapping):
        raise RecordError(f"{where}: must be an object, not {values!r}")
    kinds = {one.name: one.type for one in dataclasses.fields(kind)}
    if values.keys() != kinds.keys():
        wrong = ", ".join(sorted(map(str, values.keys() ^ kinds.keys())))
        raise RecordError(f"{where}: missing or unknown: {wrong}")
    for name, value in values.items():
        if not _fits(value, kinds[name]):
            raise RecordError(f"{where}: {name} cannot be {value!r}")
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except ValueError as error:
        raise RecordError(f"{where}: {error}") from None


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) in (int, float)


def _fits(value: object, kind: object) -> bool:
    if kind is bool or kind is str:
        return isinstance(value, kind)
    if kind is int:
        return type(value) is int and value >= 0
    if kind is float:
        return _is_number(value) and abs(value) <= sys.float_info.max  # so neither NaN nor endless
    if kind is types.NoneType:
        return value is None
    if isinstance(kind, types.UnionType):
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    members = get_args(kind)  # of a tuple
    if not isinstance(value, list) or (members[-1] is not ... and len(value) != len(members)):
        return False
    return all(_fits(one, members[0]) for one in value)

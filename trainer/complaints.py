"""What pydantic finds wrong in what a user wrote, in words of ours."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trainer.architecture.layers import KINDS, no_such_kind

TAGS = ("by name", "own")
"""Of a union whose members are told apart by tags; pydantic names these behind the key."""


def complaint(error: ValidationError, kind: type[BaseModel], *, flags: bool = False) -> str:
    """The first thing that is wrong, in one line: where, and what is wanted.

    ``kind`` is what was read. ``flags``: the values are those of flags, called as their keys are.
    """
    first = error.errors()[0]
    place = _place(first)
    if not place:
        needed = [name for name, field in kind.model_fields.items() if field.is_required()]
        return f"must have {', '.join(needed)}"
    name = f"--{place[-1].replace('_', '-')}" if flags else ".".join(place)
    return f"{name}: {_wanted(first, place)}"


def _place(first: ErrorDetails) -> list[str]:
    """The keys, and numbers in lists, that lead to a value."""
    parts: list[Any] = ["", *first["loc"]]
    # Pydantic names a layer's kind behind its number.
    return [
        str(part)
        for before, part in pairwise(parts)
        if not (part in KINDS and isinstance(before, int)) and part not in TAGS
    ]


def _wanted(first: ErrorDetails, place: list[str]) -> str:
    given = first["input"]
    match first["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "there is no such key"
        case "union_tag_invalid":
            return no_such_kind(first["ctx"]["tag"])
        case "union_tag_not_found":
            return f"says no kind; write layer: and one of {', '.join(KINDS)}"
        case "dict_type" | "model_type" | "model_attributes_type" | "dataclass_type":
            return f"must be keys with values, not {given!r}"
        case "tuple_type":
            return f"must be a list, not {given!r}"
        case "int_parsing" if place[:2] == ["architecture", "layers"]:
            return f"must be a whole number, width, or a multiple such as 2 width, not {given!r}"
    said = first["msg"].removeprefix("Value error, ")
    said = f"{said[:1].lower()}{said[1:]}"
    return said if isinstance(given, Mapping) else f"{said}, not {given!r}"

"""What the API takes as JSON, checked before anything is done."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool


def _line(text: str) -> str:
    """On one line, and printable: it will stand in a TSV, and on moderators' screens."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


Line = Annotated[str, Field(max_length=1000), AfterValidator(_line)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VoteBody(_Body):
    """Of PUT /api/clips/{id}/vote."""

    is_valid: StrictBool
    reason: str = ""


class ReportBody(_Body):
    """Of POST …/report."""

    reason: str
    detail: Line = ""


class ProfileBody(_Body):
    """Of PUT /api/profile; empty is not said."""

    age: str = ""
    gender: str = ""
    accents: Line = ""

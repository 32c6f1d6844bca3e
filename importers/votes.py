"""The vote rule: from up and down votes to valid, invalid or other. Not: which clips a voter gets.

Four rules have been in use at Common Voice, and they disagree on small counts. A release's own
files decide by default; ``--votes PRESET`` recounts.

Sources: README of the 2017 release (``v1``); the website's ``saveVote``, server/src/lib/model/db.ts
(``server``); common-voice/CorporaCreator before and after its pull request #107 of June 2020
(``corpora-creator-2019``: releases 1 to 4, ``corpora-creator``: release 5.0 and later).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the votes say of a clip."""

    VALID = "valid"
    INVALID = "invalid"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes on one clip: how many people found that it says its sentence, and how many not."""

    up: int
    down: int


def decide(votes: Votes, preset: str) -> Verdict:
    """The verdict under one of PRESETS. Raises KeyError for an unknown preset."""
    return _RULES[preset](votes.up, votes.down)


def _v1(up: int, down: int) -> Verdict:
    if up + down < 2 or up == down:
        return Verdict.OTHER
    return Verdict.VALID if up > down else Verdict.INVALID


def _server(up: int, down: int) -> Verdict:
    if up >= 2 and up > down:
        return Verdict.VALID
    return Verdict.INVALID if down >= 2 and down > up else Verdict.OTHER


def _corpora_creator_2019(up: int, down: int) -> Verdict:
    if up + down <= 1:
        return Verdict.OTHER
    return Verdict.VALID if up > down else Verdict.INVALID


def _corpora_creator(up: int, down: int) -> Verdict:
    if up + down <= 1 or (up == 1 and down == 1):
        return Verdict.OTHER
    return Verdict.VALID if up > down else Verdict.INVALID


_RULES: dict[str, Callable[[int, int], Verdict]] = {
    "v1": _v1,
    "server": _server,
    "corpora-creator-2019": _corpora_creator_2019,
    "corpora-creator": _corpora_creator,
}

PRESETS = tuple(_RULES)

"""The tables of a release: their columns, in today's order, and how a cell is written.

Columns: of clips by common-voice/CorporaCreator 1.5 (COLUMNS in corpora.py), of sentences and
reports by common-voice/common-voice, bundler/src/types.ts (2026). They are written with no quoting
and no escapes at all, as CorporaCreator does since 2026 (``quote_style="never"``): quotes and
backslashes stand as they are.
"""

import re
from collections.abc import Iterable
from typing import Final

from importers.votes import Verdict

CLIPS: Final = (
    "client_id",
    "path",
    "sentence_id",
    "sentence",
    "sentence_domain",
    "up_votes",
    "down_votes",
    "age",
    "gender",
    "accents",
    "variant",
    "locale",
    "segment",
)
DURATIONS: Final = ("clip", "duration[ms]")
REPORTED: Final = ("sentence_id", "sentence", "locale", "reason")
VALIDATED_SENTENCES: Final = (
    "sentence_id",
    "sentence",
    "variant",
    "sentence_domain",
    "source",
    "is_used",
    "clips_count",
)
UNVALIDATED_SENTENCES: Final = (
    "sentence_id",
    "sentence",
    "variant",
    "sentence_domain",
    "source",
    "up_votes",
    "down_votes",
    "status",
)
PROBLEMS: Final = ("path", "locale", "reason", "status", "timestamp", "value")

TABLES: Final = {
    Verdict.VALID: "validated.tsv",
    Verdict.INVALID: "invalidated.tsv",
    Verdict.OTHER: "other.tsv",
}
"""In which table a clip stands."""

_WHITE_SPACE = re.compile(r"[\s\ufeff\0]")


def line(cells: Iterable[object]) -> bytes:
    """A row of a table, with its end."""
    return ("\t".join(map(_cell, cells)) + "\n").encode()


def _cell(value: object) -> str:
    r"""A value without what would break a row: each white space becomes a space.

    As the bundler writes sentences (``replace(/\s/gi, ' ')``, core/clips.ts) but not reasons, whose
    line ends break its reported.tsv (common-voice issue 4429): here every cell is so written.
    """
    return _WHITE_SPACE.sub(" ", str(value))

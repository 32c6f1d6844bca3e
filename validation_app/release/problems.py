"""Clips with which something is wrong: which are left out of a release, and which only noted.

The limits are those of Common Voice's releases since 25.0 (common-voice/common-voice,
bundler/src/core/problemClips.ts); 256 bytes is below what its website serves.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MIN_BYTES: Final = 256
WARN_SHORT_MS: Final = 500
WARN_LONG_MS: Final = 17_000
MAX_MS: Final = 30_000


class ProblemReason(StrEnum):
    """As problem-clips.tsv has them; MISSING is ours."""

    MISSING = "MISSING"
    TOO_SMALL = "TOO_SMALL"
    DURATION_ZERO = "DURATION_ZERO"
    TOO_LONG = "TOO_LONG"
    LONG = "LONG"
    TOO_SHORT = "TOO_SHORT"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a clip."""

    reason: ProblemReason
    value: int | str
    """Bytes of what is too small, milliseconds of the rest."""

    @property
    def is_excluded(self) -> bool:
        """Whether the clip is left out."""
        return self.reason not in (ProblemReason.LONG, ProblemReason.TOO_SHORT)

    @property
    def status(self) -> str:
        """As problem-clips.tsv has it."""
        return "EXCLUDED" if self.is_excluded else "WARN"


def find_problem(audio: bytes | None, duration_ms: int) -> Problem | None:
    """What is wrong with a clip, None if nothing is; ``audio`` is None where there is no file."""
    if audio is None:
        return Problem(ProblemReason.MISSING, "")
    if len(audio) < MIN_BYTES:
        return Problem(ProblemReason.TOO_SMALL, len(audio))
    if duration_ms <= 0:
        return Problem(ProblemReason.DURATION_ZERO, duration_ms)
    if duration_ms > MAX_MS:
        return Problem(ProblemReason.TOO_LONG, duration_ms)
    if duration_ms > WARN_LONG_MS:
        return Problem(ProblemReason.LONG, duration_ms)
    if duration_ms < WARN_SHORT_MS:
        return Problem(ProblemReason.TOO_SHORT, duration_ms)
    return None

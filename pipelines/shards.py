"""The element that flows through an import: some hundred clips with their encoded audio."""

from dataclasses import dataclass

from importers.report import Reject
from pipelines.import_plan import PlannedClip


@dataclass(frozen=True, slots=True)
class EncodedClip:
    """A clip with its encoded audio: a path, the bytes, or why there is none.

    Segments of one recording share the bytes.
    """

    clip: PlannedClip
    source: str | bytes | Reject


@dataclass(frozen=True, slots=True)
class Shard:
    """Clips that are converted together; the unit of resuming."""

    number: int
    clips: tuple[EncodedClip, ...]
    spooled: tuple[str, ...] = ()
    """Files that hold recordings for this shard alone: they go when it is done."""

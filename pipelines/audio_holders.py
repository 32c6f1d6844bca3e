"""Which of the sources of an import has the audio of a clip: a delta may name it without having it.

So what becomes of a clip does not rest on whether it was converted before the delta was added.
"""

from collections.abc import Sequence

from importers.archives import NAMES
from importers.corpus import Audio
from importers.member_names import MemberNames
from pipelines.import_sources import OpenedSource


class AudioHolders:
    """Of a single source nothing is looked up: it has to have the audio."""

    def __init__(self, sources: Sequence[OpenedSource]) -> None:
        """Sources in the order in which they came. Raises OSError."""
        self._sources = sources
        several = len(sources) > 1
        self._names = [
            MemberNames.read(one.tables / NAMES) if several and one.tables else None
            for one in sources
        ]

    def of(self, number: int, audio: Audio) -> int | None:
        """The number of the source that has what the row of source ``number`` names.

        That one itself, else the one that came last; None where none is known to have it.
        """
        if len(self._sources) == 1:
            return None
        others = (other for other in reversed(range(len(self._sources))) if other != number)
        return next((one for one in (number, *others) if self._has(one, audio)), None)

    def _has(self, number: int, audio: Audio) -> bool:
        opened, names = self._sources[number], self._names[number]
        if names is None:
            return (opened.root / audio.path).is_file()
        return opened.member_name(audio) in names

"""--reuse: clips that another import has converted already are linked, not converted again.

A new full release holds nearly all clips of the one before. Where an import of that one stands,
made with the same conversion parameters, its WAVs or FLACs are what this one would make.
"""

import errno
import os
import shutil
from pathlib import Path
from typing import TextIO

from importers import storage
from importers.corpus import Utterance
from importers.errors import UsageError
from importers.lengths import is_as_published
from importers.manifest import SAMPLE_RATE, wav_name
from pipelines.import_plan import PlannedClip
from pipelines.import_state import (
    ImportState,
    Parameters,
    Results,
    ShardResult,
    differences,
    write_shard,
)

_KEPT_TOGETHER = 4096
# Another file system, one that knows no hard links, or no more of them.
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES})


class ReusedClips:
    """Takes clips of the import in ``old``, and keeps account of them as conversions do.

    Raises UsageError for an import that cannot be reused.
    """

    def __init__(
        self, old: Path, state: ImportState, parameters: Parameters, audio_format: str
    ) -> None:
        self._old = old
        self._state = state
        self._digest = parameters.digest
        self._format = audio_format
        self._results = _results_of(old, state, parameters)
        self._taken = Results()
        self._in_hand: TextIO | None = None

    def take(self, utterance: Utterance, encoded: str | None) -> bool:
        """Whether the clip, and its ``encoded`` form where one is wanted, now stand in the target.

        Raises OSError for a file that cannot be put there.
        """
        key, old = utterance.key, self._results
        frames = old.frames.get(key)
        if frames is None or not is_as_published(frames / SAMPLE_RATE, utterance.seconds):
            return False
        files = {wav_name(key, self._format): old.size(key)}
        if encoded is not None:
            files[encoded] = old.encoded.get(encoded, -1)
        if not all(self._is_whole(name, size) for name, size in files.items()):
            return False
        self._announce(utterance)
        for name in files:
            self._put(self._old / name, self._state.target / name)
        self._note(key, encoded)
        return True

    def _is_whole(self, name: str, size: int) -> bool:
        try:
            return (self._old / name).stat().st_size == size
        except FileNotFoundError:
            return False

    def _note(self, key: str, encoded: str | None) -> None:
        self._taken.frames[key] = self._results.frames[key]
        if key in self._results.sizes:
            self._taken.sizes[key] = self._results.sizes[key]
        if encoded is not None:
            self._taken.encoded[encoded] = self._results.encoded[encoded]
        if len(self._taken.frames) == _KEPT_TOGETHER:
            self._keep()

    def finish(self) -> None:
        """Write down what has been taken."""
        self._keep()
        if self._in_hand is not None:
            self._in_hand.close()
            self._state.in_reuse.unlink()

    def _announce(self, utterance: Utterance) -> None:
        """As the plans of conversions say it: for a fresh start after a kill."""
        if self._in_hand is None:
            path = self._state.in_reuse
            self._in_hand = path.open("a", encoding="utf-8", newline="\n", buffering=1)
            if self._in_hand.tell():
                self._in_hand.write("\n")  # a run before may have ended within a line
        self._in_hand.write(PlannedClip(utterance.key, utterance.audio).to_line())

    def _keep(self) -> None:
        taken = self._taken
        if taken.frames:
            storage.flush_file_system(self._state.folder)
            seconds = sum(taken.frames.values()) / SAMPLE_RATE
            result = ShardResult(taken.frames, (), seconds, taken.sizes, taken.encoded, reused=True)
            write_shard(self._state.shard_path(self._state.next_shard()), result, self._digest)
            self._taken = Results()

    def _put(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._state.temporary / target.name
        try:
            os.link(source, temporary)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            shutil.copyfile(source, temporary)
        temporary.replace(target)
        # Renaming one link of a file over another does nothing, and leaves both.
        temporary.unlink(missing_ok=True)


def _results_of(old: Path, state: ImportState, parameters: Parameters) -> Results:
    if old.resolve() == state.target.resolve():
        raise UsageError(f"--reuse {old}: is TARGET itself, which keeps what it has anyway")
    theirs = ImportState(old)
    told = theirs.told()
    if told is None:
        raise UsageError(f"--reuse {old}: no import stands there")
    other = differences(told.conversion, parameters.conversion)
    if other:
        raise UsageError(f"--reuse {old}: was made by other parameters: {'; '.join(other)}")
    return theirs.results(parameters.digest)

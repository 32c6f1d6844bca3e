"""Clips in formats that native code does not know, on a detour through ffmpeg or sox."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

from importers.foreign_audio import ForeignDecodeError, decode_foreign, is_foreign
from importers.report import Reason, Reject
from pipelines.import_plan import PlannedClip
from pipelines.shards import EncodedClip


class ForeignClips:
    """Decodes into WAVs in a folder of its own below ``temporary``, gone when the block ends.

    Files rather than memory: a shard's clips, decoded at their own rate, would be gigabytes.
    """

    def __init__(self, temporary: Path, threads: int) -> None:
        self._temporary = temporary
        self._threads = threads
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def decoded(
        self, clips: Sequence[EncodedClip]
    ) -> list[tuple[PlannedClip, str | bytes | Reject]]:
        """Each clip with a source that native code knows, or why there is none."""
        if not any(_is_foreign(one) for one in clips):
            return [(one.clip, one.source) for one in clips]
        self._folder = tempfile.TemporaryDirectory(dir=self._temporary)
        folder = Path(self._folder.name)
        # Clips that are cut out of one recording share its source.
        distinct = {_identity(one.source): one for one in clips}
        with ThreadPoolExecutor(self._threads) as pool:
            paths = [folder / f"{number}.wav" for number in range(len(distinct))]
            decoded = dict(zip(distinct, pool.map(_decode, distinct.values(), paths), strict=True))
        return [(one.clip, _for_clip(decoded[_identity(one.source)], one.clip)) for one in clips]


def _identity(source: str | bytes | Reject) -> str | int:
    return source if isinstance(source, str) else id(source)


def _for_clip(source: str | bytes | Reject, clip: PlannedClip) -> str | bytes | Reject:
    return replace(source, key=clip.key) if isinstance(source, Reject) else source


def _is_foreign(one: EncodedClip) -> bool:
    return not isinstance(one.source, Reject) and is_foreign(Path(one.clip.audio.path).suffix)


def _decode(one: EncodedClip, target: Path) -> str | bytes | Reject:
    if isinstance(one.source, Reject) or not _is_foreign(one):
        return one.source
    if isinstance(one.source, str) and not Path(one.source).is_file():
        return Reject(one.clip.key, Reason.MISSING_AUDIO, one.clip.audio.path)
    try:
        target.write_bytes(
            decode_foreign(one.source, Path(one.clip.audio.path).suffix, target.parent)
        )
    except ForeignDecodeError as error:
        return Reject(one.clip.key, Reason.DECODE_ERROR, str(error))
    return str(target)

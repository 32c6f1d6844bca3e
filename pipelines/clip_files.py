"""The files that a clip has in the target of an import."""

import re
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from importers.corpus import Audio
from importers.manifest import wav_name
from native.audio import AUDIO_FORMATS

_ENCODED = "encoded"
_SUFFIX = re.compile(r"\.[0-9A-Za-z]{1,8}")


def encoded_name(key: str, audio: Audio) -> str | None:
    """Where in the target a clip is kept as it was; None for a part of a longer recording."""
    if audio.is_part:
        return None
    suffix = PurePosixPath(audio.path).suffix
    if not _SUFFIX.fullmatch(suffix):
        suffix = ""
    return f"{_ENCODED}/{zlib.crc32(key.encode()) % 1000:03d}/{key}{suffix}"


def converted_names(key: str) -> Iterator[str]:
    """Where in the target a clip may have been converted to, in whichever format."""
    return (wav_name(key, one) for one in AUDIO_FORMATS)


def all_names(key: str, audio: Audio) -> Iterator[str]:
    """Every file that an import may have made of a clip."""
    yield from converted_names(key)
    encoded = encoded_name(key, audio)
    if encoded is not None:
        yield encoded

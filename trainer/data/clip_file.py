"""The clips that importing makes: 16-bit mono WAVs or FLACs of one rate, told by their first bytes.

Nothing is converted here: a file of another kind is a mistake that is said. For any audio at all
there is clip_audio.py.
"""

import contextlib
import functools
import hashlib
import os
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from native.audio import AudioError, decode

_BITS = 16
_FLAC: Final = b"fLaC"
# https://www.rfc-editor.org/rfc/rfc9639, 8.1 and 8.2: STREAMINFO comes first, and has 34 bytes.
_STREAM_INFO = slice(8, 42)
_NO_MD5 = bytes(16)


def clip_frames(path: Path, rate: int, size: int = 0) -> int:
    """The samples of a clip, from its header.

    ``size`` is the least that a FLAC must have in bytes: its header does not tell. Raises MynaError
    for a file that is not there, was cut off, or is no 16-bit mono WAV or FLAC of this rate.
    """
    with _opened(path) as stream:
        head = stream.read(_STREAM_INFO.stop)
        if head.startswith(_FLAC):
            if os.fstat(stream.fileno()).st_size < size:
                raise MynaError(f"{path}: is shorter than its manifest says. Import it again")
            return _flac_frames(path, rate, head)
        return _wav_reader(path, rate, stream).getnframes()


def audio_identity(path: Path) -> str:
    """What tells the audio of a clip from any other without reading it: path, size, time of change.

    Raises MynaError for a file that is not there.
    """
    with _told(path):
        about = path.stat()
    return f"{_resolved(path.parent) / path.name}\n{about.st_size}\n{about.st_mtime_ns}"


def read_samples(path: Path, rate: int) -> NDArray[np.int16]:
    """The samples of a clip. Raises MynaError as clip_frames does, and for one that is damaged."""
    with _opened(path) as stream:
        head = stream.read(_STREAM_INFO.stop)
        if head.startswith(_FLAC):
            return _flac_samples(path, rate, head)
        reader = _wav_reader(path, rate, stream)
        return np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2")


@functools.lru_cache(maxsize=10_000)
def _resolved(folder: Path) -> Path:
    return folder.resolve()  # which asks the system for each folder above it


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with _told(path), path.open("rb") as stream:
        yield stream


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """An error of the system, in the user's words."""
    try:
        yield
    except FileNotFoundError:
        raise MynaError(
            f"{path}: no such clip. Paths count from the CSV's own folder: leave it where "
            "it was made, or import with --absolute-paths; else import again, or take the row out"
        ) from None
    except OSError as error:
        raise MynaError(f"{path}: cannot be read: {error.strerror}") from None


def _wav_reader(path: Path, rate: int, stream: BinaryIO) -> wave.Wave_read:
    """A WAV that has all samples that its header tells of."""
    stream.seek(0)
    try:
        reader = wave.open(stream, "rb")  # noqa: SIM115  (the caller closes the stream)
    except (wave.Error, EOFError) as error:
        what = str(error) or "it ends too early"
        raise MynaError(f"{path}: no WAV or FLAC: {what}") from None
    _check(path, rate, reader.getframerate(), 8 * reader.getsampwidth(), reader.getnchannels())
    # The wave module stops reading at the first sample.
    end = stream.tell() + _BITS // 8 * reader.getnframes()
    if os.fstat(stream.fileno()).st_size < end:
        raise MynaError(f"{path}: ends before the length in its header. Import it again")
    return reader


def _flac_frames(path: Path, rate: int, head: bytes) -> int:
    info = head[_STREAM_INFO]
    if len(info) < 34 or head[4] & 0x7F != 0:
        raise MynaError(f"{path}: a FLAC without a whole header. Import it again")
    packed = int.from_bytes(info[10:18], "big")  # 20 bits, 3, 5 and 36
    _check(path, rate, packed >> 44, (packed >> 36 & 0x1F) + 1, (packed >> 41 & 7) + 1)
    return packed & (1 << 36) - 1


def _flac_samples(path: Path, rate: int, head: bytes) -> NDArray[np.int16]:
    frames = _flac_frames(path, rate, head)
    try:
        samples = decode(str(path), rate)
    except AudioError as error:
        raise MynaError(f"{error}. Import it again") from None
    # Decoders pass over what they cannot read; the header knows what the samples were.
    expected = head[_STREAM_INFO][18:]
    found = hashlib.md5(samples.astype("<i2").tobytes(), usedforsecurity=False).digest()
    if len(samples) != frames or expected not in (found, _NO_MD5):
        what = "is damaged: its samples are not those of its header"
        raise MynaError(f"{path}: {what}. Import it again")
    return samples


def _check(path: Path, rate: int, *found: int) -> None:
    if found != (rate, _BITS, 1):
        raise MynaError(
            f"{path}: {found[0]} Hz, {found[1]} bit, {found[2]} channels; it must be "
            f"{rate} Hz, {_BITS} bit, mono, as importing makes it"
        )

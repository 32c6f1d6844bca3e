"""One clip of a corpus made ready for the app: its MP3 and its measures, or why it has none."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from importers.archives import MAX_MEMBER_BYTES
from importers.errors import StorageError
from importers.lengths import is_cut_off
from importers.report import Reason, Reject
from native.audio import AudioError, decode
from validation_app.corpora.plan import PlannedClip
from validation_app.corpora.sources import Sound
from validation_app.recordings.audio_measure import Measures, measure
from validation_app.recordings.limits import IMPORT_MAX_SECONDS, IMPORT_SILENCE_DB
from validation_app.recordings.mp3 import MP3_RATE, Mp3Error, write_mp3


@dataclass(frozen=True, slots=True)
class ReadyClip:
    """A clip whose MP3 is made, and not yet in its place."""

    clip: PlannedClip
    mp3: Path
    digest: str
    """SHA-256 of the corpus's own file, in hexadecimal."""
    measures: Measures


def make_ready(clip: PlannedClip, sound: Sound, mp3: Path) -> ReadyClip | Reject:
    """Write ``mp3``: the corpus's own file where that is an MP3, else a conversion.

    A clip without sound, one that is cut off, and one of more than 30 s are rejects. Raises
    StorageError where no MP3 can be made, OSError where it cannot be written.
    """
    content = _read(clip, sound)
    if isinstance(content, Reject):
        return content
    try:
        samples = decode(content, MP3_RATE, max_seconds=IMPORT_MAX_SECONDS)
    except AudioError as error:
        detail = str(error).removeprefix("audio in memory: ")
        return Reject(clip.key, Reason(error.problem), detail)
    measures = measure(samples, MP3_RATE)
    if reject := _unheard(clip, measures):
        return reject
    if _is_mp3(content):
        mp3.write_bytes(content)
    else:
        try:
            write_mp3(samples, MP3_RATE, mp3)
        except Mp3Error as error:
            raise StorageError(
                f"{clip.audio}: cannot be made an MP3 ({error}). ffmpeg must be on the PATH, with "
                "its encoder libmp3lame; on Debian: apt-get install ffmpeg"
            ) from None
    return ReadyClip(clip, mp3, hashlib.sha256(content).hexdigest(), measures)


def _read(clip: PlannedClip, sound: Sound) -> bytes | Reject:
    if not isinstance(sound, Path):
        return sound
    try:
        size = sound.stat().st_size
        if size > MAX_MEMBER_BYTES:
            return Reject(clip.key, Reason.TOO_LARGE, f"{size} bytes")
        return sound.read_bytes()
    except FileNotFoundError:
        return Reject(clip.key, Reason.MISSING_AUDIO, clip.audio)
    except OSError as error:
        return Reject(clip.key, Reason.UNREADABLE, error.strerror or str(error))


def _unheard(clip: PlannedClip, measures: Measures) -> Reject | None:
    seconds = measures.duration_ms / 1000
    if is_cut_off(seconds, clip.seconds):
        detail = f"{seconds:.3f} s of the {clip.seconds:.3f} s that the release tells"
        return Reject(clip.key, Reason.TRUNCATED, detail)
    if measures.peak_db < IMPORT_SILENCE_DB:
        return Reject(clip.key, Reason.SILENT, f"its peak is {measures.peak_db:g} dBFS")
    return None


def _is_mp3(content: bytes) -> bool:
    """By its first bytes: an ID3 tag, or a frame of MPEG audio, layer III (ISO 11172-3)."""
    is_frame = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2
    return content.startswith(b"ID3") or is_frame

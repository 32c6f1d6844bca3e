"""Audio that libsndfile does not know (AAC, AMR, WebM, WMA), as WAV bytes.

By pydub, which runs ffmpeg, and where that is missing by sox. One process a clip: only for files
that is_foreign tells by their suffix; all else goes to native/audio.py, a hundred times cheaper.
The samples keep their rate and channels, because pydub's own resampler lets high tones fold back.
"""

import io
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Final

from importers.errors import MynaError

FOREIGN_SUFFIXES: Final = frozenset(
    {".m4a", ".mp4", ".aac", ".webm", ".mkv", ".amr", ".3gp", ".wma", ".ape", ".tta", ".wv"}
)


class MissingProgramError(MynaError):
    """No program that could decode the file is installed: the import should stop and say so."""


class ForeignDecodeError(ValueError):
    """The program found could not decode this file: a reject.

    Its own words are left out: they name temporary files, and rejects must be the same each time.
    """


def is_foreign(suffix: str) -> bool:
    """True for the suffix of a file that needs decode_foreign."""
    return suffix.lower() in FOREIGN_SUFFIXES


def decode_foreign(source: str | bytes, suffix: str, temporary: Path | None = None) -> bytes:
    """The whole file as a WAV of its own rate and channels, to be given to native.audio.convert.

    ``source`` is a path or the encoded bytes, which go through a file in ``temporary`` (else in the
    system's folder for such). Raises FileNotFoundError, MissingProgramError and
    ForeignDecodeError.
    """
    if isinstance(source, str):
        return _decode_file(Path(source))
    # MP4 keeps its index at the end, so ffmpeg cannot read it from a pipe.
    with tempfile.NamedTemporaryFile(suffix=suffix, dir=temporary) as file:
        file.write(source)
        file.flush()
        return _decode_file(Path(file.name))


def _decode_file(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"no such audio file: {path}")
    if shutil.which("ffmpeg") and shutil.which("ffprobe"):
        return _by_pydub(path)
    if shutil.which("sox"):
        return _by_sox(path)
    raise MissingProgramError(
        f"{path.name}: {path.suffix or 'this'} files need ffmpeg (or sox), and neither is on the"
        " PATH; on Debian: apt-get install ffmpeg"
    )


def _by_pydub(path: Path) -> bytes:
    try:
        with warnings.catch_warnings():
            # pydub's own source warns of invalid escapes, and at import of missing players.
            warnings.simplefilter("ignore")
            from pydub import AudioSegment
            from pydub.exceptions import CouldntDecodeError
    except ImportError as error:
        raise MissingProgramError(
            f"{path.name}: needs the package pydub, and from Python 3.13 on audioop-lts: {error};"
            " pip install pydub 'audioop-lts; python_version >= \"3.13\"'"
        ) from error
    try:
        segment = AudioSegment.from_file(str(path))
    except (CouldntDecodeError, IndexError, KeyError) as error:
        raise ForeignDecodeError("ffmpeg could not decode it") from error
    buffer = io.BytesIO()
    segment.export(buffer, format="wav")
    return buffer.getvalue()


def _by_sox(path: Path) -> bytes:
    # The absolute path cannot be taken for an option.
    command = ["sox", str(path.absolute()), "-t", "wav", "-"]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode != 0 or len(run.stdout) <= 44:
        raise ForeignDecodeError("sox could not decode it")
    return run.stdout

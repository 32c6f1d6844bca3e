"""The child process in which an upload is decoded: with limits, for the bytes are a stranger's.

    python -m validation_app.recordings.audio_child UPLOAD MP3

decodes UPLOAD with ffmpeg, measures it, writes MP3, and prints one line of JSON: the measures, or
``{"problem": CODE}``. What a browser's MediaRecorder gives is read (WebM, Ogg, MP4 with its index
at either end), WAV and FLAC; no format that leads ffmpeg to other files or addresses.
"""

import ctypes
import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from validation_app.recordings import limits
from validation_app.recordings.audio_measure import Measures, measure
from validation_app.recordings.mp3 import Mp3Error, write_mp3

NOT_OUR_DAY: Final = os.EX_TEMPFAIL
"""The exit code where the upload is not to blame: no ffmpeg, no space on the disk."""

_MEMORY_BYTES: Final = 768 * 1024 * 1024  # of addresses; ffmpeg needs 300 MB, mostly libraries
_CPU_SECONDS: Final = 10  # of this process and of each ffmpeg; 17 s of speech take 0.3
_FILE_BYTES: Final = 8 * 1024 * 1024  # 17 s of WAV at 48 kHz are 1.6 MB
_OPEN_FILES: Final = 64
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h

_RATE: Final = 48000
"""At which uploads are measured: Opus knows no other."""
_READ_SECONDS: Final = 18
_BYTES_A_SAMPLE: Final = 2
_FORMATS: Final = "matroska,webm,ogg,mov,mp4,m4a,3gp,3g2,mj2,wav,flac"
_CODECS: Final = "opus,vorbis,aac,alac,flac,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_u8"


def main() -> None:
    """The program."""
    _limit_this_process()
    upload, target = Path(sys.argv[1]), Path(sys.argv[2])
    samples = _decode(upload)
    measures = measure(samples, _RATE)
    problem = _problem(measures)
    if problem is None:
        try:
            write_mp3(samples, _RATE, target)
        except Mp3Error as error:
            print(error, file=sys.stderr)
            sys.exit(NOT_OUR_DAY)
    print(json.dumps({"problem": problem} if problem else dataclasses.asdict(measures)))


def _limit_this_process() -> None:
    """What is said here holds for each ffmpeg too, but for the signal."""
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    # Not to outlive a server that was killed.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _decode(upload: Path) -> NDArray[np.int16]:
    """The first audio stream's first 18 s, mixed to one channel; none of what is no audio."""
    command = [
        "ffmpeg", "-nostdin", "-v", "error",
        "-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-codec_whitelist", _CODECS,
        "-threads", "1", "-fflags", "+genpts+discardcorrupt", "-i", f"file:{upload}",
        "-map", "0:a:0", "-t", str(_READ_SECONDS), "-ac", "1", "-ar", str(_RATE),
        "-f", "s16le", "pipe:1",
    ]  # fmt: skip
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
    except FileNotFoundError:
        print("no ffmpeg is on the PATH", file=sys.stderr)
        sys.exit(NOT_OUR_DAY)
    whole = len(run.stdout) // _BYTES_A_SAMPLE if run.returncode == 0 else 0
    return np.frombuffer(run.stdout, np.dtype("<i2"), count=whole)


def _problem(measures: Measures) -> str | None:
    if measures.duration_ms == 0:
        return "not-audio"
    if measures.duration_ms < 1000 * limits.SERVER_MIN_SECONDS:
        return "too-short"
    if measures.duration_ms > 1000 * limits.SERVER_MAX_SECONDS:
        return "too-long"
    return "too-quiet" if measures.peak_db < limits.SERVER_QUIET_PEAK_DB else None


if __name__ == "__main__":
    main()

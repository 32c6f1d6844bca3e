"""Samples to an MP3 as Common Voice's releases hold them: 32 kHz, mono, LAME's own bit rate."""

import warnings
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():
    # pydub's own source warns of invalid escapes, and at import of missing players.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.exceptions import CouldntEncodeError

MP3_RATE: Final = 32000
"""In Hz, since November 2020 (Common Voice, server/src/lib/clip.ts)."""


class Mp3Error(Exception):
    """The MP3 cannot be written: no ffmpeg, no MP3 encoder in it, or no space."""


def write_mp3(samples: NDArray[np.int16], rate: int, path: Path) -> None:
    """Write one channel of samples at ``rate`` Hz, by pydub, which runs ffmpeg.

    ffmpeg resamples where it must: pydub's own resampler lets high tones fold back. Raises
    Mp3Error.
    """
    segment = AudioSegment(samples.tobytes(), sample_width=2, frame_rate=rate, channels=1)
    parameters = ["-ac", "1", "-ar", str(MP3_RATE), "-map_metadata", "-1", "-threads", "1"]
    try:
        segment.export(str(path), format="mp3", codec="libmp3lame", parameters=parameters).close()
    except (CouldntEncodeError, OSError) as error:
        raise Mp3Error(str(error)) from error

"""What a recording may be: the one place from which the pages, the server and the tests have it.

The page says everything before it uploads. The server decides by its own measures, and leaves some
room, for encoders move lengths and peaks a little, and browsers stop recorders late.
"""

from typing import Final

MAX_UPLOAD_BYTES: Final = 2 * 1024 * 1024
"""Of the body of an upload, as Common Voice has it; 17 s of 48 kHz WAV are 1.6 MB."""

MIN_SECONDS: Final = 1.0
MAX_SECONDS: Final = 15.0
TAIL_MS: Final = 500
"""The recorder goes on for so long after the stop button: people cut off last words (Common Voice's
issue 1648)."""
QUIET_PEAK_DB: Final = -30.0
"""A recording whose peak stays below is too quiet, in dB below full scale."""
CLIPPED_SHARE: Final = 0.001
"""With a larger share of its samples at full scale a recording is said to be clipped."""

SERVER_MIN_SECONDS: Final = 0.9
SERVER_MAX_SECONDS: Final = 17.0
"""Common Voice's 2 s of headroom for slow browsers."""
SERVER_QUIET_PEAK_DB: Final = -36.0

IMPORT_MAX_SECONDS: Final = 30.0
"""Longer clips of a corpus are not imported: Common Voice's bundler drops them too, since 25.0."""
IMPORT_SILENCE_DB: Final = -60.0
"""A corpus's clips whose peak stays below hold no sound: as import-cv's --silence-dbfs."""

PLAYBACK_DB: Final = -23.0
"""To this loudness clips are played: as broadcast is (EBU R 128), of root mean squares here."""
MAX_GAIN_DB: Final = 12.0
"""Playback never moves a clip by more: what is quiet shall be heard to be quiet."""


def playback_gain_db(loudness_db: float) -> float:
    """What brings a clip of this loudness (audio_measure.py) to the same as all others, in dB."""
    return max(-MAX_GAIN_DB, min(MAX_GAIN_DB, PLAYBACK_DB - loudness_db))

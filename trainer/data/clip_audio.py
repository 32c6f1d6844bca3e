"""The samples of one clip of any format that anything here can decode."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.foreign_audio import ForeignDecodeError, decode_foreign, is_foreign
from native.audio import AudioError, decode


def clip_samples(source: str | bytes, sample_rate: int) -> NDArray[np.int16]:
    """One clip, the mean of its channels, at this rate.

    ``source`` is a path, or an encoded file in memory of a format that libsndfile knows. Other
    formats (importers/foreign_audio.py) are told by the path's suffix. Raises AudioError for what
    gives no samples, MissingProgramError where a format needs a program that is not installed, and
    OSError.
    """
    if isinstance(source, bytes) or not is_foreign(Path(source).suffix):
        return decode(source, sample_rate)
    try:
        wav = decode_foreign(source, Path(source).suffix)
    except FileNotFoundError:
        raise AudioError("missing_audio", f"{source}: no such file") from None
    except ForeignDecodeError as error:
        raise AudioError("decode_error", f"{source}: cannot be decoded: {error}") from None
    return decode(wav, sample_rate)

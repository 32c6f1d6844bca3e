"""What a model hears of a clip, frame by frame: MFCC, log mel or the spectrogram.

One implementation for training and recognition. The preset "deepspeech" gives the mel frequency
cepstral coefficients (MFCC) that DeepSpeech computed with TensorFlow's
AudioSpectrogram(magnitude_squared=True) and Mfcc, to 1e-3, so that its models can be brought over:

    frames of 512 samples, every 320, under a periodic Hann window -> magnitudes of the spectrum
    -> 40 triangular filters over the mel scale 1127 ln(1 + Hz / 700), 20 Hz to 8 kHz, without the
    bin at 0 Hz -> natural logarithm, of 1e-12 at least -> cosine transform (type II, scaled by
    sqrt(2 / 40)), its first 26 coefficients

The other kinds stop on the way: "log_mel" behind the logarithm, "spectrogram" at the magnitudes of
the spectrum, from 0 Hz on, of which it takes the logarithm, of 1e-12 at least too.

A window that is no power of two is filled up with zeros to the next one. A frame is a whole window:
samples left at the end are not heard. Nothing is normalised over the clip, unless `level` asks for
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from native import _native

Samples = NDArray[np.float32] | NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Everything that decides over features; kept with each model."""

    # Read by pydantic, where a YAML file is checked; this module does without it.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    sample_rate: int = 16000
    """Hz of the samples."""
    window: int = 512
    """Samples of a frame."""
    step: int = 320
    """Samples from the start of a frame to the start of the next."""
    filters: int = 40
    """Filters of the mel filterbank."""
    low_hz: float = 20.0
    """Where the lowest filter begins."""
    high_hz: float = 8000.0
    """Where the highest filter ends: at most half the sample rate."""
    coefficients: int = 26
    """Coefficients of a frame: of log mel as many as filters, of a spectrogram the bins."""
    kind: Literal["mfcc", "log_mel", "spectrogram"] = "mfcc"
    level: Literal["recorded", "equal"] = "recorded"
    """Equal: a clip is first made as loud as every other (LEVEL), which needs the whole of it."""

    @property
    def seconds_a_frame(self) -> float:
        """From the start of a frame to the start of the next."""
        return self.step / self.sample_rate


LEVEL: Final = 10 ** (-26 / 20)
"""Root mean square of clips of equal level, of full scale: -26 dB, the level of speech in ITU-T's
tests (P.830), which there is that of the speech alone, and here of all samples."""
DEEPSPEECH: Final = FeatureSpec()
LOG_MEL: Final = FeatureSpec(window=400, step=160, filters=80, coefficients=80, kind="log_mel")
"""Windows of 25 ms, every 10 ms."""
SPECTROGRAM: Final = FeatureSpec(window=320, step=160, coefficients=257, kind="spectrogram")
"""Windows of 20 ms, every 10 ms, in a transform of 512 (Amodei et al. 2016, section 3)."""
PRESETS: Final = {"deepspeech": DEEPSPEECH, "log-mel": LOG_MEL, "spectrogram": SPECTROGRAM}


def frames_of(samples: int, spec: FeatureSpec = DEEPSPEECH) -> int:
    """The number of frames of so many samples: 0 for fewer than a window."""
    if samples < 0:
        raise ValueError(f"a number of samples cannot be negative: {samples}")
    return _extractor(spec).frames_of(samples)


def features(samples: Samples, spec: FeatureSpec = DEEPSPEECH) -> NDArray[np.float32]:
    """The features of one channel of samples: [frames, spec.coefficients].

    float32 samples are -1 to 1 at full scale, int16 ones -32768 to 32767. Raises TypeError for any
    other dtype; ValueError for more than one dimension, for an infinite sample or NaN inside a
    frame, and for a spec that contradicts itself.
    """
    return features_batch([samples], spec, threads=1)[0]


def features_batch(
    clips: Sequence[Samples], spec: FeatureSpec = DEEPSPEECH, *, threads: int
) -> list[NDArray[np.float32]]:
    """`features` of each clip, on up to `threads` threads. The GIL is released; Ctrl-C ends it."""
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    heard = [_levelled(_checked(clip), spec) for clip in clips]
    return _extractor(spec).extract(heard, threads)


@lru_cache(maxsize=8)
def _extractor(spec: FeatureSpec) -> _native.FeatureExtractor:
    if spec.level not in ("recorded", "equal"):
        raise ValueError(f"level must be recorded or equal, not {spec.level!r}")
    return _native.FeatureExtractor(
        spec.sample_rate,
        spec.window,
        spec.step,
        spec.filters,
        spec.low_hz,
        spec.high_hz,
        spec.coefficients,
        spec.kind,
    )


def _checked(samples: Samples) -> Samples:
    if not isinstance(samples, np.ndarray):
        raise TypeError(f"samples must be a numpy array, not {type(samples).__name__}")
    if samples.dtype not in (np.float32, np.int16):
        raise TypeError(f"samples must be float32 (-1 to 1) or int16, not {samples.dtype}")
    if samples.ndim != 1:
        raise ValueError(f"samples must have one dimension, not the shape {samples.shape}")
    return np.require(samples, requirements=["C", "A"])


def _levelled(samples: Samples, spec: FeatureSpec) -> Samples:
    """Samples at the level that a spec asks for; those without a finite level stay as they are."""
    if spec.level == "recorded" or not len(samples):
        return samples
    full_scale = 32768.0 if samples.dtype == np.int16 else 1.0
    wide = samples.astype(np.float64) / full_scale
    level = float(np.sqrt(np.mean(wide**2)))
    if not 0 < level < np.inf:
        return samples  # silence; or what the extractor refuses, where it stands inside a frame
    louder: Samples = (wide * (LEVEL / level)).astype(np.float32)
    return louder

"""Speech from espeak-ng, through the C API of the library in the wheel `espeakng_loader`.

The library keeps state from one utterance to the next, even across espeak_Terminate, and its
noise generator is seeded by the clock. So each utterance loads the library afresh (about 4 ms)
and seeds it: the same arguments give the same samples. POSIX only, for the unloading.
"""

import _ctypes
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import espeakng_loader
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

SAMPLE_RATE = 22050  # Hz, of every voice used here
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3  # espeak_PARAMETER
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def say(text: str, voice: str, pitch: int, rate: int, seed: int) -> Samples:
    """Samples in -1..1 at SAMPLE_RATE; `pitch` 0..99, `rate` in words a minute."""
    chunks: list[npt.NDArray[np.int16]] = []

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    callback = _CALLBACK(keep)  # named, as the library keeps only its address
    data = text.encode() + b"\0"
    size = ctypes.c_size_t(len(data))
    with _fresh_library() as library:
        library.espeak_SetSynthCallback(callback)
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
        _check(library.espeak_SetVoiceByName(voice.encode()), f"voice {voice!r}")
        library.espeak_SetParameter(_RATE, rate, 0)
        library.espeak_SetParameter(_PITCH, pitch, 0)
        code = library.espeak_Synth(data, size, 0, 0, 0, _CHARS_UTF8, None, None)
        _check(code, f"text {text!r}")
    return np.concatenate(chunks).astype(np.float64) / 32768


@contextmanager
def _fresh_library() -> Iterator[ctypes.CDLL]:
    """The library, initialised, with no memory of earlier utterances."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        data = espeakng_loader.get_data_path().encode()
        rate = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng started at {rate} Hz with its data in {data.decode()}")
        yield library
        library.espeak_Terminate()
    finally:
        _ctypes.dlclose(library._handle)


def _check(code: int, what: str) -> None:
    if code != 0:
        raise RuntimeError(f"espeak-ng refused the {what} (code {code})")

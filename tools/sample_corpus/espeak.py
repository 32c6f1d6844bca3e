"""Speech from espeak-ng, through the C API of the library in the wheel `espeakng_loader`.

The library is seeded, but keeps state from one utterance to the next: equal samples need an equal
history. `recording` therefore makes each clip in a process of its own.
"""

import ctypes
from functools import cache

import espeakng_loader
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3  # espeak_PARAMETER
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The loaded library. `sample_rate` in Hz (22050)."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0
        )
        if self.sample_rate <= 0:
            raise RuntimeError(f"espeak-ng did not start with its data in {data.decode()}")
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._callback = _CALLBACK(self._keep)  # held here: the library keeps only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def _keep(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, voice: str, pitch: int, rate: int, seed: int) -> Samples:
        """Samples in -1..1 at `sample_rate`; `pitch` 0..99, `rate` in words a minute."""
        self._chunks.clear()
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
        self._check(self._library.espeak_SetVoiceByName(voice.encode()), f"voice {voice!r}")
        self._library.espeak_SetParameter(_RATE, rate, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode() + b"\0"
        self._check(
            self._library.espeak_Synth(
                data, ctypes.c_size_t(len(data)), 0, 0, 0, _CHARS_UTF8, None, None
            ),
            f"text {text!r}",
        )
        return np.concatenate(self._chunks).astype(np.float64) / 32768

    def _check(self, code: int, what: str) -> None:
        if code != 0:
            raise RuntimeError(f"espeak-ng refused the {what} (code {code})")


@cache
def load() -> Espeak:
    """The library, initialised once a process."""
    return Espeak()

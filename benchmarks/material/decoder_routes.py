"""The decoders under the stopwatch, behind one face: settings by name, utterance in, text out."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.material.flashlight_route import Flashlight, ended_by_space
from benchmarks.material.simulated_posteriors import LABELS, Matrix
from lm.package import LanguageModelPackage
from native.decoder import Decoder, DecoderOptions
from native.language_model import LanguageModel
from native.lexicon import Lexicon

Settings = Mapping[str, float]
"""Options by name: for Myna those of DecoderOptions, for flashlight see Flashlight.decoder."""
Decode = Callable[[Matrix], str]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the language model; both weigh natural logarithms."""

    alpha: float
    beta: float


class Route(Protocol):
    """One decoder with its language model and lexicon loaded."""

    name: str

    def prepared(self, log_probs: Matrix) -> Matrix:
        """What it takes of an utterance: made before the clock starts."""

    def decode(self, settings: Settings, weights: Weights) -> Decode:
        """A search; it gives the best text."""


class MynaRoute:
    """The decoder of native/decoder.py."""

    name = "myna"

    def __init__(self, package: LanguageModelPackage) -> None:
        self._lexicon = Lexicon(package.trie)
        self._model = LanguageModel(package.binary)

    def prepared(self, log_probs: Matrix) -> Matrix:
        return log_probs

    def decode(self, settings: Settings, weights: Weights) -> Decode:
        decoder = self.decoder(settings, weights)

        def decode(log_probs: Matrix) -> str:
            found = decoder.decode(log_probs)
            return found[0].text if found else ""

        return decode

    def decoder(self, settings: Settings, weights: Weights) -> Decoder:
        """With one hypothesis, unless the settings say otherwise."""
        named = {"hypotheses": 1, "alpha": weights.alpha, "beta": weights.beta, **settings}
        defaults = DecoderOptions()
        typed = {name: type(getattr(defaults, name))(value) for name, value in named.items()}
        options = dataclasses.replace(defaults, **typed)
        return Decoder(LABELS, lexicon=self._lexicon, language_model=self._model, options=options)


class FlashlightRoute:
    """flashlight-text's LexiconDecoder."""

    name = "flashlight"

    def __init__(self, words: Sequence[str], language_model: Path) -> None:
        self._flashlight = Flashlight(words, language_model)

    def prepared(self, log_probs: Matrix) -> Matrix:
        return ended_by_space(log_probs)

    def decode(self, settings: Settings, weights: Weights) -> Decode:
        decoder = self._flashlight.decoder(settings, weights.alpha, weights.beta)
        return lambda ended: self._flashlight.decode(decoder, ended)


def parsed_settings(named: Sequence[str]) -> Settings:
    """Of NAME=VALUE, as a command line has them. Raises ValueError for what is not so."""
    return {name: float(value) for name, _, value in (one.partition("=") for one in named)}


def timed(decode: Decode, prepared: Sequence[Matrix]) -> tuple[list[str], list[float]]:
    """The texts, and the milliseconds of this thread's processor for each."""
    texts, milliseconds = [], []
    for matrix in prepared:
        begin = time.thread_time_ns()
        texts.append(decode(matrix))
        milliseconds.append((time.thread_time_ns() - begin) / 1e6)
    return texts, milliseconds

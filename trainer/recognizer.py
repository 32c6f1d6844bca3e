"""Speech to text with a trained model: what a program uses, and what `transcribe` is made of.

    recognizer = Recognizer("/data/model", "/data/lm")
    recognizer.transcribe("clip.mp3").text

ONNX Runtime, our features and our decoder; neither TensorFlow nor Beam is loaded.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import MynaError
from lm.package import LanguageModelPackage
from native.audio import AudioError
from native.decoder import Decoder, DecoderOptions
from native.features import Samples, features
from native.lexicon import BYTE_LABELS
from trainer.acoustic_model import AcousticModel
from trainer.clip_audio import clip_samples
from trainer.model_folder import ModelFolder


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard in one clip."""

    text: str
    words: tuple[str, ...]
    score: float
    """What the decoder maximised (native/decoder.py): ln P(text | audio), and with a language model
    its share. Comparable between texts of one clip, not between clips."""
    acoustic: float
    """ln P(text | audio) of the acoustic model alone."""
    seconds: float
    """Length of the clip."""


class Recognizer:
    """A model, and a language model if there is one. Threads may share a Recognizer.

    ``options`` are the decoder's; with a language model its package's alpha and beta count, unless
    ``options`` are given. ``threads`` is for the work on one clip. Raises MynaError for folders
    that are not whole or do not fit each other.
    """

    def __init__(
        self,
        model_folder: str | Path,
        language_model_folder: str | Path | None = None,
        *,
        options: DecoderOptions | None = None,
        beam_size: int | None = None,
        threads: int = 1,
    ) -> None:
        self.model = ModelFolder.read(model_folder)
        package = None
        if language_model_folder is not None:
            package = LanguageModelPackage.read(language_model_folder)
            package.check_alphabet(self.model.alphabet)
        if options is None:
            options = options_of(package)
        if beam_size is not None:
            options = replace(options, beam_size=beam_size)
        self.decoder = decoder_of(self.model.alphabet, package, options=options)
        self._acoustic = AcousticModel(self.model.onnx, self.model.geometry, threads=threads)

    @property
    def sample_rate(self) -> int:
        """Hz of the samples that the model hears."""
        return self.model.features.sample_rate

    def log_probs(self, samples: Samples) -> NDArray[np.float32]:
        """Natural logarithms [frames, labels], the blank last, of samples at `sample_rate`.

        Samples are as native/features.py takes them; it raises TypeError and ValueError for others.
        """
        return self._acoustic.log_probs(features(samples, self.model.features))

    def transcribe(self, source: str | Path | bytes | Samples) -> Transcription:
        """The text of one clip: a path, an encoded file in memory, or samples at `sample_rate`.

        Raises AudioError for a clip that gives no samples, MissingProgramError where its format
        needs a program that is not installed, and OSError.
        """
        if isinstance(source, Path):
            source = str(source)
        if isinstance(source, str | bytes):
            source = clip_samples(source, self.sample_rate)
        log_probs = self.log_probs(source)
        try:
            best = self.decoder.decode(log_probs)[0]
        except (ValueError, IndexError) as error:  # NaN, or no text with a probability over 0
            raise MynaError(
                f"{self.model.path}: what this model says cannot be decoded: {error}"
            ) from None
        seconds = len(source) / self.sample_rate
        return Transcription(best.text, best.words, best.total, best.acoustic, seconds)

    def transcribe_many(
        self, sources: Sequence[str | Path | bytes | Samples], *, workers: int
    ) -> Iterator[Transcription | AudioError | MynaError | OSError]:
        """Each clip's text, or what `transcribe` raises for it, in their order, as they are ready.

        So many ``workers`` are threads that take a clip each: with a Recognizer of one thread, the
        fastest way through many clips.
        """

        def one(
            source: str | Path | bytes | Samples,
        ) -> Transcription | AudioError | MynaError | OSError:
            try:
                return self.transcribe(source)
            except (AudioError, MynaError, OSError) as error:
                return error

        pool = ThreadPoolExecutor(workers)
        try:
            yield from pool.map(one, sources)
        finally:
            pool.shutdown(cancel_futures=True)


def options_of(package: LanguageModelPackage | None) -> DecoderOptions:
    """The decoder's options for a package, or without a language model."""
    if package is None:
        return DecoderOptions(hypotheses=1)
    return DecoderOptions(hypotheses=1, alpha=package.alpha, beta=package.beta)


def decoder_of(
    alphabet: Alphabet, package: LanguageModelPackage | None, *, options: DecoderOptions
) -> Decoder:
    """The decoder for an acoustic model's alphabet. Raises MynaError for a damaged package."""
    labels = BYTE_LABELS if alphabet.is_bytes else alphabet.labels
    if package is None:
        return Decoder(labels, options=options)
    try:
        return Decoder(labels, lexicon=package.trie, language_model=package.binary, options=options)
    except (ValueError, RuntimeError) as error:
        raise MynaError(f"{package.folder}: {error}. Build the package again") from None

"""Speech to text with a trained model: what a program uses, and what `transcribe` is made of.

    recognizer = Recognizer("/data/model", "/data/lm")
    recognizer.transcribe("clip.mp3").text

ONNX Runtime, our features and our decoder; neither TensorFlow nor Beam is loaded, unless the model
is to be run as a SavedModel.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.errors import FormatError, MynaError
from lm.alphabet_choice import decoder_labels
from lm.decoding import PackageDecoders, options_of
from lm.package import LanguageModelPackage
from native.audio import AudioError
from native.decoder import DecoderOptions, Hypothesis, greedy
from native.features import Samples, features
from native.hot_phrases import HotPhrases
from native.spans import WordSpan
from native.text import normalise
from trainer.data.clip_audio import clip_samples
from trainer.formats.runtime import load_model
from trainer.model_folder import ModelFolder
from trainer.model_formats import ModelFormat

LogProbs = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word of a clip, and when it was said."""

    text: str
    begin: float
    """Seconds from the beginning of the clip to the frame of its first label."""
    end: float
    """And to the end of the frame of its last one."""
    confidence: float
    """How sure the decoder is of it, 0 to 1: native/spans.py."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard in one clip."""

    text: str
    words: tuple[HeardWord, ...]
    score: float
    """What the decoder maximised (native/decoder.py): ln P(text | audio), with a language model its
    share, and the boosts of hot words that the text has. Comparable between texts of one clip with
    the same hot words, not between clips."""
    acoustic: float
    """ln P(text | audio) of the acoustic model alone."""
    seconds: float
    """Length of the clip."""


class Recognizer:
    """A model, and a language model if there is one. Threads may share a Recognizer.

    ``options`` are the decoder's; with a language model its package's alpha, beta and beam count,
    unless ``options`` are given. ``model_format`` is one in which the model lies in its folder.
    ``threads`` is for the work on one clip. ``many`` says that there are many clips, for which it
    pays to make the model faster when it is loaded. Raises MynaError for folders that are not whole
    or do not fit each other.
    """

    def __init__(
        self,
        model_folder: str | Path,
        language_model_folder: str | Path | None = None,
        *,
        options: DecoderOptions | None = None,
        beam_size: int | None = None,
        model_format: ModelFormat = ModelFormat.ONNX,
        threads: int = 1,
        many: bool = False,
    ) -> None:
        self.model = ModelFolder.read(model_folder, model_format)
        self.language_model: LanguageModelPackage | None = None
        if language_model_folder is not None:
            self.language_model = LanguageModelPackage.read(language_model_folder)
            self.language_model.check_alphabet(self.model.alphabet)
        if options is None:
            options = options_of(self.language_model)
        if beam_size is not None:
            options = replace(options, beam_size=beam_size)
        decoders = PackageDecoders(self.model.alphabet, self.language_model)
        self.decoder = decoders.decoder(options)
        self._acoustic = load_model(self.model, model_format, threads=threads, packed=many)

    @property
    def sample_rate(self) -> int:
        """Hz of the samples that the model hears."""
        return self.model.features.sample_rate

    def log_probs(self, samples: Samples) -> LogProbs:
        """Natural logarithms [frames, labels], the blank last, of samples at `sample_rate`.

        Samples are as native/features.py takes them; it raises TypeError and ValueError for others.
        """
        heard = features(samples, self.model.features)
        return self._acoustic.log_probs(self.model.normalisation.apply(heard))

    def hot_words(self, boosts: Mapping[str, float]) -> HotPhrases:
        """Words and phrases, with their boosts, for the methods below: native/hot_phrases.py.

        They are normalised as the language model's text was; without one they must be as the model
        writes. Raises MynaError, naming the phrase, for what cannot be one.
        """
        package = self.language_model
        written: dict[str, float] = {}
        for phrase, boost in boosts.items():
            text, problem = phrase, None
            if package is not None:
                text, problem = normalise(phrase, package.text_rules, package.locale)
            if problem is not None:
                raise MynaError(f"the hot phrase {phrase!r} cannot be written: {problem}")
            written[text] = boost
        try:
            return HotPhrases(self.decoder, written)
        except ValueError as error:
            raise MynaError(str(error)) from None

    def best_reading(
        self, log_probs: LogProbs, *, hot: HotPhrases | None = None
    ) -> Hypothesis | None:
        """The best reading by beam search of what `log_probs` gave; None where no text is possible.

        Raises MynaError for what is no probability: NaN, or a logarithm over 0; and for a
        language model that is damaged inside.
        """
        try:
            readings = self.decoder.decode(log_probs, hot=hot)
        except ValueError as error:
            raise self._undecodable(str(error)) from None
        except RuntimeError as error:  # the language model's file, which it names, holds a NaN
            raise FormatError(str(error)) from None
        return readings[0] if readings else None

    def greedy_text(self, log_probs: LogProbs) -> str:
        """The most likely label of each frame of what `log_probs` gave: no language model.

        Raises MynaError for NaN.
        """
        try:
            return greedy(log_probs, decoder_labels(self.model.alphabet))
        except ValueError as error:
            raise self._undecodable(str(error)) from None

    def _undecodable(self, what: str) -> MynaError:
        return MynaError(f"{self.model.path}: what this model says cannot be decoded: {what}")

    def transcribe(
        self, source: str | Path | bytes | Samples, *, hot: HotPhrases | None = None
    ) -> Transcription:
        """The text of one clip: a path, an encoded file in memory, or samples at `sample_rate`.

        Raises AudioError for a clip that gives no samples, MissingProgramError where its format
        needs a program that is not installed, and OSError.
        """
        if isinstance(source, Path):
            source = str(source)
        if isinstance(source, str | bytes):
            source = clip_samples(source, self.sample_rate)
        best = self.best_reading(self.log_probs(source), hot=hot)
        if best is None:
            raise self._undecodable("no text of the lexicon has a probability over 0")
        seconds = len(source) / self.sample_rate
        words = tuple(map(self._heard, best.words))
        return Transcription(best.text, words, best.total, best.acoustic, seconds)

    def _heard(self, word: WordSpan) -> HeardWord:
        begin, end = word.seconds(self.model.features.seconds_a_frame)
        return HeardWord(word.text, begin, end, word.confidence)

    def transcribe_many(
        self,
        sources: Sequence[str | Path | bytes | Samples],
        *,
        workers: int,
        hot: HotPhrases | None = None,
    ) -> Iterator[Transcription | AudioError | MynaError | OSError]:
        """Each clip's text, or what `transcribe` raises for it, in their order, as they are ready.

        So many ``workers`` are threads that take a clip each: with a Recognizer of one thread, the
        fastest way through many clips.
        """

        def one(
            source: str | Path | bytes | Samples,
        ) -> Transcription | AudioError | MynaError | OSError:
            try:
                return self.transcribe(source, hot=hot)
            except (AudioError, MynaError, OSError) as error:
                return error

        pool = ThreadPoolExecutor(workers)
        try:
            yield from pool.map(one, sources)
        finally:
            pool.shutdown(cancel_futures=True)

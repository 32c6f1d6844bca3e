"""Turns an acoustic model's log-probabilities into text: CTC beam search.

    decoder = Decoder(labels, lexicon="trie", language_model="lm.binary")
    decoder.decode(log_probs)[0].text

The score of a text of n words, and what the search drops, is in native/src/beam_search.h:

    total = acoustic + alpha ln(10) language_model + beta n     with a language model, else
    total = acoustic

Not for features (features.py) and not for running the acoustic model.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from native import _native
from native.language_model import LanguageModel
from native.lexicon import Lexicon, encoded_labels

LogProbs = NDArray[np.float32] | NDArray[np.float64]

# Far beyond what is of use; a word then changes a rank by what a double can hold.
MOST_ALPHA: Final = 20
MOST_BETA: Final = 100


@dataclass(frozen=True, slots=True)
class DecoderOptions:
    """How to search. Raises ValueError for values that make no sense."""

    beam_size: int = 500
    """Prefixes kept after each frame, at most: 1 to a million."""
    beam_threshold: float = 15.0
    """A prefix whose rank is lower than the best one's by more is dropped; may be infinite."""
    alpha: float = 0.8
    """Weight of the language model: of its probability's natural logarithm. 0 to 20."""
    beta: float = 2.0
    """What each word adds, so that few long words are not preferred: -100 to 100. Without a
    language model alpha and beta have no effect."""
    hypotheses: int = 10
    """Readings returned, at most."""
    merge_histories: bool = True
    """Of prefixes that nothing to come can tell apart (same node of the lexicon, same state of
    the language model) keep the best only: faster and better at the same beam_size, but the
    second and further hypotheses then differ in their last words only."""
    blank_skip: float = 1.0
    """A frame in which the blank is more probable than this is taken for the blank alone. 1: none
    is."""
    unknown_penalty: float | None = None
    """What a word outside the lexicon costs, spelt freely by the labels; to the language model it
    is <unk>. None: only the lexicon's words can be written."""
    confidence_scale: float = 1.0
    """How far apart totals set hypotheses in the confidence of words: each counts for
    exp(confidence_scale total)."""

    def __post_init__(self) -> None:
        for name, most in (("beam_size", 1_000_000), ("hypotheses", 1_000_000)):
            value = getattr(self, name)
            if not isinstance(value, int) or not 1 <= value <= most:
                raise ValueError(f"{name} must be a whole number from 1 to {most}, not {value!r}")
        if not self.beam_threshold > 0:
            raise ValueError(f"beam_threshold must be above 0, not {self.beam_threshold!r}")
        if not 0 <= self.alpha <= MOST_ALPHA:
            raise ValueError(f"alpha must be a number from 0 to {MOST_ALPHA}, not {self.alpha!r}")
        if not -MOST_BETA <= self.beta <= MOST_BETA:
            raise ValueError(
                f"beta must be a number from {-MOST_BETA} to {MOST_BETA}, not {self.beta!r}"
            )
        if not 0 < self.blank_skip <= 1:
            raise ValueError(f"blank_skip must be above 0 and at most 1, not {self.blank_skip!r}")
        if self.unknown_penalty is not None and not 0 <= self.unknown_penalty <= 100:
            raise ValueError(
                f"unknown_penalty must be a number from 0 to 100, not {self.unknown_penalty!r}"
            )
        if not 0 < self.confidence_scale <= 1000:
            raise ValueError(
                f"confidence_scale must be above 0 and at most 1000, not {self.confidence_scale!r}"
            )


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance."""

    text: str
    words: tuple[str, ...]
    acoustic: float
    """ln P(text | log-probabilities), over all paths that were not pruned."""
    language_model: float
    """log10 P(words </s> | <s>), as LanguageModel.score gives it; 0.0 without a model."""
    total: float
    """acoustic + alpha ln(10) language_model + beta (words); acoustic alone without a model."""
    is_complete: bool = True
    """False: the input ended inside a word in all that the search had left. That word is left
    out of the text; `acoustic` is that of the paths with it."""


class Decoder:
    """Searches for the best texts. Threads may share one: it does not change.

    `labels` are the acoustic model's, in their order and without the blank; the label " " parts
    words (without one a text has one word at most). With a `lexicon` (a Lexicon or its path) only
    its words can be written; a `language_model` (a LanguageModel or its path) needs the lexicon
    that was built from it. Without either, any sequence of labels is a text.

    Raises ValueError, with the reason, for labels that are empty or not distinct, for a lexicon of
    other labels or of another language model, and for a language model without a lexicon; what
    Lexicon and LanguageModel raise.
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        lexicon: Lexicon | str | os.PathLike[str] | None = None,
        language_model: LanguageModel | str | os.PathLike[str] | None = None,
        options: DecoderOptions = DecoderOptions(),
    ) -> None:
        if lexicon is not None and not isinstance(lexicon, Lexicon):
            lexicon = Lexicon(lexicon)
        if language_model is not None and not isinstance(language_model, LanguageModel):
            language_model = LanguageModel(language_model)
        self._columns = len(labels) + 1
        self.options = options
        self._decoder = _native.Decoder(
            encoded_labels(labels),
            None if lexicon is None else lexicon.compiled,
            None if language_model is None else language_model.compiled,
            (
                options.beam_size,
                options.beam_threshold,
                options.alpha,
                options.beta,
                options.hypotheses,
                options.merge_histories,
                options.blank_skip,
                math.inf if options.unknown_penalty is None else options.unknown_penalty,
                options.confidence_scale,
            ),
        )

    def decode(self, log_probs: LogProbs) -> list[Hypothesis]:
        """The best readings of one utterance, best first.

        `log_probs` is [frames, labels + 1], natural logarithms, the blank last, float32 or
        float64, contiguous or not; no frames are an utterance too. The list is empty only if some
        frame gives the probability 0 to all that could follow the prefixes kept so far. The GIL is
        released.

        Raises TypeError and ValueError for what is no such array, and ValueError, naming frame
        and label, for NaN and for values over 0.
        """
        rows = self._decoder.decode(checked(log_probs, self._columns))
        return [_hypothesis(*row) for row in rows]

    def decode_batch(self, batch: Sequence[LogProbs], threads: int) -> list[list[Hypothesis]]:
        """What `decode` gives for each utterance, in their order, on up to `threads` threads.

        Errors are those of `decode` and begin with the utterance's place: "log_probs[3]: ...".
        """
        if threads < 1:
            raise ValueError(f"threads must be at least 1, not {threads}")
        arrays = [
            checked(log_probs, self._columns, f"log_probs[{place}]")
            for place, log_probs in enumerate(batch)
        ]
        lists = self._decoder.decode_batch(arrays, threads)
        return [[_hypothesis(*row) for row in rows] for rows in lists]


def greedy(log_probs: LogProbs, labels: Sequence[str]) -> str:
    """The text of the single most probable path: the best label of each frame (the first of
    equals), repeated ones made one, blanks left out.

    Raises TypeError and ValueError for what is no array of log-probabilities for these labels,
    and ValueError, naming frame and label, for NaN.
    """
    texts = encoded_labels(labels)
    log_probs = checked(log_probs, len(texts) + 1)
    if np.isnan(log_probs).any():
        frame, column = np.argwhere(np.isnan(log_probs))[0]
        label = repr(labels[column]) if column < len(labels) else "the blank"
        raise ValueError(f"frame {frame}, label {label}: NaN in the log-probabilities")
    best = log_probs.argmax(axis=1)
    is_new = np.diff(best, prepend=-1) != 0
    path = best[is_new & (best != len(texts))]
    return b"".join(texts[number] for number in path).decode("utf-8", "replace")


def checked(log_probs: LogProbs, columns: int, name: str = "log_probs") -> LogProbs:
    """The array, contiguous, aligned and in the machine's byte order: a copy only if it was not.

    Raises TypeError for what is no array of float32 or float64, ValueError for a wrong shape.
    """
    if not isinstance(log_probs, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array, not {type(log_probs).__name__}")
    if log_probs.ndim != 2 or log_probs.shape[1] != columns:
        raise ValueError(
            f"{name} has the shape {log_probs.shape}; it must be [frames, {columns}]:"
            f" {columns - 1} labels and the blank"
        )
    native_type = log_probs.dtype.newbyteorder("=")
    if native_type == np.float32:
        return np.require(log_probs, np.float32, ["C", "A"])
    if native_type == np.float64:
        return np.require(log_probs, np.float64, ["C", "A"])
    raise TypeError(f"{name} must be float32 or float64, not {log_probs.dtype}")


def _hypothesis(
    text: bytes, acoustic: float, language_model: float, total: float, is_complete: bool
) -> Hypothesis:
    # Bytes that are not UTF-8, which labels that are bytes can make, become U+FFFD.
    decoded = text.decode("utf-8", "replace")
    words = tuple(word for word in decoded.split(" ") if word)
    return Hypothesis(decoded, words, acoustic, language_model, total, is_complete)

"""Turns an acoustic model's log-probabilities into text: CTC beam search.

    decoder = Decoder(labels, lexicon="trie", language_model="lm.binary")
    decoder.decode(log_probs)[0].text

    stream = decoder.stream()
    stream.feed(log_probs)              # as they come
    stream.partial()[0].text
    stream.finish()[0].words

    hot = HotPhrases(decoder, {"anna müller": 5.0})
    decoder.decode(log_probs, hot=hot)

Any CTC model will do, also those not trained here: native/output_columns.py says what a model's
columns may mean, docs/decoder.md how to begin. The score of a text of n words, and what the search
drops, is in native/src/beam_search.h:

    total = acoustic + alpha ln(10) language_model + beta n     with a language model, else
    total = acoustic

and what hot phrases pay (hot_phrases.py).

Not for features (features.py), not for running the acoustic model, and not for a text that is known
(alignment.py).
"""

import operator
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from native import _native
from native.hot_phrases import HotPhrases
from native.hypothesis import Hypothesis, HypothesisRow
from native.language_model import LanguageModel
from native.lexicon import Lexicon
from native.output_columns import LogProbs, OutputColumns, Scale, checked, checked_numbers
from native.spelling import encoded

__all__ = [
    "Decoder",
    "DecoderOptions",
    "DecoderStream",
    "HotPhrases",
    "Hypothesis",
    "checked",
    "greedy",
]

MOST_ALPHA: Final = _native.most_alpha
MOST_BETA: Final = _native.most_beta


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
    word_end_threshold: float = 8.0
    """A word is ended at a separator only by prefixes that are not further below the best one:
    the language model is asked less often. May be infinite."""
    blank_skip: float = 1.0
    """A frame in which the blank is more probable than this is taken for the blank alone. 1: none
    is."""
    top_labels: int = 1_000_000
    """In each frame, only so many labels, the likeliest, may be written anew: 1 to a million. A
    separator may end a word anyhow. With letters, 12 save a tenth of the time at a wide
    beam_threshold and cost next to no errors (benchmarks/README.md)."""
    unknown_penalty: float | None = None
    """What a word outside the lexicon costs, spelt freely by the labels; to the language model it
    is <unk>. None: only the lexicon's words can be written. It has no effect without a lexicon, and
    where words follow each other without a separator: nothing would say where such a word ends."""
    confidence_scale: float = 0.6
    """How far apart totals set hypotheses in the confidence of words: each counts for
    exp(confidence_scale total). benchmarks/decoder_words.py finds the value under which words are
    right as often as their confidence says: 0.6 on simulated posteriors, where it halves the
    calibration error of 1.0."""

    def __post_init__(self) -> None:
        _native.check_decoder_options(self)


class Decoder:
    """Searches for the best texts. Threads may share one: it does not change.

    `labels`, `blank` and `scale` say what the columns of the model's output are: the labels of all
    columns but the blank's in their order, None for those that are never written; see
    OutputColumns. With a `lexicon` (a Lexicon or its path), which must have been built for the same
    labels (without None), only its words can be written, and it says what parts them; a
    `language_model` (a LanguageModel or its path) needs the lexicon that was built from it. Without
    either, any sequence of labels is a text.

    Raises ValueError, with the reason, for a lexicon of other labels or of another language model,
    and for a language model without a lexicon; what OutputColumns, Lexicon and LanguageModel raise.
    """

    def __init__(
        self,
        labels: Sequence[str | None],
        *,
        lexicon: Lexicon | str | os.PathLike[str] | None = None,
        language_model: LanguageModel | str | os.PathLike[str] | None = None,
        options: DecoderOptions = DecoderOptions(),
        blank: int = -1,
        scale: Scale = "log_probs",
    ) -> None:
        if not isinstance(options, DecoderOptions):
            raise TypeError(f"options must be DecoderOptions, not {type(options).__name__}")
        self.columns = OutputColumns(labels, blank=blank, scale=scale)
        if lexicon is not None and not isinstance(lexicon, Lexicon):
            lexicon = Lexicon(lexicon)
        if language_model is not None and not isinstance(language_model, LanguageModel):
            language_model = LanguageModel(language_model)
        self.options = options
        self._decoder = _native.Decoder(
            self.columns.compiled,
            None if lexicon is None else lexicon.compiled,
            None if language_model is None else language_model.compiled,
            options,
        )

    @property
    def compiled(self) -> _native.Decoder:
        """For native/hot_phrases.py."""
        return self._decoder

    def decode(self, log_probs: LogProbs, *, hot: HotPhrases | None = None) -> list[Hypothesis]:
        """The best readings of one utterance, best first; `hot` phrases are heard more readily.

        `log_probs` is [frames, columns], float32 or float64, in any layout; nothing is copied. No
        frames are an utterance too. The list is empty only if some frame gives the probability 0
        to all that could follow the prefixes kept so far. The GIL is released.

        Raises TypeError and ValueError for what is no such array, and ValueError, naming frame
        and label, for NaN and for values over 0 (in logits, infinity); and for hot phrases of
        another decoder.
        """
        rows = self._decoder.decode(self.columns.checked(log_probs), _compiled(hot))
        return self._hypotheses(rows)

    def decode_batch(
        self,
        batch: Sequence[LogProbs] | LogProbs,
        threads: int,
        *,
        lengths: Sequence[int] | NDArray[np.integer] | None = None,
        hot: HotPhrases | None = None,
    ) -> list[list[Hypothesis]]:
        """What `decode` gives for each utterance, in their order, on up to `threads` threads.

        `batch` is a list of arrays, or one padded array [utterances, frames, columns]; of that one,
        `lengths` are each utterance's frames, and what lies behind them is not looked at. Errors
        are those of `decode` and begin with the utterance's place: "log_probs[3]: ...".
        """
        threads = _at_least_1(threads, "threads")
        arrays = [
            self.columns.checked(log_probs, f"log_probs[{place}]")
            for place, log_probs in enumerate(_parted(batch, lengths))
        ]
        threads = min(threads, max(len(arrays), 1))
        batches = self._decoder.decode_batch(arrays, threads, _compiled(hot))
        return [self._hypotheses(rows) for rows in batches]

    def stream(self, *, hot: HotPhrases | None = None) -> "DecoderStream":
        """Begins an utterance whose frames come one after the other; for `hot` see `decode`."""
        return DecoderStream(self, hot=hot)

    def _hypotheses(self, rows: Iterable[HypothesisRow]) -> list[Hypothesis]:
        return [Hypothesis(*row, self.columns.labels) for row in rows]


class DecoderStream:
    """An utterance that is decoded while it is spoken. Threads may share one: calls are done one
    after the other.

    In whatever pieces the frames are fed, the results are those of `Decoder.decode` for all of
    them. Every method raises ValueError after `finish`, and after an error other than those that it
    names.
    """

    def __init__(self, decoder: Decoder, *, hot: HotPhrases | None = None) -> None:
        self._decoder = decoder
        self._stream = _native.DecoderStream(decoder.compiled, _compiled(hot))

    @property
    def frames(self) -> int:
        """How many were fed."""
        return self._stream.frames

    def feed(self, log_probs: LogProbs) -> None:
        """The next frames: [frames, columns], as `Decoder.decode` takes them.

        Raises what `decode` raises, and then has taken none of these frames; it names the frame by
        its place in the utterance. The GIL is released.
        """
        self._stream.feed(self._decoder.columns.checked(log_probs))

    def partial(self, hypotheses: int = 1) -> list[Hypothesis]:
        """The best readings, so many at most, if the utterance ended here. It goes on as if nobody
        had asked, but for the confidence of words, rarely: that may depend on when it was."""
        count = min(_at_least_1(hypotheses, "hypotheses"), sys.maxsize)
        return self._decoder._hypotheses(self._stream.partial(count))

    def finish(self) -> list[Hypothesis]:
        """The best readings of the utterance, best first, as `Decoder.decode` gives them."""
        return self._decoder._hypotheses(self._stream.finish())


def _compiled(hot: HotPhrases | None) -> _native.HotPhrases | None:
    if hot is None:
        return None
    if not isinstance(hot, HotPhrases):
        raise TypeError(
            f"hot must be HotPhrases(decoder, {{phrase: boost, ...}}), not {type(hot).__name__}"
        )
    return hot.compiled


def _at_least_1(number: int, name: str) -> int:
    try:
        number = operator.index(number)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {number!r}") from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1, not {number}")
    return number


def _parted(
    batch: Sequence[LogProbs] | LogProbs, lengths: Sequence[int] | NDArray[np.integer] | None
) -> Sequence[LogProbs]:
    """The utterances of a batch: views of the array, if it is one."""
    if isinstance(batch, str | bytes) or not isinstance(batch, Iterable):
        raise TypeError(f"a batch must be a list of arrays, not {type(batch).__name__}")
    if not isinstance(batch, np.ndarray):
        if lengths is not None:
            raise ValueError("lengths are for a padded array; a list's arrays have their own")
        return batch
    padded = checked_numbers(batch, "log_probs")
    if padded.ndim != 3:
        raise ValueError(
            f"log_probs has the shape {padded.shape}; a batch must be a list of arrays or"
            " [utterances, frames, columns]"
        )
    if lengths is None:
        return list(padded)
    frames = _whole(lengths)
    if len(frames) != len(padded):
        raise ValueError(f"there are {len(frames)} lengths for {len(padded)} utterances")
    for place, length in enumerate(frames):
        if not 0 <= length <= padded.shape[1]:
            raise ValueError(
                f"lengths[{place}] is {length}; an utterance has 0 to {padded.shape[1]} frames"
            )
    return [utterance[:length] for utterance, length in zip(padded, frames, strict=True)]


def _whole(lengths: Sequence[int] | NDArray[np.integer]) -> list[int]:
    if not isinstance(lengths, Iterable):
        raise TypeError(f"lengths must be a list, a number of frames an utterance, not {lengths!r}")
    frames: list[int] = []
    for length in lengths:
        try:
            frames.append(operator.index(length))
        except TypeError:
            place = f"lengths[{len(frames)}]"
            raise TypeError(f"{place} must be a whole number of frames, not {length!r}") from None
    return frames


def greedy(log_probs: LogProbs, labels: Sequence[str | None], *, blank: int = -1) -> str:
    """The text of the single most probable path: the best label of each frame (the first of
    equals), repeated ones made one, blanks left out. Logits have the same.

    `labels` and `blank` are as OutputColumns has them. Raises TypeError and ValueError for what is
    no output with these columns, and ValueError, naming frame and label, for NaN.
    """
    columns = OutputColumns(labels, blank=blank)
    array = columns.checked(log_probs)[:, columns.places]
    if np.isnan(array).any():
        frame, number = np.argwhere(np.isnan(array))[0]
        label = (
            "the blank" if number == len(columns.labels) else f"label {columns.labels[number]!r}"
        )
        raise ValueError(f"frame {frame}, {label}: NaN in the log-probabilities")
    best = array.argmax(axis=1)
    is_new = np.diff(best, prepend=-1) != 0
    path = best[is_new & (best != len(columns.labels))]
    return b"".join(encoded(columns.labels[n], "a label") for n in path).decode("utf-8", "replace")

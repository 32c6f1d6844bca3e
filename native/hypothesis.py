"""What the decoder says of an utterance."""

from dataclasses import dataclass, field

import numpy as np

from native.spans import LabelStep, WordSpan

HypothesisRow = tuple[
    str, float, float, float, float, bool, tuple[tuple[str, int, int, float], ...], bytes
]
"""As the compiled code gives them: text, acoustic, language model, hot phrases, total,
is_complete, words, and the label steps as numbers of 32 bits: label, frame, label, frame, ..."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance."""

    text: str
    acoustic: float
    """ln P(text | log-probabilities), over all paths that were not pruned."""
    language_model: float
    """log10 P(words </s> | <s>), as LanguageModel.score gives it; 0.0 without a model."""
    hot_phrases: float
    """What the hot phrases in it pay; 0.0 without any."""
    total: float
    """What the decoder maximised: native/src/beam_search.h has the formula."""
    is_complete: bool
    """False: the input ended inside a word in all that the search had left. That word is left
    out of the text; `acoustic` is that of the paths with it."""
    _words: tuple[tuple[str, int, int, float], ...] = field(repr=False)
    _steps: bytes = field(repr=False)
    _labels: tuple[str, ...] = field(repr=False)

    @property
    def words(self) -> tuple[WordSpan, ...]:
        """The words, first to last, with their frames on the best path; made anew at each call."""
        return tuple(WordSpan(*word) for word in self._words)

    @property
    def labels(self) -> tuple[LabelStep, ...]:
        """The labels of the best path, first to last; made anew at each call."""
        steps = np.frombuffer(self._steps, np.uint32).reshape(-1, 2).tolist()
        return tuple(LabelStep(self._labels[number], frame) for number, frame in steps)

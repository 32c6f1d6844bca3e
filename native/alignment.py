"""Finds when each word and label of a known text was said: exact CTC alignment, for hours too.

    alignment = align(log_probs, "the cat sat", labels)
    alignment.words[1].seconds(0.02)    # (0.42, 0.68)

Not for finding out what was said (decoder.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from native import _native
from native.output_columns import LogProbs, OutputColumns, Scale
from native.spans import Span
from native.spelling import LabelNumbers, SpelledWord, encoded, word_and_spelling


@dataclass(frozen=True, slots=True)
class AlignedSpan(Span):
    """A word or label and its frames."""

    score: float
    """Mean, over its frames, of the natural logarithm of its label's probability; a word's is over
    the frames of all its labels. 0 is certain; blanks and separators are nobody's."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """When a text was said."""

    words: tuple[AlignedSpan, ...]
    """From a word's first label to its last one."""
    labels: tuple[AlignedSpan, ...]
    """Of all labels of the text, separators too."""
    log_prob: float
    """ln P(path | log-probabilities) of the best path, blanks included."""


def align(
    log_probs: LogProbs,
    text: str | Sequence[str | SpelledWord],
    labels: Sequence[str | None],
    *,
    blank: int = -1,
    scale: Scale = "log_probs",
    separator: str | None = " ",
) -> Alignment:
    """The most probable of all paths of CTC that give the text.

    `log_probs`, `labels`, `blank` and `scale` are as OutputColumns has them; nothing is copied. A
    `text` is parted into words at white space; each is spelled with the longest label that fits at
    each place, and the label `separator` is between any two. With None nothing is, and a word
    begins with SentencePiece's "▁" if the labels can spell it so. A list of words may have a
    spelling of your own with each: ``[(word, [label, label, ...]), ...]``.

    The search is exact, and takes some 120 bytes for each label of the text and 32 MB beside the
    input, however many frames there are. Time grows with the uncertainty: where the model agrees
    with the text, far less than frames times labels. Where a tenth of the labels are wrong, it is a
    share of frames times labels: four times as much for twice the audio. (Only paths that have cost
    more than the whole best one are known to be worse.) The GIL is released.

    Raises ValueError, with the reason, for a text that the labels cannot spell, that has more
    labels than fit into the frames, or that is impossible, and for NaN and values over 0, naming
    frame and label; TypeError for what is no text; what OutputColumns raises.
    """
    columns = OutputColumns(labels, blank=blank, scale=scale)
    array = columns.checked(log_probs)
    spelled = _spelled(text, columns)
    word_rows, numbers, label_rows, log_prob = _native.align(
        columns.compiled,
        array,
        [(encoded(word, "a word"), spelling) for word, spelling in spelled],
        None if separator is None else encoded(separator, "separator"),
    )
    words = (AlignedSpan(word, *row) for (word, _), row in zip(spelled, word_rows, strict=True))
    spans = (
        AlignedSpan(columns.labels[number], *row)
        for number, row in zip(numbers, label_rows, strict=True)
    )
    return Alignment(tuple(words), tuple(spans), log_prob)


def _spelled(
    text: str | Sequence[str | SpelledWord], columns: OutputColumns
) -> list[tuple[str, list[int] | None]]:
    """Each word with the numbers of its labels; None where the labels are to spell it."""
    if isinstance(text, str):
        return [(word, None) for word in text.split()]
    if not isinstance(text, Iterable):
        raise TypeError(f"a text must be a string or a list of words, not {type(text).__name__}")
    numbers = LabelNumbers(columns.labels)
    parted = map(word_and_spelling, text)
    return [
        (word, None if spelling is None else numbers.of(word, spelling))
        for word, spelling in parted
    ]

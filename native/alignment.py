"""Finds when each word and label of a known text was said: exact CTC alignment, for hours too.

    alignment = align(log_probs, "the cat sat", labels)
    alignment.words[1].seconds(0.02)    # (0.42, 0.68)

Not for finding out what was said (decoder.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from native import _native
from native.output_columns import LogProbs, OutputColumns, Scale, refuse_string
from native.spans import Span

SpelledWord = tuple[str, Sequence[str]]


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
    text: str | Sequence[SpelledWord],
    labels: Sequence[str | None],
    *,
    blank: int = -1,
    scale: Scale = "log_probs",
    separator: str | None = " ",
) -> Alignment:
    """The most probable of all paths of CTC that give the text.

    `log_probs`, `labels`, `blank` and `scale` are as OutputColumns has them; nothing is copied. A
    `text` is parted into words at white space; each is spelled with the longest label that fits at
    each place, and the label `separator` is between any two; with None nothing is. A spelling of
    your own (of SentencePiece, say) is given with each word:
    ``[(word, [label, label, ...]), ...]``.

    The search is exact, and takes some 120 bytes for each label of the text and 32 MB beside the
    input, however many frames there are. Time grows with the uncertainty: where the model agrees
    with the text, far less than frames times labels. The GIL is released.

    Raises ValueError, with the reason, for a text that the labels cannot spell, that has more
    labels than fit into the frames, or that is impossible, and for NaN and values over 0, naming
    frame and label; what OutputColumns raises.
    """
    columns = OutputColumns(labels, blank=blank, scale=scale)
    array = columns.checked(log_probs)
    spelled = _spelled(text, columns)
    numbers, owners = _flat(spelled, _separator(spelled, columns, separator))
    rows, log_prob = _native.align(columns.compiled, array, numbers)
    steps = [
        AlignedSpan(columns.labels[number], *row) for number, row in zip(numbers, rows, strict=True)
    ]
    words = tuple(_words([word for word, _ in spelled], owners, steps))
    return Alignment(words, tuple(steps), log_prob)


def _spelled(
    text: str | Sequence[SpelledWord], columns: OutputColumns
) -> list[tuple[str, list[int]]]:
    """Each word with the numbers of its labels."""
    if isinstance(text, str):
        return [(word, _spelling(word, columns)) for word in text.split()]
    numbers = {label: number for number, label in enumerate(columns.labels)}
    spelled = []
    for word, spelling in text:
        refuse_string(spelling, f"the spelling of {word!r}")
        for label in spelling:
            if label not in numbers:
                raise ValueError(f"the spelling of {word!r} has {label!r}, which is no label")
        if not spelling:
            raise ValueError(f"the spelling of {word!r} is empty")
        spelled.append((word, [numbers[label] for label in spelling]))
    return spelled


def _spelling(word: str, columns: OutputColumns) -> list[int]:
    numbers = columns.spell(word)
    if numbers is None:
        raise ValueError(f"the labels cannot spell {word!r}. Give a text without it")
    return numbers


def _separator(
    spelled: Sequence[object], columns: OutputColumns, separator: str | None
) -> int | None:
    """The number of the label between words, where there is more than one."""
    if separator is None or len(spelled) < 2:
        return None
    if separator not in columns.labels:
        raise ValueError(
            f"the separator {separator!r} is no label: say which label parts words, or None if"
            " none does"
        )
    return columns.labels.index(separator)


def _flat(
    spelled: Sequence[tuple[str, list[int]]], separator: int | None
) -> tuple[list[int], list[int | None]]:
    """The labels of the text, and of each the place of its word; None for separators."""
    numbers: list[int] = []
    owners: list[int | None] = []
    for place, (_, spelling) in enumerate(spelled):
        if place and separator is not None:
            numbers.append(separator)
            owners.append(None)
        numbers += spelling
        owners += [place] * len(spelling)
    return numbers, owners


def _words(
    texts: Sequence[str], owners: Sequence[int | None], steps: Sequence[AlignedSpan]
) -> Iterator[AlignedSpan]:
    at = 0
    for place, text in enumerate(texts):
        while owners[at] != place:
            at += 1
        begin = at
        while at < len(steps) and owners[at] == place:
            at += 1
        own = steps[begin:at]
        frames = [step.end_frame - step.begin_frame for step in own]
        score = sum(n * s.score for n, s in zip(frames, own, strict=True)) / sum(frames)
        yield AlignedSpan(text, own[0].begin_frame, own[-1].end_frame, score)

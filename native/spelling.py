"""Labels and words on their way to the compiled code: texts as bytes, spellings as numbers.

Whatever is no such thing is named here, before pybind11 would list its signatures. Not for whether
labels can spell a word: the compiled code finds that.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TypeVar

Value = TypeVar("Value")

SpelledWord = tuple[str, Sequence[str]]
"""A word and the labels that spell it."""


def encoded(text: str, name: str) -> bytes:
    """A text in UTF-8; the lone surrogates of PEP 383 are the bytes that they stand for.

    Raises TypeError, with the name, for what is no string.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, not {text!r}")
    return text.encode("utf-8", "surrogateescape")


def in_order(values: Iterable[Value], name: str) -> tuple[Value, ...]:
    """The values. A string is a sequence of strings too, but never the one that was meant.

    Raises TypeError for one, and for what has no order that could be meant: a set, a mapping.
    """
    if isinstance(values, str | bytes):
        raise TypeError(f"{name} is a string; give a list of strings")
    if isinstance(values, Mapping | Set) or not isinstance(values, Iterable):
        raise TypeError(
            f"{name} must be a list of strings in their order, not {type(values).__name__}"
        )
    return tuple(values)


def word_and_spelling(given: str | SpelledWord) -> tuple[str, Sequence[str] | None]:
    """A word alone, or with its labels. Raises TypeError for what is neither."""
    if isinstance(given, str):
        return given, None
    match given:
        case (str(word), spelling):
            return word, in_order(spelling, f"the spelling of {word!r}")
    raise TypeError(f"a word must be a string, or a string and its labels, not {given!r}")


class LabelNumbers:
    """The labels of an acoustic model by their numbers."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._numbers = {label: number for number, label in enumerate(labels)}

    def of(self, word: str, spelling: Sequence[str]) -> list[int]:
        """The numbers of a word's labels. Raises ValueError, naming the word, for what is none."""
        try:
            return [self._numbers[label] for label in spelling]
        except KeyError as error:
            raise ValueError(
                f"the spelling of {word!r} has {error.args[0]!r}, which is none of the labels"
            ) from None

"""Scores sentences with an n-gram language model, through KenLM."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from native import _native


@dataclass(frozen=True)
class Score:
    """What a language model says about one sentence.

    `log10` is the base-10 logarithm of the probability of the words followed by the end of the
    sentence, given its beginning. `unknown` counts the words that the model does not know; they
    are scored as `<unk>`, so that sentences with unknown words compare badly.
    """

    log10: float
    unknown: int


@dataclass(frozen=True, slots=True)
class TextScore:
    """What a language model says about many sentences."""

    sentences: int
    words: int
    """Without the ends of sentences."""
    log10: float
    """Base-10 logarithm of the probability of all words and all ends of sentences."""
    unknown_log10: float
    """What the unknown words, scored as ``<unk>``, have of it."""
    unknown_words: tuple[str, ...]
    """In the order of the text, as often as they are there."""


def words_of_model(path: str | os.PathLike[str]) -> list[str]:
    """The words of a model, in the order of its numbers, with <unk>, <s> and </s>.

    Raises OSError; RuntimeError for what is no language model, and for a binary without words'
    texts (one of `build_binary -v`); UnicodeDecodeError for a word that is not UTF-8.
    """
    return [word.decode() for word in _native.words_of_model(os.fsencode(path))]


class LanguageModel:
    """A language model out of `lmplz` (ARPA) or `build_binary`. Threads may share one.

    A binary is mapped into memory: processes on one machine share its pages.
    Raises OSError, and RuntimeError for what is not a language model; so does any score out of a
    file that holds a NaN. KenLM looks at the head and the length of a binary, not at what is
    inside: a binary can harm whoever opens it, so take it only from where you would take programs.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._model = _native.LanguageModel(os.fsencode(path))

    @property
    def compiled(self) -> _native.LanguageModel:
        """For native/decoder.py."""
        return self._model

    @property
    def order(self) -> int:
        """The number of words in the longest n-gram."""
        return self._model.order

    def score(self, words: Sequence[str]) -> Score:
        """Scores one sentence, without `<s>` and `</s>`: those are added.

        Raises TypeError if given a string: it would be taken for a list of letters.
        """
        if isinstance(words, str):
            raise TypeError("words is a string; split it into words first")
        log10, unknown = self._model.score(words)
        return Score(log10, unknown)

    def score_text(self, sentences: bytes) -> TextScore:
        """Scores sentences as native/sentences.py makes them, without holding the GIL.

        They are UTF-8, a line feed behind each, words parted by spaces; an empty line is a
        sentence without words. Raises UnicodeDecodeError where an unknown word is not UTF-8.
        """
        score = self._model.score_text(sentences)
        numbers, unknown = score[:4], score[4].decode()
        return TextScore(*numbers, tuple(unknown.split("\n")[:-1]))

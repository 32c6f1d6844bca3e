"""The lexicon: the words that the decoder can write, as a tree of labels in one file (`trie`).

    build_lexicon(words, alphabet.labels, "lm.binary", "trie")
    Lexicon("trie").words

The file is mapped into memory, has a version and a checksum, and holds the labels that it was made
for; each node knows the highest log10 P(word) of the words below it, for the decoder's look-ahead.
The layout is in native/src/lexicon.h.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from native import _native

BYTE_LABELS: Final = tuple(
    bytes([value]).decode("utf-8", "surrogateescape") for value in range(1, 256)
)
"""The labels of the alphabet `bytes`: the bytes 1 to 255 of UTF-8, those from 128 on as the lone
surrogates that Python's surrogateescape makes of them (PEP 383)."""


def build_lexicon(
    words: Sequence[str], labels: Sequence[str], language_model: str | Path, target: str | Path
) -> None:
    """Writes the lexicon of `words` into the file `target`, in place.

    `labels` are those of the acoustic model, in their order and without the blank. Words are
    spelled with the longest label that fits at each place. `language_model` is a file of KenLM's:
    a word that it does not know has the score of <unk>. The order of the words does not matter,
    and twice is once: the same words give the same bytes. An open lexicon is mapped into
    memory and must not be written over: write beside it, and rename.

    Raises ValueError, naming the word, for an empty one, one that the labels cannot spell, one
    with a space in it, and <s>, </s>, <unk>; ValueError for no words and for labels that
    are empty or not distinct; RuntimeError for what is no language model; OSError.
    """
    _refuse_string(words, "words")
    texts = [word.encode("utf-8") for word in words]
    content = _native.build_lexicon(texts, encoded_labels(labels), os.fsencode(language_model))
    Path(target).write_bytes(content)


class Lexicon:
    """A lexicon that was built. Threads may share one; processes share its pages.

    Raises OSError, and ValueError with path and reason for a file that is no lexicon, that is
    damaged, or that another version of Myna made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lexicon = _native.Lexicon(os.fsencode(path))

    @property
    def compiled(self) -> _native.Lexicon:
        """For native/decoder.py."""
        return self._lexicon

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the words are spelled with; the blank is not among them."""
        return tuple(text.decode("utf-8", "surrogateescape") for text in self._lexicon.labels)

    @property
    def words(self) -> int:
        """The number of words."""
        return self._lexicon.words

    def __contains__(self, word: str) -> bool:
        """Whether the decoder can write this word."""
        return self._lexicon.contains(word.encode("utf-8", "surrogateescape"))

    def spellings(self) -> list[str]:
        """All words, in the alphabetical order of their labels' numbers."""
        return [text.decode("utf-8", "surrogateescape") for text in self._lexicon.spellings()]


def encoded_labels(labels: Iterable[str]) -> list[bytes]:
    """The labels as the compiled code takes them. Raises TypeError for a string."""
    _refuse_string(labels, "labels")
    return [label.encode("utf-8", "surrogateescape") for label in labels]


def _refuse_string(values: object, name: str) -> None:
    """A string is a sequence of strings too, but never the one that was meant."""
    if isinstance(values, str):
        raise TypeError(f"{name} is a string; give a list of strings")

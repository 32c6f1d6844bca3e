"""The lexicon: the words that the decoder can write, as a tree of labels in one file (`trie`).

    build_lexicon(words, alphabet.labels, "lm.binary", "trie")
    Lexicon("trie").words

There are three kinds, by what stands between words. `separator` is the label that ends a word,
`joint` what is written there:

    separated       separator " " or "|", joint " "     words of letters
    pieces          separator None, joint " "           words of SentencePiece or BPE pieces, which
                                                        say themselves where a word begins
    units           separator None, joint ""            characters or bytes: what the language model
                                                        has for words are characters, " " too

The file is mapped into memory, has a version and a checksum, and holds the labels that it was made
for and the fingerprint of the language model; each node knows the highest log10 P(word) of the
words below it, for the decoder's look-ahead. The layout is in native/src/lexicon_file.h.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from native import _native
from native.spelling import LabelNumbers, SpelledWord, encoded, in_order, word_and_spelling

BYTE_LABELS: Final = tuple(
    bytes([value]).decode("utf-8", "surrogateescape") for value in range(1, 256)
)
"""The labels of the alphabet `bytes`: the bytes 1 to 255 of UTF-8, those from 128 on as the lone
surrogates that Python's surrogateescape makes of them (PEP 383)."""


def build_lexicon(
    words: Iterable[str | SpelledWord],
    labels: Sequence[str],
    language_model: str | Path | None,
    target: str | Path,
    *,
    separator: str | None = " ",
    joint: Literal[" ", ""] = " ",
) -> None:
    """Writes the lexicon of `words` into the file `target`, in place.

    `labels` are those of the acoustic model, in their order and without the blank. A word alone is
    spelled with the longest label that fits at each place; with its labels, by those. A word may
    have several spellings, and a spelling several words. `language_model` is a file of KenLM's: a
    word that it does not know has the score of <unk>. None is for decoding without one.

    `separator` is the label that ends a word; if that is " " and no label, nor "|", a text is one
    word at most. None: words follow each other without any label, and a word alone begins with
    SentencePiece's "▁" if the labels can spell it so. `joint` is what is written between two
    words. If that is nothing, " " may be a word, of which KenLM knows as "<space>".

    The order of the words does not matter, and twice is once: the same words give the same bytes.
    An open lexicon is mapped into memory and must not be written over: write beside it, and
    rename.

    Raises ValueError, naming the word, for an empty one, one that the labels cannot spell, one
    with a space or a zero in it, and <s>, </s>, <unk>; for a spelling that is empty, or has the
    separator or what is no label in it; ValueError for no words, a separator that is no label, and
    labels that are empty or not distinct; TypeError for what are no words or labels; RuntimeError
    for what is no language model; OSError.
    """
    if isinstance(words, str | Mapping):
        what = "string" if isinstance(words, str) else "mapping"
        raise TypeError(f"words is a {what}; give a list of strings, or of words with their labels")
    labels = in_order(labels, "labels")
    if separator == " " and " " not in labels and "|" in labels:
        raise ValueError("no label is ' ', which is to end a word: is it separator='|'?")
    texts, spelled = _parted(words, labels)
    if joint not in (" ", ""):
        raise ValueError(f"joint must be a space or nothing, not {joint!r}")
    content = _native.build_lexicon(
        texts,
        spelled,
        encoded_labels(labels),
        None if language_model is None else os.fsencode(language_model),
        None if separator is None else encoded(separator, "separator"),
        joint == " ",
    )
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
        return tuple(map(_decoded, self._lexicon.labels))

    @property
    def words(self) -> int:
        """The number of words: those with several spellings count once."""
        return self._lexicon.words

    @property
    def separator(self) -> str | None:
        """The label that ends a word."""
        number = self._lexicon.separator
        return None if number is None else self.labels[number]

    @property
    def is_unseparated(self) -> bool:
        """Whether a word may begin where another ends. Without that and without a separator, a
        text is one word at most."""
        return self._lexicon.is_unseparated

    @property
    def joint(self) -> str:
        """What the decoder writes between two words."""
        return self._lexicon.joint

    def __contains__(self, word: str) -> bool:
        """Whether the decoder can write this word."""
        return self._lexicon.contains(encoded(word, "a word"))

    def vocabulary(self) -> list[str]:
        """All words, in the order of their bytes in UTF-8."""
        return list(map(_decoded, self._lexicon.texts()))

    def spellings(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each word with each of its spellings, in the order of the labels' numbers."""
        labels = self.labels
        return [
            (_decoded(text), tuple(labels[number] for number in spelling))
            for text, spelling in self._lexicon.spellings()
        ]


def encoded_labels(labels: Iterable[str]) -> list[bytes]:
    """The labels as the compiled code takes them. Raises TypeError for what is no list of them."""
    return [encoded(label, "a label") for label in in_order(labels, "labels")]


def _parted(
    words: Iterable[str | SpelledWord], labels: Sequence[str]
) -> tuple[list[bytes], list[tuple[bytes, list[int]]]]:
    """Words alone, and those with a spelling."""
    numbers = LabelNumbers(labels)
    texts = []
    spelled = []
    for given in words:
        word, spelling = word_and_spelling(given)
        if spelling is None:
            texts.append(_utf_8(word))
        else:
            spelled.append((_utf_8(word), numbers.of(word, spelling)))
    return texts, spelled


def _utf_8(word: str) -> bytes:
    """What language models have; no bytes as surrogates."""
    try:
        return word.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"the word {word!r} has what is no character") from None


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")

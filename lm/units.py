"""What a language model takes for its words: the words of a sentence, or its characters.

    Units().tokens(b"to be\\n")               b"to be\\n"
    Units("character").tokens(b"to be\\n")    b"t o <space> b e\\n"

A character is a code point, as in DeepSpeech's bytes mode: a letter and a mark on it that has no
code point with it are two, unless the alphabet has a label for both together, which is one then.
Labels that are bytes change nothing here: each character is spelled by one to four of them. KenLM
parts its words at spaces, so that the space itself is called <space>.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, get_args

from importers.alphabet import Alphabet

Unit = Literal["word", "character"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

SPACE: Final = "<space>"
"""What a model of characters calls the space."""
NO_LETTERS: Final = (" ",)
"""Labels that spell nothing: there is no space in a unit."""
_SPACE_LABELS: Final = (" ", "|")
"""The second is that of wav2vec 2.0's alphabets."""


@dataclass(frozen=True)
class Units:
    """How sentences are taken apart."""

    unit: Unit = "word"
    alphabet: Alphabet | None = None
    """Of the words' spellings; None: each code point has a label, the space too."""

    def tokens(self, sentences: bytes) -> bytes:
        """Sentences as KenLM is to see them.

        Both are UTF-8, a line feed behind each sentence, as native/sentences.py makes them: words,
        here tokens, are parted by single spaces. A space for which the alphabet has no label is
        left out: nothing that is recognised has one.
        """
        if self.unit == "word" or not sentences:
            return sentences
        text = sentences.decode().removesuffix("\n")
        if self.space_label is None:
            text = text.replace(" ", "")
        parts = self._pattern.findall(text) if self._pattern else text
        # A space is parted from its neighbours by spaces, so there are three; so is a line feed.
        parted = " ".join(parts).replace("   ", f" {SPACE} ").replace(" \n ", "\n")
        return parted.encode() + b"\n"

    def spellings(self, tokens: bytes) -> bytes:
        """The tokens that have letters: those of `tokens`, but for the space."""
        return tokens.replace(f"{SPACE} ".encode(), b"") if self.unit == "character" else tokens

    @property
    def space_label(self) -> str | None:
        """The label that stands for a space: that itself, or | where there is no such label."""
        if self.alphabet is None or self.alphabet.is_bytes:
            return " "
        return next((label for label in _SPACE_LABELS if label in self.alphabet.labels), None)

    @property
    def letters(self) -> tuple[str, ...] | None:
        """The labels that spell units; None: bytes, or no alphabet yet, which spell anything.

        That of the space is none of them: a word that has it inside would end there.
        """
        if self.alphabet is None or self.alphabet.is_bytes:
            return None
        labels = (label for label in self.alphabet.labels if label != self.space_label)
        return tuple(labels) or NO_LETTERS

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Finds the longest labels; not needed where each label is a code point."""
        labels = self.alphabet.labels if self.alphabet else ()
        long = [label for label in labels if len(label) > 1 and not any(map(str.isspace, label))]
        return _longest_of(long) if long else None


def words_in(sentences: bytes) -> int:
    """How many words sentences have that are not taken apart: a measure of text for all units."""
    return sentences.count(b" ") + sentences.count(b"\n")


def _longest_of(labels: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(labels, key=lambda label: (-len(label), label))
    return re.compile("|".join([*map(re.escape, longest_first), "."]), re.DOTALL)

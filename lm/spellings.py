"""Lexicon files: how words are spelled with an acoustic model's labels, as flashlight has them.

    hello    ▁he llo
    read     r e d |
    read     r e a d |

A line has a word, white space, and its labels, parted by white space; a word may have several
lines. A label that ends a word behind the others, as in wav2letter's files, is dropped.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importers.alphabet import Alphabet, describe
from importers.errors import FormatError, MynaError, UsageError
from importers.file_names import name_as_text
from lm.alphabet_choice import AlphabetChoice
from lm.numbered_lines import NumberedLines
from lm.units import NO_LETTERS, Units
from lm.vocabulary import check_left_out
from native.sentences import LeftOut, Vocabulary, WordCounts
from native.spelling import SpelledWord


@dataclass(frozen=True, slots=True)
class Spelling:
    """The labels of one line."""

    labels: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Spellings:
    """How words are spelled with the labels of an alphabet, which is that of an acoustic model."""

    path: Path
    sha256: str
    """Of the file."""
    words: Mapping[str, Sequence[Spelling]]
    alphabet: Alphabet

    @property
    def record(self) -> dict[str, str]:
        """What lm.json keeps of the file."""
        return {"name": name_as_text(self.path.name), "sha256": self.sha256}

    @property
    def separator(self) -> str | None:
        """The label that ends a word, if the alphabet has one."""
        return Units("word", self.alphabet).space_label

    def spelled(self, words: Iterable[str]) -> Iterator[str | SpelledWord]:
        """Each word with each of its spellings; words that have none alone."""
        for word in words:
            if some := self.words.get(word):
                yield from ((word, spelling.labels) for spelling in some)
            else:
                yield word

    def choose(self, counts: WordCounts, top: int) -> Vocabulary:
        """The most frequent words that have a spelling, or can be spelled by their letters.

        Where no label ends a word, only a spelling tells where one begins: then words that have
        none are left out.
        """
        letters = Units("word", self.alphabet).letters if self.separator else NO_LETTERS
        return counts.choose(letters, top, spelled=self.words)

    def check_left_out(self, vocabulary: Vocabulary, choice: AlphabetChoice) -> Iterator[str]:
        """What is said of words without a spelling, and of those that are left out, in lines.

        Raises MynaError where no word of the text has a spelling.
        """
        known = sum(word in self.words for word in vocabulary.words)
        if not known:
            raise MynaError(
                f"{self.path}: no word of the text is in it. Its words must be written as the text "
                "rules write them (in lower case, mostly)"
            )
        line = f"{self.path.name} has spellings of {known:,} of {len(vocabulary.words):,} words"
        if self.separator:
            yield f"{line}; the others are spelled by their letters"
        else:
            words, running = vocabulary.unwritable
            yield line
            if words:
                yield (
                    f"left out: {words:,} words ({running:,} of all running words) that "
                    f"{self.path.name} has not: no label of the alphabet ends a word, so that "
                    "letters do not tell where one begins"
                )
            vocabulary = vocabulary._replace(unwritable=LeftOut(0, 0))
        yield from check_left_out(vocabulary, choice)


def fitted_spellings(path: Path | None, choice: AlphabetChoice | None) -> Spellings | None:
    """The spellings in a file, in the labels of the alphabet; None where none is named.

    Raises what read_spellings raises; UsageError where no alphabet is known; FormatError
    (``path:line:``) for a label that the alphabet has not, for one that ends a word inside of one,
    and for a spelling of nothing else.
    """
    if path is None:
        return None
    if choice is None:
        raise UsageError(
            f"--lexicon {path}: in which labels? Name the acoustic model's alphabet by --alphabet"
        )
    words, sha256 = read_spellings(path)
    separator = Units("word", choice.alphabet).space_label
    fit = _Fit(path, choice.origin, frozenset(choice.alphabet.labels), separator)
    for word, spellings in words.items():
        spellings[:] = [fit.fitted(word, spelling) for spelling in spellings]
    return Spellings(path, sha256, words, choice.alphabet)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Makes labels of a file those of an alphabet."""

    path: Path
    origin: str
    labels: frozenset[str]
    separator: str | None

    def fitted(self, word: str, spelling: Spelling) -> Spelling:
        """The spelling without a label that ends the word."""
        where = f"{self.path}:{spelling.line}"
        kept = spelling.labels
        # A file cannot name the space: where that is the label, | stands for it.
        if kept[-1] == self.separator or (kept[-1] == "|" and "|" not in self.labels):
            kept = kept[:-1]
        if not kept:
            raise FormatError(f"{where}: {word!r} is spelled with the end of a word alone")
        for label in kept:
            if label == self.separator:
                raise FormatError(f"{where}: {word!r} has the end of a word, {label!r}, inside")
            if label not in self.labels:
                raise FormatError(
                    f"{where}: {word!r} is spelled with {describe(label)}, which is no label of "
                    f"the alphabet ({self.origin})"
                )
        return replace(spelling, labels=kept)


def read_spellings(path: Path) -> tuple[dict[str, list[Spelling]], str]:
    """The words of a lexicon file, plain or compressed, as they stand there; and its SHA-256.

    Words and labels are brought into NFC, as text and alphabets are. Raises FormatError
    (``path:line:``) for a word without labels, UsageError for a file without words; what
    NumberedLines raises.
    """
    words: dict[str, list[Spelling]] = {}
    lines = NumberedLines(path)
    for number, line in lines:
        match unicodedata.normalize("NFC", line).split():
            case []:
                continue
            case [word]:
                raise FormatError(f"{path}:{number}: {word!r} has no labels: word, space, labels")
            case [word, *labels]:
                words.setdefault(word, []).append(Spelling(tuple(labels), number))
    if not words:
        raise UsageError(f"--lexicon {path}: there is no word in it")
    return words, lines.sha256

"""Lines of text to the sentences of a language model, and their words counted.

    >>> reader, counts = SentenceReader(), WordCounts()
    >>> reader.read(b"Don't stop!\\nRoom 5\\n")
    Sentences(text=b"don't stop\\n", count=1, rejected={'digits': 1})
    >>> counts.add(b"don't stop\\n")
    >>> counts.choose(None, 500_000).words
    ("don't", 'stop')

The text rules are those of native/text.py. Those other than unicode leave more as it is; here they
are followed by NFC, and words are parted by single spaces, as str.split parts them (and NUL does).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from native import _native
from native.lexicon import encoded_labels

REJECTS: tuple[str, ...] = _native.line_rejects
"""Why a line is no sentence: the problems of native/text.py; "reserved" (it holds <s>, </s> or
<unk>, KenLM's own words); "excluded"."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """What lines came to."""

    text: bytes  # UTF-8, a line feed behind each, words parted by single spaces
    count: int
    rejected: dict[str, int]  # lines that are no sentences, by reason


class SentenceReader:
    """Makes sentences of lines. Threads may share one.

    `excluded` are texts whose sentences are left out wherever they come again. Their letters alone
    tell them, as in importers.text.sentence_key: full case folding, and spaces, apostrophes, middle
    dots and joiners are not looked at. Raises ValueError for unknown rules.
    """

    def __init__(
        self, rules: str = "unicode", locale: str | None = None, excluded: Iterable[str] = ()
    ) -> None:
        texts = [text.encode() for text in excluded]
        self._reader = _native.SentenceReader(rules, locale or "", texts)

    @property
    def excluded(self) -> int:
        """How many different sentences are left out."""
        return self._reader.excluded

    def read(self, lines: bytes, threads: int = 1) -> Sentences:
        """The sentences of whole lines (UTF-8; line feeds end them), without holding the GIL.

        Raises ValueError for what is not UTF-8.
        """
        return _sentences(*self._reader.read(lines, threads))

    def without_excluded(self, sentences: bytes, threads: int = 1) -> Sentences:
        """Of sentences that a reader has made, those that are not excluded here; as `read`."""
        return _sentences(*self._reader.without_excluded(sentences, threads))


def _sentences(text: bytes, count: int, rejected: Sequence[int]) -> Sentences:
    reasons = {name: number for name, number in zip(REJECTS, rejected, strict=True) if number}
    return Sentences(text, count, reasons)


class LeftOut(NamedTuple):
    """Words that a vocabulary has not, for one reason."""

    words: int  # different ones
    running: int  # all their occurrences


class Vocabulary(NamedTuple):
    """The words that are kept, and what was not."""

    words: tuple[str, ...]  # by frequency, then in the order of their code points
    running: int  # all occurrences of the words that are kept
    unwritable: LeftOut  # words that the labels cannot spell
    foreign: str  # the characters that no label has, those in most running words first
    rare: LeftOut  # words that the labels can spell and that are not frequent enough


class WordCounts:
    """How often each word was seen."""

    def __init__(self) -> None:
        self._counts = _native.WordCounts()

    def add(self, sentences: bytes) -> None:
        """Count the words of some sentences, without holding the GIL."""
        self._counts.add(sentences)

    def add_listed(self, lines: bytes) -> None:
        """Add counts as `listed` gives them. Raises ValueError for a line that is none."""
        self._counts.add_listed(lines)

    def listed(self) -> bytes:
        """Each word, a space, its count and a line feed, in the order of the words' code points."""
        return self._counts.listed()

    @property
    def words(self) -> int:
        """Different words."""
        return self._counts.words

    @property
    def running(self) -> int:
        """Words of all sentences together."""
        return self._counts.running

    def characters(self) -> str:
        """The characters of all words, in the order of their code points."""
        return self._counts.characters()

    def choose(
        self, labels: Sequence[str] | None, top: int, *, spelled: Iterable[str] = ()
    ) -> Vocabulary:
        """The `top` most frequent words that the labels can spell (None: they can spell any), or
        that are among `spelled`: those have spellings of their own."""
        encoded = None if labels is None else encoded_labels(labels)
        words, running, unwritable, foreign, rare = self._counts.choose(
            encoded, top, [word.encode() for word in spelled]
        )
        return Vocabulary(words, running, LeftOut(*unwritable), foreign, LeftOut(*rare))

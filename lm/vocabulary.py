"""Which words a language model knows: the most frequent ones that the alphabet can write."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from importers.alphabet import Alphabet

TOP_WORDS = 500_000
"""As the language models of DeepSpeech's releases (data/lm/README.rst, release 0.9.3)."""


class WordCounts:
    """How often each word was seen."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.running = 0
        """Words of all sentences together."""

    def add(self, sentences: Iterable[str]) -> None:
        """Count the words of some sentences, which single spaces part."""
        for sentence in sentences:
            words = sentence.split(" ")
            self.counts.update(words)
            self.running += len(words)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Words that the vocabulary has not, for one reason."""

    words: int
    """Different ones."""
    running: int
    """All their occurrences."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that are kept, and what was not."""

    words: tuple[str, ...]
    """The most frequent first, equally frequent ones in the order of their code points."""
    running: int
    """All occurrences of the words that are kept."""
    unwritable: LeftOut
    """Words with characters that are not in the alphabet."""
    foreign: tuple[str, ...]
    """Those characters, those in most running words first."""
    rare: LeftOut
    """Words that the alphabet can write and that are not frequent enough."""


def choose_words(counts: Counter[str], alphabet: Alphabet | None, top: int) -> Vocabulary:
    """The ``top`` most frequent words that the alphabet can write (None: it can write any)."""
    writable = _test(alphabet)
    unwritable = {word: count for word, count in counts.items() if not writable(word)}
    ranked = sorted(
        (word for word in counts if word not in unwritable), key=lambda word: (-counts[word], word)
    )
    kept, rare = ranked[:top], ranked[top:]
    running = sum(counts[word] for word in kept)
    left_out = sum(unwritable.values())
    return Vocabulary(
        words=tuple(kept),
        running=running,
        unwritable=LeftOut(len(unwritable), left_out),
        foreign=_foreign(unwritable, alphabet),
        rare=LeftOut(len(rare), counts.total() - running - left_out),
    )


def _test(alphabet: Alphabet | None) -> Callable[[str], bool]:
    if alphabet is None:
        return lambda word: True
    if all(len(label) == 1 for label in alphabet.labels):
        return frozenset(alphabet.labels).issuperset  # ten times as fast as to encode
    return alphabet.can_encode


def _foreign(unwritable: dict[str, int], alphabet: Alphabet | None) -> tuple[str, ...]:
    known = set("".join(alphabet.labels)) if alphabet else set()
    found: Counter[str] = Counter()
    for word, count in unwritable.items():
        for char in set(word) - known:
            found[char] += count
    return tuple(sorted(found, key=lambda char: (-found[char], char)))

"""Which words a language model knows, and what is said of those that it does not.

They are the most frequent ones that the alphabet can write (native/sentences.py chooses them).
"""

from collections.abc import Iterator

from importers.errors import MynaError
from lm.alphabet_choice import AlphabetChoice, describe_all
from lm.units import Unit
from native.sentences import Vocabulary

TOP_WORDS = 500_000
"""As the language models of DeepSpeech's releases (data/lm/README.rst, release 0.9.3)."""
MANY = 0.5
"""More than this share left out is worth a warning: something does not fit together."""


def check_left_out(
    vocabulary: Vocabulary, choice: AlphabetChoice, unit: Unit = "word"
) -> Iterator[str]:
    """What is said of units that are left out, in lines. Raises MynaError where none is left."""
    unwritable, rare = vocabulary.unwritable, vocabulary.rare
    foreign = describe_all(vocabulary.foreign)
    if not vocabulary.words:
        raise MynaError(
            f"no {unit} of the text can be written with the alphabet ({choice.origin}): it has no "
            f"{foreign}. {_why(vocabulary.foreign, choice)}"
        )
    running = vocabulary.running + unwritable.running + rare.running
    if unwritable.running > MANY * running:
        yield (
            f"warning: {unwritable.running / running:.1%} of the running {unit}s "
            f"({unwritable.running:,} of {running:,}) are left out, for the alphabet "
            f"({choice.origin}) has no {foreign}. "
            f"{_why(vocabulary.foreign, choice)}"
        )
    elif unwritable.words:
        yield (
            f"left out: {unwritable.words:,} {unit}s ({unwritable.running:,} of all running "
            f"{unit}s) {'with characters ' * (unit == 'word')}that the alphabet has not: {foreign}"
        )
    if rare.words:
        yield (
            f"left out: {rare.words:,} {unit}s ({rare.running:,} of all running {unit}s) beyond "
            f"the {len(vocabulary.words):,} most frequent ones (--top-words)"
        )


def _why(foreign: str, choice: AlphabetChoice) -> str:
    """What may be wrong with an alphabet that has not most characters of the text."""
    capitals = {char.upper() for char in foreign} - set(foreign)
    if capitals & set(choice.alphabet.labels):
        return "It has capitals: write its labels as the text rules write words, in small letters"
    return "Is it that of another language?"

"""Which alphabet a language model is spelled with: the one that is given, or the data's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.alphabet import Alphabet, AlphabetError, describe
from importers.errors import FormatError, UsageError
from native.lexicon import BYTE_LABELS

ALPHABET_NAME = "alphabet.txt"
"""What an import writes beside its manifests."""


@dataclass(frozen=True, slots=True)
class AlphabetChoice:
    """An alphabet and where it is from."""

    alphabet: Alphabet
    origin: str


def given_alphabet(
    path: Path | None, manifests: Sequence[Path], known: Sequence[AlphabetChoice] = ()
) -> AlphabetChoice | None:
    """The alphabet in a file: the one that was named, else the one beside the manifests.

    ``known`` are those that were beside manifests which are counted already. None where there is
    no file. Raises FormatError for a file that is no alphabet, UsageError where manifests come with
    different alphabets; OSError.
    """
    if path is not None:
        return AlphabetChoice(_read(path), str(path))
    beside = dict.fromkeys(manifest.parent / ALPHABET_NAME for manifest in manifests)
    choices = [AlphabetChoice(_read(path), str(path)) for path in beside if path.is_file()]
    choices += known
    for choice in choices[1:]:
        if choice.alphabet != choices[0].alphabet:
            raise UsageError(
                f"{choices[0].origin} and {choice.origin} differ: name the alphabet of the "
                "acoustic model by --alphabet"
            )
    return choices[0] if choices else None


def alphabet_of(characters: set[str], origin: str, *, spaced: bool) -> AlphabetChoice:
    """The alphabet made of characters, with a space if sentences have several words.

    Where | is one of them there is a space too, for without one | would stand for it.
    """
    spaced = spaced or "|" in characters
    return AlphabetChoice(Alphabet.from_texts([*characters, " "] if spaced else characters), origin)


def decoder_labels(alphabet: Alphabet) -> tuple[str, ...]:
    """An alphabet's labels as the decoder and the lexicon take them."""
    return BYTE_LABELS if alphabet.is_bytes else alphabet.labels


def describe_all(characters: Sequence[str], at_most: int = 5) -> str:
    """Some characters for a message."""
    more = len(characters) - at_most
    return ", ".join(map(describe, characters[:at_most])) + (f" and {more} more" * (more > 0))


def _read(path: Path) -> Alphabet:
    try:
        return Alphabet.read(path)
    except AlphabetError as error:
        raise FormatError(f"{error}. An alphabet has one label a line") from None

"""The lexicon of a package: its model's units, spelled with the acoustic model's labels."""

from collections.abc import Iterable
from pathlib import Path

from lm.alphabet_choice import decoder_labels
from lm.spellings import Spellings
from lm.units import SPACE, Units
from native.lexicon import build_lexicon


def write_trie(
    tokens: Iterable[str],
    units: Units,
    binary: Path,
    target: Path,
    spellings: Spellings | None = None,
) -> None:
    """Write the lexicon of units, called as KenLM's file calls them.

    Words are parted by the alphabet's space, or, with spellings, by nothing where it has none;
    characters follow each other, the space like others.
    Raises what build_lexicon raises.
    """
    assert units.alphabet is not None
    labels, space = decoder_labels(units.alphabet), units.space_label
    if units.unit == "word" and spellings:
        spelled = spellings.spelled(tokens)
        build_lexicon(spelled, labels, binary, target, separator=spellings.separator)
        return
    if units.unit == "word":
        build_lexicon(tokens, labels, binary, target, separator=space or " ")
        return
    characters = (
        (" ", (space,)) if token == SPACE and space is not None else token for token in tokens
    )
    build_lexicon(characters, labels, binary, target, separator=None, joint="")

"""From manifests to a model folder: read, train, export, measure on the test set."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from importers.alphabet import Alphabet, AlphabetError
from importers.errors import FormatError
from trainer.config import Preset
from trainer.data import read_rows

ALPHABET_NAME = "alphabet.txt"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What train-model is asked for."""

    preset: Preset
    train: tuple[Path, ...]
    dev: tuple[Path, ...]
    test: tuple[Path, ...]
    out: Path
    alphabet: Path | None = None
    """None: alphabet.txt beside the first training manifest, else the characters of train."""
    language_model: Path | None = None
    """A package with which the test set is recognised too."""
    threads: int = 1
    checkpoint_seconds: float = 600.0
    samples: int = 3
    """Clips of dev whose transcription is shown after each epoch."""


def chosen_alphabet(request: TrainRequest) -> Alphabet:
    """The labels to train. Raises FormatError for a file that is no alphabet."""
    path = request.alphabet or request.train[0].parent / ALPHABET_NAME
    if request.alphabet is None and not path.is_file():
        rows = read_rows(request.train)
        return Alphabet.from_texts(row.entry.transcript for row in rows)
    try:
        return Alphabet.read(path)
    except AlphabetError as error:
        raise FormatError(str(error)) from None

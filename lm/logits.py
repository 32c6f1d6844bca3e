"""Saved log-probabilities of clips, to tune a language model on without running a model again.

One .npz, which np.load(path, allow_pickle=False) reads:

    log_probs/0, log_probs/1, ...   float32 [frames, labels + 1] of each clip: natural logarithms,
                                    the blank last
    about                           uint8: JSON in UTF-8 (json.loads(file["about"].tobytes()))

    about = {"version": 1, "alphabet": [label, ...] or "bytes",
             "clips": [{"name": wav_filename, "transcript": text}, ...]}

Clips are numbered as they stand in ``clips``. Their names are in the JSON alone, so any name will
do, also one that two clips have: as the name of an array, "about" or "x.npy" would mean another.
The same content gives the same bytes.
"""

import contextlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import BYTES_NAME, Alphabet
from importers.errors import StorageError, UsageError
from importers.storage import put_atomic_bytes

VERSION: Final = 1
ABOUT: Final = "about"


def array_name(number: int) -> str:
    """The name of a clip's log-probabilities, by its number from 0."""
    return f"log_probs/{number}"


class LogitsWriter:
    """Writes clips one by one; of their frames nothing stays in memory."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._clips: list[dict[str, str]] = []

    def write(self, name: str, transcript: str, log_probs: NDArray[np.float32]) -> None:
        """Append a clip. Raises OSError."""
        self._write_array(array_name(len(self._clips)), log_probs)
        self._clips.append({"name": name, "transcript": transcript})

    def finish(self, alphabet: Alphabet) -> None:
        """Write what is known of the clips, which must all have been written. Raises OSError."""
        labels = BYTES_NAME if alphabet.is_bytes else alphabet.labels
        about = {"version": VERSION, "alphabet": labels, "clips": self._clips}
        self._write_array(ABOUT, np.frombuffer(json.dumps(about).encode(), dtype=np.uint8))

    def _write_array(self, name: str, array: NDArray[np.generic]) -> None:
        # ZipInfo alone, rather than a name, has no time of its own in it.
        member = zipfile.ZipInfo(f"{name}.npy")
        with self._archive.open(member, "w", force_zip64=True) as stream:
            np.lib.format.write_array(stream, array, allow_pickle=False)


@contextlib.contextmanager
def writing_logits(path: Path, alphabet: Alphabet) -> Iterator[LogitsWriter]:
    """A writer of clips into ``path``, which appears when the block ends without an exception.

    Raises UsageError, before the block begins, for a path that cannot be a file's, and StorageError
    for OSErrors: the block must raise none of its own.
    """
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent} to write it into")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: there is something else than a file. Name another one")
    try:
        with put_atomic_bytes(path) as stream, zipfile.ZipFile(stream, "w") as archive:
            writer = LogitsWriter(archive)
            yield writer
            writer.finish(alphabet)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from None

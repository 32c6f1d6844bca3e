"""Recognises the clips of manifests with a model, for evaluate-model and at the end of a training.

By ONNX Runtime, as users will: TensorFlow is not loaded.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from importers.errors import MynaError
from importers.storage import put_atomic_bytes
from native.decoder import greedy
from native.lexicon import BYTE_LABELS
from trainer.data import Row, read_rows, read_samples
from trainer.evaluation import Evaluation, Scored
from trainer.model_folder import ModelFolder
from trainer.recognizer import Recognizer

Given = TypeVar("Given")
Made = TypeVar("Made")
LogProbs = NDArray[np.float32]
Decode = Callable[[LogProbs], str]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the acoustic model says of some clips."""

    rows: tuple[Row, ...]
    log_probs: tuple[LogProbs, ...]
    """Natural logarithms [frames, labels], the blank last, of each row."""


def hear(recognizer: Recognizer, manifests: Sequence[Path], *, threads: int) -> Heard:
    """Run the acoustic model over all clips of the manifests.

    Raises MynaError for manifests that are not there or empty, and WAVs that are not there.
    """
    rows = read_rows(manifests)

    def log_probs(row: Row) -> LogProbs | MynaError:
        try:
            return recognizer.log_probs(read_samples(row.path, recognizer.sample_rate))
        except MynaError as error:
            return MynaError(f"{row}: {error}")

    found = _on_threads(log_probs, rows, threads, "listening")
    for one in found:
        if isinstance(one, MynaError):
            raise one
    return Heard(tuple(rows), tuple(one for one in found if not isinstance(one, MynaError)))


def evaluate(heard: Heard, decode: Decode, *, threads: int) -> Evaluation:
    """Decode what was heard, and score it."""
    texts = _on_threads(decode, heard.log_probs, threads, "decoding")
    return Evaluation.of(
        Scored(row.path, row.entry.transcript, text)
        for row, text in zip(heard.rows, texts, strict=True)
    )


def greedily(model: ModelFolder) -> Decode:
    """The most likely label of each frame, without a language model."""
    labels = BYTE_LABELS if model.alphabet.is_bytes else model.alphabet.labels
    return lambda log_probs: greedy(log_probs, labels)


def by_search(recognizer: Recognizer) -> Decode:
    """The recognizer's beam search; the empty text where it finds none."""

    def decode(log_probs: LogProbs) -> str:
        readings = recognizer.decoder.decode(log_probs)
        return readings[0].text if readings else ""

    return decode


def save_logits(path: Path, heard: Heard, model: ModelFolder) -> None:
    """Write what was heard as an .npz without pickled objects, for tuning a language model.

    For each clip an array of the WAV's name in the manifest: float32 natural logarithms
    [frames, labels + 1], the blank last. Besides, of str: ``keys``, these names in order;
    ``transcripts``, in the same order; ``alphabet``, the labels. Raises MynaError when two clips
    have one name, and OSError.
    """
    keys = [row.entry.wav_filename for row in heard.rows]
    twice = [key for key, times in Counter(keys).items() if times > 1]
    if twice:
        raise MynaError(f"{twice[0]}: two clips have this name; save the logits of each CSV apart")
    arrays: dict[str, NDArray[np.generic]] = {
        "alphabet": np.array(model.alphabet.labels, dtype=np.str_),
        "keys": np.array(keys, dtype=np.str_),
        "transcripts": np.array([row.entry.transcript for row in heard.rows], dtype=np.str_),
        **dict(zip(keys, heard.log_probs, strict=True)),
    }
    with put_atomic_bytes(path) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def _on_threads(
    work: Callable[[Given], Made], given: Sequence[Given], threads: int, label: str
) -> list[Made]:
    with ThreadPoolExecutor(threads) as pool:
        done = pool.map(work, given)
        return list(tqdm(done, label, len(given), unit=" clips", leave=False, disable=None))

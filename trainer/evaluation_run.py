"""Recognises the clips of manifests with a model, for evaluate-model and at the end of a training.

By ONNX Runtime, as users will: TensorFlow is not loaded. Each clip is heard once and decoded where
it was heard; of all but a few clips at a time only the texts are in memory.
"""

import contextlib
import functools
import unicodedata
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from importers.errors import MynaError
from lm.alphabet_choice import describe_all
from lm.logits import LogitsWriter, writing_logits
from trainer.data.clip_file import read_samples
from trainer.data.clips import Row, read_rows, wav_frames
from trainer.data.prefetch import Prefetch
from trainer.evaluation import Evaluation, Scored
from trainer.recognizer import Recognizer

_CLIPS_AHEAD = 4
"""Clips a thread that may be done and wait for one before them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a model recognises some clips."""

    greedy: Evaluation
    """Without a language model: the most likely label of each frame."""
    searched: Evaluation | None
    """By beam search with the recognizer's language model; None if it has none."""
    unwritable: str = ""
    """A line about transcripts that the model cannot write; empty where there are none."""


def measure(
    recognizer: Recognizer,
    manifests: Sequence[Path],
    *,
    threads: int,
    save_logits: Path | None = None,
) -> Measured:
    """Recognise all clips of the manifests, ``threads`` at a time, and score what was recognised.

    With ``save_logits`` what the model says of each is written there (lm/logits.py). Raises
    MynaError: before the first clip for manifests that are not there or empty, clips that are not
    there or not whole, and a file that cannot be written; later for what the model says that is no
    probability.
    """
    rows = read_rows(manifests)
    deque(wav_frames(rows, recognizer.model.features), maxlen=0)
    with contextlib.ExitStack() as stack:
        logits = None
        if save_logits is not None:
            logits = stack.enter_context(writing_logits(save_logits, recognizer.model.alphabet))
        work = functools.partial(_heard, recognizer, keep=logits is not None)
        ahead = _CLIPS_AHEAD * threads
        heard = stack.enter_context(Prefetch(work, rows, threads=threads, ahead=ahead))
        shown = tqdm(heard, "recognising", len(rows), unit=" clips", leave=False, disable=None)
        return replace(_scored(shown, logits), unwritable=_unwritable(rows, recognizer))


def _unwritable(rows: Sequence[Row], recognizer: Recognizer) -> str:
    can_write = recognizer.model.alphabet.can_encode
    texts = [row.entry.transcript for row in rows if not can_write(row.entry.transcript)]
    if not texts:
        return ""
    frequent = Counter(unicodedata.normalize("NFC", "".join(texts))).most_common()
    lacking = [character for character, _ in frequent if not can_write(character)]
    return (
        f"{len(texts):,} of {len(rows):,} transcripts have characters that the model cannot write, "
        f"which are errors whatever it hears: {describe_all(lacking)}"
    )


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was recognised in a clip."""

    row: Row
    greedy: str
    searched: str | None
    log_probs: NDArray[np.float32] | None
    """Where they are to be saved."""


def _heard(recognizer: Recognizer, row: Row, *, keep: bool) -> _Heard:
    try:
        log_probs = recognizer.log_probs(read_samples(row.path, recognizer.sample_rate))
        searched = None
        if recognizer.language_model is not None:
            best = recognizer.best_reading(log_probs)
            searched = "" if best is None else best.text
        greedy = recognizer.greedy_text(log_probs)
    except MynaError as error:
        raise MynaError(f"{row}: {error}") from None
    except OSError as error:
        raise MynaError(f"{row}: {row.path}: {error.strerror or error}") from None
    return _Heard(row, greedy, searched, log_probs if keep else None)


def _scored(heard: Iterable[_Heard], logits: LogitsWriter | None) -> Measured:
    greedy, searched = [], []
    for one in heard:
        entry = one.row.entry
        if logits is not None and one.log_probs is not None:
            logits.write(entry.wav_filename, entry.transcript, one.log_probs)
        greedy.append(Scored(one.row.path, entry.transcript, one.greedy))
        if one.searched is not None:
            searched.append(Scored(one.row.path, entry.transcript, one.searched))
    # A manifest without clips is refused: where something was searched, all was.
    return Measured(Evaluation.of(greedy), Evaluation.of(searched) if searched else None)

"""What splits have in common: counted, or put right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from importers.corpus import SPLITS
from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN, Codes, SplitClips

_PRIORITY = np.array([TEST, DEV, TRAIN])


@dataclass(frozen=True, slots=True)
class SharedAcrossSplits:
    """How many speakers, sentences, conversations are in more than one of train, dev and test."""

    speakers: int
    sentences: int
    conversations: int = 0


def shared_across(clips: SplitClips, codes: Codes) -> SharedAcrossSplits:
    """Counts the speakers, sentences and conversations that occur in more than one split."""
    named, called = clips.speaker >= 0, clips.conversation >= 0
    return SharedAcrossSplits(
        speakers=_in_several(clips.speaker[named], codes[named]),
        sentences=_in_several(clips.sentence, codes),
        conversations=_in_several(clips.conversation[called], codes[called]),
    )


def keep_sentences_apart(sentence: NDArray[np.int64], codes: Codes) -> Codes:
    """Leaves each sentence to one split: where most of its clips are, of equals test, then dev.

    Its other clips are nowhere then. No code may be NOWHERE.
    """
    numbers, place = np.unique(sentence, return_inverse=True)
    counts = _count(place, codes, len(numbers))
    # argmax takes the first of equals, so the order of _PRIORITY decides between them.
    keeper = _PRIORITY[counts[:, _PRIORITY].argmax(axis=1)]
    return np.where(keeper[place] == codes, codes, NOWHERE).astype(np.int8)


def _in_several(number: NDArray[np.integer], codes: Codes) -> int:
    placed = codes >= 0
    if not placed.any():
        return 0
    counts = _count(number[placed], codes[placed], int(number.max()) + 1)
    return int(((counts > 0).sum(axis=1) > 1).sum())


def _count(number: NDArray[np.integer], codes: Codes, numbers: int) -> NDArray[np.integer]:
    """Clips by number and split: [numbers, 3]."""
    cells = number.astype(np.int64) * len(SPLITS) + codes
    return np.bincount(cells, minlength=numbers * len(SPLITS)).reshape(numbers, len(SPLITS))

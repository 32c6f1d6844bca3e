"""The rule ``speaker``: speakers drawn by a seeded hash, with no sentence shared either."""

import numpy as np
from numpy.typing import NDArray

from importers.splits.clips import DEV, TEST, TRAIN, Codes, SplitClips
from importers.splits.lots import draw_lot
from importers.splits.sharing import keep_sentences_apart
from importers.splits.sizes import split_sizes


def split_by_speaker(clips: SplitClips, seed: int = 0) -> Codes:
    """A split for each clip; no speaker and no sentence is in two of them.

    Speakers are taken in an order hashed from ``seed`` and fill test, then dev, as far as their
    valid clips fit; the others are train. Where clips of one sentence have fallen into several
    splits, the one with most of them keeps it (of equals test, then dev) and the other clips are
    nowhere. Clips without a speaker are told apart by their sentence alone: so is a corpus that
    names no speakers.
    """
    owner = np.where(clips.speaker >= 0, clips.speaker, len(clips.speakers) + clips.sentence)
    return keep_sentences_apart(clips.sentence, _assign(clips, owner, seed)[owner])


def _assign(clips: SplitClips, owner: NDArray[np.int64], seed: int) -> Codes:
    """The split of each owner (a speaker, or the sentence of clips without one), by number."""
    owners = len(clips.speakers) + len(clips.fingerprints)
    counted = np.bincount(owner[clips.valid], minlength=owners)
    total = int(counted.sum())
    _, dev_size, test_size = split_sizes(total)
    room = {TEST: test_size, DEV: dev_size}
    assigned = np.full(owners, TRAIN, np.int8)
    drawn = sorted(
        (draw_lot(seed, _name(clips, number)), number) for number in np.unique(owner).tolist()
    )
    for rank, number in drawn:
        count = int(counted[number])
        if not count:
            assigned[number] = _by_share(rank, test_size, dev_size, total)
            continue
        split = next((code for code in (TEST, DEV) if count <= room[code]), TRAIN)
        if split in room:
            room[split] -= count
        assigned[number] = split
    return assigned


def _by_share(rank: float, test: int, dev: int, total: int) -> int:
    """The split of a speaker with no valid clip, drawn with the sizes as probabilities."""
    if rank * total < test:
        return TEST
    return DEV if rank * total < test + dev else TRAIN


def _name(clips: SplitClips, number: int) -> str:
    if number < len(clips.speakers):
        return clips.speakers[number]
    return str(clips.fingerprints[number - len(clips.speakers)])

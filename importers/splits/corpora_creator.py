"""The rule ``corpora-creator``: the split that Common Voice's own tool makes of validated clips.

After common-voice/CorporaCreator 1.5.0 (src/corporacreator/corpora.py and corpus.py), which leaves
the order of a speaker's clips open: here the path decides, so that the same clips always give the
same splits. Its rules for single languages are left out; what a release publishes has been through
them.
"""

import html
import re
import unicodedata
from array import array
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN, Codes, fingerprint
from importers.splits.sizes import split_sizes

_TAG = re.compile("<[^>]+>")
_DIGIT = re.compile(r"\d")


def cleaned(sentence: str) -> str:
    """A sentence as CorporaCreator compares it: case and punctuation count.

    %-escapes are resolved, tags removed, entities resolved; what is no letter, number, mark,
    punctuation, symbol or space (a tab or a format character, say) is dropped; runs of spaces
    become one.
    """
    text = html.unescape(_TAG.sub("", unquote(sentence)))
    if not text.isprintable():
        text = "".join(filter(_is_kept, text))
    return " ".join(text.split())


def _is_kept(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


class CorporaCreatorClips:
    """The validated clips of one language, and their split."""

    def __init__(self) -> None:
        self._client = array("i")
        self._numbers: dict[str, int] = {}
        self._sentence = array("Q")
        self._usable = array("b")
        self._paths: list[str] = []

    def append(self, client: str | None, sentence: str, path: str) -> None:
        """Add a clip. One whose sentence is blank or has a digit is in no split, as there."""
        text = cleaned(sentence)
        number = -1
        if client is not None:
            number = self._numbers.setdefault(client, len(self._numbers))
        self._client.append(number)
        self._sentence.append(fingerprint(text))
        self._usable.append(bool(text) and not _DIGIT.search(text))
        self._paths.append(path)

    def split(self, copies: int = 1) -> Codes:
        """A split for each clip; ``copies`` is how many clips of one sentence are kept.

        Clips are sorted by the number of their speaker's clips, the speaker, and the path; of each
        sentence the first are kept. Train, dev and test are sized by split_sizes; then, speaker by
        speaker in the same order, all that was kept goes to test if it fits, else to dev if it fits
        there, else to train. So no speaker is in two splits, and with one copy no sentence.

        Clips without a speaker count as a speaker for each sentence.
        """
        numbers, sentence = np.unique(np.array(self._sentence, np.uint64), return_inverse=True)
        client = np.array(self._client, np.int64)
        speaker = np.where(client >= 0, client, len(self._numbers) + sentence)
        order = self._sorted(client, speaker, len(self._numbers) + len(numbers))
        kept = order[_occurrence(sentence[order]) < copies]
        codes = np.full(len(self._paths), NOWHERE, np.int8)
        codes[kept] = _first_fit(speaker[kept])
        return codes

    def _sorted(
        self, client: NDArray[np.int64], speaker: NDArray[np.int64], speakers: int
    ) -> NDArray[np.int64]:
        """The usable clips by the number of their speaker's clips, the speaker, and the path."""
        usable = np.array(self._usable, np.bool_)
        clips = np.bincount(speaker[usable], minlength=speakers)
        # By name; a clip without one comes first, for its place is -1 and takes the last cell.
        rank = np.full(len(self._numbers) + 1, -1, np.int64)
        rank[[self._numbers[name] for name in sorted(self._numbers)]] = range(len(self._numbers))
        by_path = np.array(sorted(range(len(usable)), key=self._paths.__getitem__), np.int64)
        by_path = by_path[usable[by_path]]
        # lexsort is stable, so what stands before stays the last key.
        return by_path[np.lexsort((rank[client[by_path]], clips[speaker[by_path]]))]


def _occurrence(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many equal numbers stand before each."""
    order = np.argsort(numbers, kind="stable")
    place = np.arange(len(numbers))
    begins = np.diff(numbers[order], prepend=-1) != 0
    found = np.empty(len(numbers), np.int64)
    found[order] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return found


def _first_fit(speaker: NDArray[np.int64]) -> Codes:
    """A split for each clip, given the speakers of all that are kept, in order."""
    _, dev_size, test_size = split_sizes(len(speaker))
    numbers, first, place, clips = np.unique(
        speaker, return_index=True, return_inverse=True, return_counts=True
    )
    room = {TEST: test_size, DEV: dev_size}
    assigned = np.full(len(numbers), TRAIN, np.int8)
    for number in np.argsort(first).tolist():
        count = int(clips[number])
        for split in (TEST, DEV):
            if count <= room[split]:
                room[split] -= count
                assigned[number] = split
                break
    return assigned[place]

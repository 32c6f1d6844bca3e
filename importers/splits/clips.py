"""What decides over splits, in columns: 18 bytes a clip, for there are millions."""

import hashlib
from array import array
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from importers.corpus import SPLITS

Codes = NDArray[np.int8]
"""A split for each clip, as its place in SPLITS; NOWHERE for none."""

NOWHERE: Final = -1
TRAIN: Final = SPLITS.index("train")
DEV: Final = SPLITS.index("dev")
TEST: Final = SPLITS.index("test")


def fingerprint(text: str) -> int:
    """64 bits that stand for a text: of three million, two are alike once in four million times."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True, eq=False)
class SplitClips:
    """The clips that a split is made of; its arrays but the last have an item for each."""

    speaker: NDArray[np.int32]
    """Number of the speaker; negative where the corpus names none."""
    conversation: NDArray[np.int32]
    """Number of the call or meeting; negative where the corpus names none."""
    sentence: NDArray[np.int64]
    """Number of the sentence."""
    valid: NDArray[np.bool_]
    """Whether the votes have found the clip good."""
    published: Codes
    """The corpus's own split."""
    speakers: tuple[str, ...]
    """Names of the speakers, by number."""
    conversations: tuple[str, ...]
    """Names of the conversations, by number."""
    fingerprints: NDArray[np.uint64]
    """Of the sentences, by number."""

    def __len__(self) -> int:
        return len(self.speaker)

    def only(self, chosen: NDArray[np.bool_]) -> "SplitClips":
        """Some of the clips; numbers mean what they did."""
        return SplitClips(
            self.speaker[chosen],
            self.conversation[chosen],
            self.sentence[chosen],
            self.valid[chosen],
            self.published[chosen],
            self.speakers,
            self.conversations,
            self.fingerprints,
        )


class SplitClipsBuilder:
    """Collects clips one by one."""

    def __init__(self) -> None:
        self._speaker = array("i")
        self._conversation = array("i")
        self._sentence = array("Q")
        self._valid = array("b")
        self._published = array("b")
        self._speakers: dict[str, int] = {}
        self._conversations: dict[str, int] = {}

    def append(
        self,
        speaker: str | None,
        sentence: int,
        *,
        valid: bool,
        published: str | None = None,
        conversation: str | None = None,
    ) -> None:
        """Add a clip; ``sentence`` is equal for clips that count as the same one (fingerprint)."""
        self._speaker.append(_number(self._speakers, speaker))
        self._conversation.append(_number(self._conversations, conversation))
        self._sentence.append(sentence)
        self._valid.append(valid)
        self._published.append(NOWHERE if published is None else SPLITS.index(published))

    def build(self) -> SplitClips:
        """The clips so far, in their order."""
        fingerprints, sentence = np.unique(np.array(self._sentence, np.uint64), return_inverse=True)
        return SplitClips(
            np.array(self._speaker, np.int32),
            np.array(self._conversation, np.int32),
            sentence.astype(np.int64),
            np.array(self._valid, np.bool_),
            np.array(self._published, np.int8),
            tuple(self._speakers),
            tuple(self._conversations),
            fingerprints,
        )


def _number(numbers: dict[str, int], name: str | None) -> int:
    return NOWHERE if name is None else numbers.setdefault(name, len(numbers))

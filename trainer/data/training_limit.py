"""How much of a training set is learnt from: --limit-train, as a share or in hours of audio.

A clip's lot is drawn by the seed, its file's name and its text: so a smaller limit takes some of
what a larger one takes, and neither the order of manifests nor clips that come to them change lots.
Clips with the same name and text, as of speakers with a folder each, are told apart by their order.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from trainer.data.clips import Clip  # which knows limits


@dataclass(frozen=True, slots=True)
class TrainingLimit:
    """A share of the audio of a training set, or hours of it. Raises ValueError for neither."""

    share: float | None = None
    hours: float | None = None

    def __post_init__(self) -> None:
        amount = self.share if self.hours is None else self.hours
        if amount is None or (self.share is not None and self.hours is not None):
            raise ValueError("a limit is a share or hours")
        if not 0 < amount < math.inf or (self.hours is None and amount > 1):
            raise ValueError("a share is more than 0 and at most 1, and hours are more than 0")

    @classmethod
    def of(cls, text: str) -> Self:
        """Of `0.1`, `10%` or `5h`. Raises ValueError for anything else."""
        text = text.strip()
        if text.endswith("h"):
            return cls(hours=float(text[:-1]))
        if text.endswith("%"):
            return cls(share=float(text[:-1]) / 100)
        return cls(share=float(text))

    def __str__(self) -> str:
        return f"{self.hours:g}h" if self.share is None else f"{100 * self.share:g}%"

    def drawn(self, clips: "Sequence[Clip]", *, seconds_a_frame: float, seed: int) -> list[int]:
        """Numbers of the clips that are learnt from, in their order: at least one.

        They are as many as fit; the one with which the limit is reached is among them.
        """
        whole = sum(clip.frames for clip in clips)
        if self.hours is not None:
            most = self.hours * 3600 / seconds_a_frame
        else:
            most = (self.share or 0.0) * whole
        lots = _lots(clips, seed)
        drawn, frames = [], 0
        for number in sorted(range(len(clips)), key=lots.__getitem__):
            if frames >= most:
                break
            drawn.append(number)
            frames += clips[number].frames
        return sorted(drawn)


def _lots(clips: "Sequence[Clip]", seed: int) -> list[bytes]:
    lots, before = [], Counter[bytes]()
    for clip in clips:
        content = f"{seed}\n{clip.path.name}\n{clip.text}".encode(errors="surrogateescape")
        lot = _digest(content)
        before[lot] += 1
        lots.append(lot if before[lot] == 1 else _digest(lot + b"%d" % before[lot]))
    return lots


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()

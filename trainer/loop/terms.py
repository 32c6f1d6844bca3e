"""The terms of a training: what decides over its course, apart from the model that is trained.

Under the same terms an interrupted training goes on exactly. Under others its weights are the start
of a new training: losses, rates and the best epoch of the two could not be compared.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from trainer.config import Training
from trainer.data.clips import Clip

_ENDS = frozenset({"epochs", "patience"})
"""Settings that decide when a training ends, and over nothing before."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides over the course of a training."""

    train: str
    """Digest of the training clips, in their order."""
    dev: str
    """Digest of the dev clips, in their order."""
    settings: Mapping[str, int | float | str | None]
    """All of Training but what decides when it ends."""
    backend: str
    """Keras's, whose random numbers and rounding are its own."""

    @classmethod
    def of(
        cls, train: Sequence[Clip], dev: Sequence[Clip], settings: Training, *, backend: str
    ) -> Self:
        """The terms of training on these clips. Folders do not count: a corpus may be moved."""
        kept = settings.model_dump(exclude=set(_ENDS))
        return cls(_digest(train), _digest(dev), kept, backend)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """What dataclasses.asdict gave."""
        return cls(**content)

    def differences(self, now: "Terms") -> list[str]:
        """In words, how others differ from these, which stood before."""
        pairs = {"training": (self.train, now.train), "dev": (self.dev, now.dev)}
        found = [
            f"{name} clips are others, or in another order"
            for name, (old, new) in pairs.items()
            if old != new
        ]
        if self.backend != now.backend:
            found.append(f"Keras ran under {self.backend}, now under {now.backend}")
        names = dict.fromkeys([*self.settings, *now.settings])
        return found + [
            f"{name.replace('_', ' ')} was {_value(self, name)}, now {_value(now, name)}"
            for name in names
            if self.settings.get(name) != now.settings.get(name)
        ]


def _value(terms: Terms, name: str) -> str:
    value = terms.settings.get(name)
    if isinstance(value, str):
        return value
    return "not set" if value is None else f"{value:g}"


def _digest(clips: Sequence[Clip]) -> str:
    """Of what is known of clips without reading their audio."""
    digest = hashlib.sha256()
    for clip in clips:
        # A name is bytes to the system, and need not be valid UTF-8.
        line = f"{clip.path.name}\t{clip.frames}\t{clip.text}\n"
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()

"""What all layers of an architecture have in common (layers.py), and what flows between them."""

import re
from dataclasses import dataclass
from typing import ClassVar

Shapes = dict[str, tuple[int, ...]]
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Flow:
    """What a frame holds between two layers: bins times channels values, channels innermost."""

    bins: int
    channels: int = 1

    @property
    def width(self) -> int:
        """Values of a frame."""
        return self.bins * self.channels


@dataclass(frozen=True, slots=True)
class State:
    """What a layer that streams keeps from one piece of a clip to the next; zeros at first."""

    name: str
    frames: int
    """Frames of zeros before the first piece; later there may be other numbers of them."""
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What all kinds have in common. Raises ValueError for sizes that make no sense."""

    # Read by pydantic, where a YAML file is checked; this module does without it.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str = ""
    """Of its weights; by default its kind and its number among those, as in dense_2."""

    def __post_init__(self) -> None:
        if self.name and not _NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r} is not made of a-z, 0-9 and _")
        for rule, holds in self._rules().items():
            if not holds:
                raise ValueError(rule)

    def _rules(self) -> dict[str, bool]:
        return {}

    @property
    def stride(self) -> int:
        """Frames in for a frame out."""
        return 1

    @property
    def reach(self) -> tuple[int, int]:
        """Frames before and behind a frame that it is made of."""
        return 0, 0

    @property
    def hears_all(self) -> bool:
        """Whether a frame depends on the whole clip: then nothing comes out before its end."""
        return False

    def flow(self, given: Flow) -> Flow:
        """What comes out. Raises ValueError for what the layer cannot take."""
        return given

    def weights(self, name: str, given: Flow) -> Shapes:
        """Shapes of the weights by name."""
        return {}

    def states(self, name: str, given: Flow) -> tuple[State, ...]:
        """What it keeps between pieces of a clip."""
        before, behind = self.reach
        return (State(f"{name}_before", before, given.width),) if before or behind else ()


def around(kernel: int, *, causal: bool) -> tuple[int, int]:
    """Frames before and behind that a kernel sees: it is centred, or ends at the frame."""
    before = kernel - 1 if causal else (kernel - 1) // 2
    return before, kernel - 1 - before

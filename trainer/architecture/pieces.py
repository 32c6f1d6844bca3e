"""A model that streams as a machine of fixed sizes: each piece of a clip is as long as the others.

What LiteRT runs has no sizes that change. So a piece of so many frames of features goes in, the
same share of output comes out each time, and what layers see ahead makes it late: the first outputs
are of frames before the clip, and behind its end zeros go in until the last has come out.

    a frame of a layer's output, number t of the clip, is made of its input's frames
    t stride - before .. t stride + behind; those that come in are `late` frames behind the clip
"""

from dataclasses import dataclass

from trainer.architecture.geometry import Geometry, Placed
from trainer.architecture.layer import State


@dataclass(frozen=True, slots=True)
class Step:
    """What one layer does with a piece."""

    placed: Placed
    frames: int
    """That come in with each piece."""
    late: int
    """The first of them is of so many frames before the piece's own."""
    kept: int
    """Frames of earlier pieces that are kept, to be put before them."""

    @property
    def frames_out(self) -> int:
        """That come out with each piece."""
        return self.frames // self.placed.layer.stride

    @property
    def late_out(self) -> int:
        """By how many frames what comes out is late."""
        return (self.late + self.placed.layer.reach[1]) // self.placed.layer.stride

    @property
    def used(self) -> int:
        """Frames, of those kept and those that came, from which a piece's output is made."""
        before, behind = self.placed.layer.reach
        return (self.frames_out - 1) * self.placed.layer.stride + before + 1 + behind

    @property
    def states(self) -> tuple[State, ...]:
        """What is kept from piece to piece, always as many frames; zeros at first."""
        if any(self.placed.layer.reach):
            width = self.placed.given.width
            return (State(f"{self.placed.name}_before", self.kept, width),) if self.kept else ()
        return self.placed.layer.states(self.placed.name, self.placed.given)


@dataclass(frozen=True, slots=True)
class Pieces:
    """All layers, for pieces of one length."""

    frames: int
    """Of features, a piece."""
    steps: tuple[Step, ...]

    @property
    def frames_out(self) -> int:
        """Of output, a piece."""
        return self.steps[-1].frames_out

    @property
    def late(self) -> int:
        """Frames of output, at first, that are of no frame of the clip."""
        return self.steps[-1].late_out

    @property
    def states(self) -> tuple[State, ...]:
        """What is kept from piece to piece."""
        return tuple(state for step in self.steps for state in step.states)

    def needed(self, output_frames: int) -> int:
        """Pieces until so many frames of a clip's output are out."""
        return -(-(output_frames + self.late) // self.frames_out)


def pieces_of(geometry: Geometry, frames: int) -> Pieces:
    """A model that streams, for pieces of so many frames of features.

    Raises ValueError for one that does not stream, and for a length that is no multiple of its
    stride.
    """
    if not geometry.streaming:
        raise ValueError("a model that hears the whole clip first takes no pieces")
    if frames < 1 or frames % geometry.stride:
        raise ValueError(
            f"pieces must be of a multiple of {geometry.stride} frames, not of {frames}: the model "
            f"makes one frame of output of {geometry.stride} of features"
        )
    steps: list[Step] = []
    late = 0
    for placed in geometry.placed():
        before, _ = placed.layer.reach
        step = Step(placed, frames, late, kept=0)
        # The first output of a piece begins so far before what came in with it.
        kept = step.late_out * placed.layer.stride + before - late
        steps.append(Step(placed, frames, late, kept))
        frames, late = step.frames_out, step.late_out
    return Pieces(steps[0].frames, tuple(steps))

"""Pieces of text and the frames of an utterance in which they were said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A word or a label, in the frames [begin_frame, end_frame)."""

    text: str
    begin_frame: int
    end_frame: int

    def seconds(self, frame_seconds: float) -> tuple[float, float]:
        """Begin and end in seconds, if a frame is so long."""
        return self.begin_frame * frame_seconds, self.end_frame * frame_seconds


@dataclass(frozen=True, slots=True)
class WordSpan(Span):
    """A word that was heard, from the frame of its first label to that of its last one."""

    confidence: float
    """How sure the decoder is of it, 0 to 1: native/src/hypothesis.h says how that is reckoned."""


@dataclass(frozen=True, slots=True)
class LabelStep:
    """A label that was heard, and the frame in which it began."""

    label: str
    frame: int

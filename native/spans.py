"""A piece of text and the frames of an utterance in which it was said."""

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

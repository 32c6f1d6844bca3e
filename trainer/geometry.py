"""The shape of an acoustic model: what Keras builds, ONNX is written from, and model.json keeps.

    features [frames, inputs] -> context windows [frames, (2 context + 1) inputs]
    -> dense layers with clipped ReLU -> LSTM, forward or both ways -> dense -> labels and blank

After Hannun et al. 2014, "Deep Speech: Scaling up end-to-end speech recognition", section 2.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes of the layers; the weights' names and shapes follow from it (see weight_shapes)."""

    inputs: int
    """Coefficients a frame."""
    context: int
    """Frames on either side that a frame is seen with."""
    dense: tuple[int, ...]
    """Widths of the layers before the recurrent one."""
    recurrent: int
    """Units of the LSTM, each direction."""
    bidirectional: bool
    dense_after: int
    """Width of the layer behind the recurrent one."""
    labels: int
    """The alphabet's and the blank, which is last."""
    relu_clip: float = 20.0

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by name. LSTM gates stand in Keras's order i, f, c, o on the last axis."""
        shapes: dict[str, tuple[int, ...]] = {}
        width = self.inputs * (2 * self.context + 1)
        for number, units in enumerate(self.dense, start=1):
            shapes |= {f"dense_{number}/kernel": (width, units), f"dense_{number}/bias": (units,)}
            width = units
        for direction in ("forward", "backward") if self.bidirectional else ("forward",):
            shapes |= {
                f"lstm_{direction}/kernel": (width, 4 * self.recurrent),
                f"lstm_{direction}/recurrent": (self.recurrent, 4 * self.recurrent),
                f"lstm_{direction}/bias": (4 * self.recurrent,),
            }
        width = self.recurrent * (2 if self.bidirectional else 1)
        shapes |= {
            "dense_after/kernel": (width, self.dense_after),
            "dense_after/bias": (self.dense_after,),
            "output/kernel": (self.dense_after, self.labels),
            "output/bias": (self.labels,),
        }
        return shapes

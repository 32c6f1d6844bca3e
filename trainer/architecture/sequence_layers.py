"""The layers whose frames depend on all frames before them, or on the whole clip, declared."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from trainer.architecture.layer import Flow, Layer, Shapes, State, around


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recurrent(Layer):
    """What carries a state from frame to frame. Gates stand in Keras's order on the last axis."""

    GATES: ClassVar[int] = 1
    STATES: ClassVar[tuple[str, ...]] = ("h",)

    units: int
    """In each direction."""
    bidirectional: bool = False
    merge: Literal["concat", "sum"] = "concat"
    """Of two directions, the forward one first."""
    batch_norm: bool = False
    """Of the inputs' projection W x, over all frames of a batch; the bias is added behind it
    (Amodei et al. 2016, "Deep Speech 2", section 3.2)."""

    def _rules(self) -> dict[str, bool]:
        return {"units must be at least 1": self.units >= 1}

    @property
    def hears_all(self) -> bool:
        return self.bidirectional

    @property
    def directions(self) -> tuple[str, ...]:
        """Endings of the names of its weights."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def flow(self, given: Flow) -> Flow:
        return Flow(self.units * (2 if self.bidirectional and self.merge == "concat" else 1))

    def bias(self) -> tuple[int, ...]:
        """Shape of the bias."""
        return (self.GATES * self.units,)

    def weights(self, name: str, given: Flow) -> Shapes:
        columns = self.GATES * self.units
        shapes: Shapes = {}
        for direction in self.directions:
            shapes[f"{name}_{direction}/kernel"] = (given.width, columns)
            shapes[f"{name}_{direction}/recurrent"] = (self.units, columns)
            shapes[f"{name}_{direction}/bias"] = self.bias()
            if self.batch_norm:
                for part in ("gamma", "mean", "variance"):
                    shapes[f"{name}_{direction}/{part}"] = (columns,)
        return shapes

    def states(self, name: str, given: Flow) -> tuple[State, ...]:
        if self.bidirectional:
            return ()
        return tuple(State(f"{name}_{state}", 1, self.units) for state in self.STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rnn(_Recurrent):
    """h[t] = min(max(W x[t] + U h[t-1] + b, 0), clip), as in Deep Speech 2."""

    layer: Literal["rnn"] = "rnn"
    clip: float = 20.0

    def _rules(self) -> dict[str, bool]:
        return {**_Recurrent._rules(self), "clip must be more than 0": self.clip > 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gru(_Recurrent):
    """Gates z, r, h, the reset gate behind the product (Keras's reset_after, cuDNN's form)."""

    GATES: ClassVar[int] = 3
    layer: Literal["gru"] = "gru"

    def bias(self) -> tuple[int, ...]:
        return 2, 3 * self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class Lstm(_Recurrent):
    """Gates i, f, c, o."""

    GATES: ClassVar[int] = 4
    STATES: ClassVar[tuple[str, ...]] = ("h", "c")
    layer: Literal["lstm"] = "lstm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformer(Layer):
    """A conformer block: half feed-forward, attention, convolution, half feed-forward.

    Gulati et al. 2020, "Conformer", with two differences: the convolution's norm is a layer norm,
    whose result does not depend on the batch, and attention sees no positions but those that the
    convolutions let it see.
    """

    layer: Literal["conformer"] = "conformer"
    heads: int
    feed_forward: int
    """Units inside the two feed-forward parts."""
    kernel: int
    """Frames of the depthwise convolution."""

    def _rules(self) -> dict[str, bool]:
        positive = min(self.heads, self.feed_forward, self.kernel) >= 1
        return {"heads, feed_forward and kernel must be at least 1": positive}

    @property
    def hears_all(self) -> bool:
        return True

    @property
    def kernel_reach(self) -> tuple[int, int]:
        """Frames before and behind that the convolution sees."""
        return around(self.kernel, causal=False)

    def flow(self, given: Flow) -> Flow:
        if given.width % self.heads:
            raise ValueError(f"{given.width} values a frame cannot be shared by {self.heads} heads")
        return Flow(given.width)

    def weights(self, name: str, given: Flow) -> Shapes:
        width = given.width
        shapes: Shapes = {}

        def dense(part: str, inputs: int, units: int) -> None:
            shapes[f"{name}_{part}/kernel"] = (inputs, units)
            shapes[f"{name}_{part}/bias"] = (units,)

        def norm(part: str) -> None:
            shapes[f"{name}_{part}/gamma"] = shapes[f"{name}_{part}/beta"] = (width,)

        def feed_forward(part: str) -> None:
            norm(f"{part}_norm")
            dense(f"{part}_in", width, self.feed_forward)
            dense(f"{part}_out", self.feed_forward, width)

        feed_forward("first")
        norm("attention_norm")
        for part in ("query", "key", "value", "attended"):
            dense(part, width, width)
        norm("conv_norm")
        dense("conv_in", width, 2 * width)
        shapes[f"{name}_conv/kernel"] = (self.kernel, width)
        shapes[f"{name}_conv/bias"] = (width,)
        norm("conv_after")
        dense("conv_out", width, width)
        feed_forward("second")
        norm("norm")
        return shapes

    def states(self, name: str, given: Flow) -> tuple[State, ...]:
        return ()

"""The layers that an architecture is made of, declared: sizes, weights, reach and states.

Every layer takes [frames, width] and gives [frames / stride, width], whatever it does inside. What
is beyond the ends of a clip is zeros to every layer that looks at neighbours. Keras's form of each
is in keras_layers.py, ONNX's in onnx_layers.py.
"""

from dataclasses import dataclass
from typing import Literal

from trainer.architecture.layer import Flow, Layer, Shapes, around
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm, Rnn

Activation = Literal["relu", "linear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Layer):
    """Each frame with its neighbours, the oldest first, one behind the other."""

    layer: Literal["window"] = "window"
    before: int
    after: int

    def _rules(self) -> dict[str, bool]:
        return {"before and after must not be negative": min(self.before, self.after) >= 0}

    @property
    def reach(self) -> tuple[int, int]:
        return self.before, self.after

    def flow(self, given: Flow) -> Flow:
        return Flow(given.width * (self.before + 1 + self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Affine(Layer):
    """What multiplies by a kernel, may normalise what comes out, and may bend it."""

    activation: Activation = "relu"
    clip: float = 20.0
    """Where relu ends (Hannun et al. 2014, section 2); 0: nowhere."""
    batch_norm: bool = False
    """Of the products, over all frames of a batch (Ioffe & Szegedy 2015); it has the bias then."""

    def _rules(self) -> dict[str, bool]:
        return {"clip must not be negative": self.clip >= 0}

    def _kernel(self, name: str, shape: tuple[int, ...]) -> Shapes:
        shapes = {f"{name}/kernel": shape}
        parts = ("gamma", "beta", "mean", "variance") if self.batch_norm else ("bias",)
        return shapes | {f"{name}/{part}": shape[-1:] for part in parts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(_Affine):
    """Each frame by itself."""

    layer: Literal["dense"] = "dense"
    units: int

    def _rules(self) -> dict[str, bool]:
        return {**_Affine._rules(self), "units must be at least 1": self.units >= 1}

    def flow(self, given: Flow) -> Flow:
        return Flow(self.units)

    def weights(self, name: str, given: Flow) -> Shapes:
        return self._kernel(name, (given.width, self.units))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv1d(_Affine):
    """A convolution over time: output t is centred on input t stride, or ends there if causal."""

    layer: Literal["conv1d"] = "conv1d"
    filters: int
    kernel: int
    step: int = 1
    """The stride."""
    causal: bool = False

    def _rules(self) -> dict[str, bool]:
        positive = min(self.filters, self.kernel, self.step) >= 1
        return {
            **_Affine._rules(self),
            "filters, kernel and step must be at least 1": positive,
            "step must not be larger than kernel": self.step <= self.kernel,
        }

    @property
    def stride(self) -> int:
        return self.step

    @property
    def reach(self) -> tuple[int, int]:
        return around(self.kernel, causal=self.causal)

    def flow(self, given: Flow) -> Flow:
        return Flow(self.filters)

    def weights(self, name: str, given: Flow) -> Shapes:
        return self._kernel(name, (self.kernel, given.width, self.filters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv2d(_Affine):
    """A convolution over time and bins (frequency). Pairs are (time, bins)."""

    layer: Literal["conv2d"] = "conv2d"
    filters: int
    kernel: tuple[int, int]
    step: tuple[int, int] = (1, 1)
    """The strides."""
    causal: bool = False
    """In time; over bins it is centred."""

    def _rules(self) -> dict[str, bool]:
        positive = min(self.filters, *self.kernel, *self.step) >= 1
        within = self.step[0] <= self.kernel[0] and self.step[1] <= self.kernel[1]
        return {
            **_Affine._rules(self),
            "filters, kernel and step must be at least 1": positive,
            "step must not be larger than kernel": within,
        }

    @property
    def stride(self) -> int:
        return self.step[0]

    @property
    def reach(self) -> tuple[int, int]:
        return around(self.kernel[0], causal=self.causal)

    @property
    def bins_reach(self) -> tuple[int, int]:
        """Bins below and above a bin that it is made of."""
        return around(self.kernel[1], causal=False)

    def flow(self, given: Flow) -> Flow:
        return Flow(-(-given.bins // self.step[1]), self.filters)

    def weights(self, name: str, given: Flow) -> Shapes:
        return self._kernel(name, (*self.kernel, given.channels, self.filters))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNorm(Layer):
    """Each value of a frame normalised over all frames of a batch (Ioffe & Szegedy 2015)."""

    layer: Literal["batch_norm"] = "batch_norm"

    def weights(self, name: str, given: Flow) -> Shapes:
        return {f"{name}/{p}": (given.width,) for p in ("gamma", "beta", "mean", "variance")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Layer):
    """While training, values are left out at random."""

    layer: Literal["dropout"] = "dropout"
    rate: float | None = None
    """The share of them; None: the training's --dropout."""

    def _rules(self) -> dict[str, bool]:
        return {"rate must be from 0 to below 1": self.rate is None or 0 <= self.rate < 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookahead(Layer):
    """Row convolution: each value with those of the next `tau` frames, with weights of its own.

    Wang et al. 2016, "Lookahead convolution layer for unidirectional recurrent neural networks".
    """

    layer: Literal["lookahead"] = "lookahead"
    tau: int

    def _rules(self) -> dict[str, bool]:
        return {"tau must be at least 1": self.tau >= 1}

    @property
    def reach(self) -> tuple[int, int]:
        return 0, self.tau

    def weights(self, name: str, given: Flow) -> Shapes:
        return {f"{name}/kernel": (self.tau + 1, given.width)}


AnyLayer = (
    Window
    | Dense
    | Conv1d
    | Conv2d
    | BatchNorm
    | Dropout
    | Lookahead
    | Rnn
    | Gru
    | Lstm
    | Conformer
)
KINDS: dict[str, type[AnyLayer]] = {
    "window": Window,
    "dense": Dense,
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "batch_norm": BatchNorm,
    "dropout": Dropout,
    "lookahead": Lookahead,
    "rnn": Rnn,
    "gru": Gru,
    "lstm": Lstm,
    "conformer": Conformer,
}


def no_such_kind(kind: object) -> str:
    """What is said of a layer that is none of these."""
    return f"no layer of the kind {kind!r}; there are {', '.join(KINDS)}"

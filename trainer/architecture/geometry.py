"""The shape of an acoustic model: what Keras builds, ONNX is written from, and model.json keeps.

    features [frames, inputs] -> layers (layers.py), one after the other -> labels and blank

The last layer, a dense one called `output`, is not listed: it follows from the labels.
"""

from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from trainer.architecture.layer import Flow, State
from trainer.architecture.layers import AnyLayer, Dense, Dropout, Window
from trainer.architecture.sequence_layers import Lstm

OUTPUT = "output"

Frames = TypeVar("Frames")


@dataclass(frozen=True, slots=True)
class Placed:
    """A layer where it stands."""

    layer: AnyLayer
    given: Flow
    """What comes in."""
    stride: int
    """Frames of features for a frame that comes in."""
    first: bool
    """Whether it is the first that changes what it is given."""

    @property
    def name(self) -> str:
        """Of its weights."""
        return self.layer.name


@dataclass(frozen=True, slots=True)
class Geometry:
    """The layers in their order; the weights' names and shapes follow (see weight_shapes).

    Raises ValueError for layers that do not fit each other.
    """

    inputs: int
    """Coefficients a frame of features."""
    labels: int
    """The alphabet's and the blank, which is last."""
    layers: tuple[AnyLayer, ...]

    def __post_init__(self) -> None:
        if min(self.inputs, self.labels) < 1:
            raise ValueError("inputs and labels must be at least 1")
        object.__setattr__(self, "layers", _named(self.layers))
        self.placed()

    def placed(self) -> tuple[Placed, ...]:
        """All layers, `output` too, with what each is given."""
        found: list[Placed] = []
        flow, stride, first = Flow(self.inputs), 1, True
        output = Dense(name=OUTPUT, units=self.labels, activation="linear", clip=0)
        for layer in (*self.layers, output):
            found.append(Placed(layer, flow, stride, first))
            try:
                flow = layer.flow(flow)
            except ValueError as error:
                raise ValueError(f"layer {layer.name}: {error}") from None
            stride *= layer.stride
            first = first and isinstance(layer, Dropout)
        return tuple(found)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by name."""
        shapes: dict[str, tuple[int, ...]] = {}
        for one in self.placed():
            shapes |= one.layer.weights(one.name, one.given)
        return shapes

    @property
    def stride(self) -> int:
        """Frames of features for a frame of output."""
        return self.placed()[-1].stride

    def output_frames(self, frames: int) -> int:
        """Frames of output for so many of features: a frame that is begun counts."""
        return output_frames(frames, self.stride)

    @property
    def streaming(self) -> bool:
        """Whether frames come out while a clip still goes on: nothing waits for its end."""
        return not any(layer.hears_all for layer in self.layers)

    @property
    def lookahead(self) -> int:
        """Frames of features behind a frame that are needed for its output, if it streams."""
        return sum(one.layer.reach[1] * one.stride for one in self.placed())

    @property
    def states(self) -> tuple[State, ...]:
        """What is kept from one piece of a clip to the next; nothing if it does not stream."""
        if not self.streaming:
            return ()
        return tuple(s for one in self.placed() for s in one.layer.states(one.name, one.given))

    def differences(self, other: "Geometry") -> list[str]:
        """In words, how this one differs from another, but for the labels."""
        found = []
        if self.inputs != other.inputs:
            found.append(f"inputs {self.inputs}, not {other.inputs}")
        names, others = ([layer.name for layer in one.layers] for one in (self, other))
        kinds, theirs = ([layer.layer for layer in one.layers] for one in (self, other))
        if names != others or kinds != theirs:
            return [*found, f"layers {', '.join(names)}, not {', '.join(others)}"]
        for mine, its in zip(self.layers, other.layers, strict=True):
            for field in fields(mine):
                value, wanted = getattr(mine, field.name), getattr(its, field.name)
                if value != wanted:
                    what = f"{mine.name} {field.name.replace('_', ' ')}"
                    found.append(f"{what} {_written(value)}, not {_written(wanted)}")
        return found

    def to_json(self) -> dict[str, Any]:
        """What geometry_file.py reads."""
        layers = [asdict(layer) for layer in self.layers]
        ordered = [{"layer": one.pop("layer"), **one} for one in layers]
        return {"inputs": self.inputs, "labels": self.labels, "layers": ordered}


def output_frames(frames: Frames, stride: int) -> Frames:
    """Frames that come out for so many: a frame that is begun counts.

    ``frames`` are whole numbers of any kind: an int, an array, a tensor, a tensor of Keras's.
    """
    if stride == 1:
        return frames  # so that no graph has an operation for nothing
    given: Any = frames
    made: Frames = (given + (stride - 1)) // stride
    return made


def deep_speech(
    *,
    inputs: int,
    labels: int,
    context: int,
    dense: tuple[int, ...],
    recurrent: int,
    bidirectional: bool,
    dense_after: int,
    relu_clip: float = 20.0,
) -> Geometry:
    """Context windows, dense layers, an LSTM and a dense layer.

    Hannun et al. 2014, "Deep Speech: Scaling up end-to-end speech recognition", section 2.
    """
    layers: list[AnyLayer] = [Window(before=context, after=context)] if context else []
    for units in dense:
        layers += [Dense(units=units, clip=relu_clip), Dropout()]
    layers += [
        Lstm(name="lstm", units=recurrent, bidirectional=bidirectional),
        Dense(name="dense_after", units=dense_after, clip=relu_clip),
        Dropout(),
    ]
    return Geometry(inputs=inputs, labels=labels, layers=tuple(layers))


def _named(layers: tuple[AnyLayer, ...]) -> tuple[AnyLayer, ...]:
    """The layers with names, those without one by their kind and number."""
    numbers: Counter[str] = Counter()
    named = []
    for layer in layers:
        numbers[layer.layer] += 1
        named.append(
            layer if layer.name else replace(layer, name=f"{layer.layer}_{numbers[layer.layer]}")
        )
    names = Counter([OUTPUT, *(layer.name for layer in named)])
    for name, count in names.items():
        if count > 1 and name == OUTPUT:
            raise ValueError(f"{OUTPUT!r} is the name of the last layer, which is not listed")
        if count > 1:
            raise ValueError(f"two layers are called {name!r}")
    return tuple(named)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " x ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

"""An acoustic model of trainer/architecture/geometry.py in PyTorch, as its users write one.

    features [frames, batch, inputs] -> layers -> logits [output frames, batch, labels]

The layers are those of Geometry.to_json(), the weights those of Geometry.weight_shapes(), so that
both libraries compute the same from the same start: nn.Linear, nn.LSTM, nn.GRU, nn.Conv2d,
nn.BatchNorm. One thing differs: a GRU or LSTM with batch normalisation has it on its inputs (as
SeanNaren's deepspeech.pytorch has), since nn.GRU does not show the products inside it; those of the
inputs are fewer numbers. Sequences are taken to be of one length.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

Weights = Mapping[str, NDArray[np.float32]]
Description = Mapping[str, Any]
Flow = tuple[int, int]
"""Bins and channels of a frame."""
EPSILON = 1e-3
MOMENTUM = 0.01


class Network(nn.Module):  # type: ignore[misc]
    """The whole model. ``dropout`` is for dropout layers that have no rate of their own."""

    def __init__(self, geometry: Description, dropout: float) -> None:
        super().__init__()
        output = {
            "layer": "dense", "name": "output", "units": geometry["labels"],
            "activation": "linear", "clip": 0, "batch_norm": False,
        }  # fmt: skip
        flow: Flow = (geometry["inputs"], 1)
        self.parts = nn.ModuleList()
        for layer in (*geometry["layers"], output):
            part = KINDS[layer["layer"]](layer, flow, dropout)
            self.parts.append(part)
            flow = part.flow

    def forward(self, hidden: Tensor) -> Tensor:
        for part in self.parts:
            if hidden.dim() == 4 and not isinstance(part, Conv2d):
                hidden = hidden.permute(2, 0, 3, 1).flatten(2)
            hidden = part(hidden)
        return hidden

    def load(self, weights: Weights) -> None:
        """Take the weights, all but those of batch normalisation in recurrent layers."""
        with torch.no_grad():
            for part in self.parts:
                part.load(weights)


class Part(nn.Module):  # type: ignore[misc]
    """A layer; ``flow`` is what comes out of it."""

    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__()
        self.name = layer["name"]
        self.flow = flow

    def load(self, weights: Weights) -> None:
        """Take what is of this layer; nothing, for most."""


class Window(Part):
    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        self.before, self.after = layer["before"], layer["after"]
        self.frames = self.before + 1 + self.after
        self.flow = (flow[0] * flow[1] * self.frames, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        padded = functional.pad(hidden, (0, 0, 0, 0, self.before, self.after))
        return padded.unfold(0, self.frames, 1).transpose(2, 3).flatten(2)


class Dropout(Part):
    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        self.drop = nn.Dropout(dropout if layer["rate"] is None else layer["rate"])

    def forward(self, hidden: Tensor) -> Tensor:
        return self.drop(hidden)


class _Affine(Part):
    """A product, its normalisation and its activation."""

    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        self.product, norm = self._made(layer, flow)
        self.norm = norm if layer["batch_norm"] else None
        self.linear, self.clip = layer["activation"] == "linear", layer["clip"]

    def _made(self, layer: Description, flow: Flow) -> tuple[nn.Module, nn.Module]:
        raise NotImplementedError  # each kind of layer says how

    def _bent(self, hidden: Tensor) -> Tensor:
        if self.linear:
            return hidden
        return functional.hardtanh(hidden, 0.0, self.clip) if self.clip else hidden.relu()

    def _kernel(self, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Keras has inputs and outputs last, PyTorch outputs and inputs first."""
        axes = tuple(range(kernel.ndim))
        return kernel.transpose((axes[-1], axes[-2], *axes[:-2]))

    def load(self, weights: Weights) -> None:
        _copy(self.product.weight, self._kernel(weights[f"{self.name}/kernel"]))
        if self.norm is None:
            _copy(self.product.bias, weights[f"{self.name}/bias"])
        else:
            _load_norm(self.norm, weights, self.name)


class Dense(_Affine):
    def _made(self, layer: Description, flow: Flow) -> tuple[nn.Module, nn.Module]:
        self.flow = (layer["units"], 1)
        product = nn.Linear(flow[0] * flow[1], layer["units"], bias=not layer["batch_norm"])
        return product, _norm(layer["units"])

    def forward(self, hidden: Tensor) -> Tensor:
        made = self.product(hidden)
        return self._bent(made if self.norm is None else _over_frames(self.norm, made))


class Conv1d(_Affine):
    def _made(self, layer: Description, flow: Flow) -> tuple[nn.Module, nn.Module]:
        filters, kernel = layer["filters"], layer["kernel"]
        self.flow = (filters, 1)
        product = nn.Conv1d(
            flow[0] * flow[1], filters, kernel, layer["step"], _centred(kernel, layer),
            bias=not layer["batch_norm"],
        )  # fmt: skip
        return product, _norm(filters)

    def forward(self, hidden: Tensor) -> Tensor:
        made = self.product(hidden.permute(1, 2, 0))
        return self._bent(made if self.norm is None else self.norm(made)).permute(2, 0, 1)


class Conv2d(_Affine):
    """Takes frames, or what another of its kind gives: [batch, channels, frames, bins]."""

    def _made(self, layer: Description, flow: Flow) -> tuple[nn.Module, nn.Module]:
        filters, kernel, step = layer["filters"], layer["kernel"], layer["step"]
        self.given = flow
        self.flow = (-(-flow[0] // step[1]), filters)
        padding = tuple(_centred(size, layer) for size in kernel)
        product = nn.Conv2d(
            flow[1], filters, tuple(kernel), tuple(step), padding, bias=not layer["batch_norm"]
        )
        return product, nn.BatchNorm2d(filters, EPSILON, MOMENTUM)

    def forward(self, hidden: Tensor) -> Tensor:
        if hidden.dim() == 3:
            hidden = hidden.unflatten(2, self.given).permute(1, 3, 0, 2)
        made = self.product(hidden)
        return self._bent(made if self.norm is None else self.norm(made))


class BatchNorm(Part):
    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        self.norm = _norm(flow[0] * flow[1])

    def forward(self, hidden: Tensor) -> Tensor:
        return _over_frames(self.norm, hidden)

    def load(self, weights: Weights) -> None:
        _load_norm(self.norm, weights, self.name)


class Lookahead(Part):
    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        self.tau, width = layer["tau"], flow[0] * flow[1]
        self.row = nn.Conv1d(width, width, self.tau + 1, groups=width, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        padded = functional.pad(hidden.permute(1, 2, 0), (0, self.tau))
        return self.row(padded).permute(2, 0, 1)

    def load(self, weights: Weights) -> None:
        _copy(self.row.weight, weights[f"{self.name}/kernel"].T[:, None])


class _Recurrent(Part):
    def __init__(self, layer: Description, flow: Flow, dropout: float) -> None:
        super().__init__(layer, flow, dropout)
        width, units = flow[0] * flow[1], layer["units"]
        both, self.sum = layer["bidirectional"], layer["merge"] == "sum"
        self.flow = (units * (2 if both and not self.sum else 1), 1)
        self.norm = _norm(width) if layer["batch_norm"] else None
        self.cell = self._made(width, units, both)
        self.directions = {"forward": "", "backward": "_reverse"} if both else {"forward": ""}

    def _made(self, width: int, units: int, both: bool) -> nn.RNNBase:
        raise NotImplementedError  # each kind of layer says how

    def _swap(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """The gates on the last axis in PyTorch's order."""
        return weight

    def forward(self, hidden: Tensor) -> Tensor:
        if self.norm is not None:
            hidden = _over_frames(self.norm, hidden)
        made, _ = self.cell(hidden)
        return sum(made.chunk(2, 2)) if self.sum and len(self.directions) == 2 else made

    def load(self, weights: Weights) -> None:
        for direction, ending in self.directions.items():
            kernel, recurrent, bias = (
                self._swap(weights[f"{self.name}_{direction}/{part}"])
                for part in ("kernel", "recurrent", "bias")
            )
            _copy(getattr(self.cell, f"weight_ih_l0{ending}"), kernel.T)
            _copy(getattr(self.cell, f"weight_hh_l0{ending}"), recurrent.T)
            self._load_bias(bias, ending)

    def _load_bias(self, bias: NDArray[np.float32], ending: str) -> None:
        raise NotImplementedError  # each kind of layer says how


class Lstm(_Recurrent):
    def _made(self, width: int, units: int, both: bool) -> nn.RNNBase:
        return nn.LSTM(width, units, bidirectional=both)

    def _load_bias(self, bias: NDArray[np.float32], ending: str) -> None:
        """PyTorch adds two: the second is held at zero, or both would learn."""
        _copy(getattr(self.cell, f"bias_ih_l0{ending}"), bias)
        second = getattr(self.cell, f"bias_hh_l0{ending}")
        second.zero_()
        second.requires_grad = False


class Gru(_Recurrent):
    def _made(self, width: int, units: int, both: bool) -> nn.RNNBase:
        return nn.GRU(width, units, bidirectional=both)

    def _swap(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """z, r, n as r, z, n."""
        z, r, n = np.split(weight, 3, axis=-1)
        return np.concatenate((r, z, n), -1)

    def _load_bias(self, bias: NDArray[np.float32], ending: str) -> None:
        _copy(getattr(self.cell, f"bias_ih_l0{ending}"), bias[0])
        _copy(getattr(self.cell, f"bias_hh_l0{ending}"), bias[1])


KINDS: Mapping[str, type[Part]] = {
    "window": Window,
    "dense": Dense,
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "batch_norm": BatchNorm,
    "dropout": Dropout,
    "lookahead": Lookahead,
    "gru": Gru,
    "lstm": Lstm,
}
"""By the kind of layer (trainer/architecture/layers.py)."""


def _norm(width: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(width, EPSILON, MOMENTUM)


def _over_frames(norm: nn.Module, hidden: Tensor) -> Tensor:
    return norm(hidden.flatten(0, 1)).view_as(hidden)


def _centred(kernel: int, layer: Description) -> int:
    """Zeros at either end."""
    if kernel % 2 == 0 or layer["causal"]:
        raise ValueError(f"{layer['name']}: only centred kernels of odd sizes are written here")
    return kernel // 2


def _load_norm(norm: nn.Module, weights: Weights, name: str) -> None:
    places = {
        "gamma": norm.weight, "beta": norm.bias,
        "mean": norm.running_mean, "variance": norm.running_var,
    }  # fmt: skip
    for part, place in places.items():
        _copy(place, weights[f"{name}/{part}"])


def _copy(place: Any, weight: NDArray[np.float32]) -> None:
    if tuple(place.shape) != weight.shape:
        raise ValueError(f"a weight of shape {weight.shape} is to go into {tuple(place.shape)}")
    place.copy_(torch.from_numpy(np.ascontiguousarray(weight)))

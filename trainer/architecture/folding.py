"""Batch normalisation folded into the weights before it: what a trained model computes, cheaper.

A normalisation of products x W gives scale (x W - mean) + beta, with scale = gamma / sqrt(variance
+ epsilon) (Ioffe & Szegedy 2015, algorithm 2): that is x (scale W) + (beta - scale mean).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import Conv1d, Conv2d, Dense
from trainer.architecture.sequence_layers import Gru, Lstm, Rnn

Weights = Mapping[str, NDArray[np.float32]]
EPSILON = 1e-3
"""Added to every variance: Keras's default."""


def folded(geometry: Geometry, weights: Weights) -> tuple[Geometry, dict[str, NDArray[np.float32]]]:
    """A geometry without batch normalisation in its layers, and its weights, that compute the same.

    Layers that are nothing but a normalisation stay. Raises ValueError for weights that are not of
    the geometry.
    """
    check_weights(geometry, weights)
    made = dict(weights)
    for layer in geometry.layers:
        if isinstance(layer, Dense | Conv1d | Conv2d) and layer.batch_norm:
            beta = made.pop(f"{layer.name}/beta")
            made[f"{layer.name}/bias"] = _fold(made, layer.name, beta)
        elif isinstance(layer, Rnn | Gru | Lstm) and layer.batch_norm:
            for direction in layer.directions:
                name = f"{layer.name}_{direction}"
                bias = made[f"{name}/bias"]
                ours = bias[0] if isinstance(layer, Gru) else bias
                new = _fold(made, name, ours)
                made[f"{name}/bias"] = np.stack([new, bias[1]]) if bias.ndim == 2 else new
    return folded_geometry(geometry), made


def folded_geometry(geometry: Geometry) -> Geometry:
    """The geometry without batch normalisation in its layers."""
    kinds = (Dense, Conv1d, Conv2d, Rnn, Gru, Lstm)
    layers = tuple(
        replace(layer, batch_norm=False) if isinstance(layer, kinds) else layer
        for layer in geometry.layers
    )
    return replace(geometry, layers=layers)


def scale_and_offset(weights: Weights, name: str) -> tuple[NDArray[np.float32], ...]:
    """What a normalisation multiplies by and adds, but for beta."""
    scale = weights[f"{name}/gamma"] / np.sqrt(weights[f"{name}/variance"] + EPSILON)
    return scale.astype(np.float32), (-weights[f"{name}/mean"] * scale).astype(np.float32)


def check_weights(geometry: Geometry, weights: Weights) -> None:
    """Raises ValueError when weights are not those of geometry.weight_shapes(), in float32."""
    shapes = geometry.weight_shapes()
    if weights.keys() != shapes.keys():
        wrong = sorted(weights.keys() ^ shapes.keys())
        raise ValueError(f"these weights are missing, or not of the geometry: {', '.join(wrong)}")
    for name, shape in shapes.items():
        weight = weights[name]
        if weight.shape != shape or weight.dtype != np.float32:
            raise ValueError(f"{name} is {weight.dtype} {weight.shape}, not float32 {shape}")


def _fold(
    weights: dict[str, NDArray[np.float32]], name: str, beta: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Scales the kernel and takes the normalisation's weights out; the new bias."""
    scale, offset = scale_and_offset(weights, name)
    weights[f"{name}/kernel"] = weights[f"{name}/kernel"] * scale
    for part in ("gamma", "mean", "variance"):
        del weights[f"{name}/{part}"]
    return beta + offset

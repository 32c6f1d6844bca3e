"""What the tests of recognition share: small geometries and random weights for them."""

import numpy as np
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry, deep_speech

FORWARD = deep_speech(
    inputs=26,
    context=9,
    dense=(32, 24, 40),
    recurrent=20,
    bidirectional=False,
    dense_after=28,
    labels=29,
)
BOTH_WAYS = deep_speech(
    inputs=26,
    context=4,
    dense=(24, 48),
    recurrent=16,
    bidirectional=True,
    dense_after=20,
    labels=12,
    relu_clip=1.5,
)


def random_weights(geometry: Geometry, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Uniform as Glorot & Bengio 2010 have it, biases too, so that none of them is without effect.

    The first kernel is smaller: features reach some hundreds, and nothing may be saturated.
    """
    draw = np.random.default_rng(seed)
    weights = {}
    for name, shape in geometry.weight_shapes().items():
        limit = np.sqrt(6 / sum(shape)) if len(shape) == 2 else 0.5
        if name == "dense_1/kernel":
            limit /= 30
        weights[name] = draw.uniform(-limit, limit, shape).astype(np.float32)
    return weights

"""The acoustic model in Keras: a functional model of plain layers, made from a Geometry.

inputs: features [batch, frames, inputs] float32, zeros past each sequence's length;
        lengths [batch] int32 (frames of each)
output: logits [batch, output frames, labels]; what stands behind Geometry.output_frames of a
        sequence's length has no meaning
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from trainer.architecture.folding import check_weights, folded
from trainer.architecture.geometry import Geometry
from trainer.learning.keras_layers import PLAIN, Network, add_layer, layer_variables

Weights = dict[str, NDArray[np.float32]]


def build_model(
    geometry: Geometry,
    *,
    dropout: float = 0.0,
    noise: float = 0.0,
    recurrent: Mapping[str, type[layers.Layer]] = PLAIN,
) -> keras.Model:
    """A new model with random weights.

    While training, ``dropout`` is the rate of dropout layers that have none of their own, and of
    those in conformer blocks; ``noise`` is the deviation of Gaussian noise on the features.
    ``recurrent`` are the classes of recurrent layers by kind: Keras's own, or others with the same
    weights. Keras's own cannot normalise their inputs' products: ValueError for those.
    """
    features = keras.Input((None, geometry.inputs), name="features", dtype="float32")
    lengths = keras.Input((), name="lengths", dtype="int32")
    hidden = features
    network = Network(lengths, dropout, recurrent, noise)
    for placed in geometry.placed():
        hidden = add_layer(network, placed, hidden)
    return keras.Model([features, lengths], hidden, name="acoustic_model")


def plain_model(geometry: Geometry, weights: Weights) -> keras.Model:
    """A model of Keras's own layers that computes what these weights do.

    Raises ValueError for weights that are not the geometry's.
    """
    plain, plain_weights = folded(geometry, weights)
    model = build_model(plain)
    load_weights(model, plain, plain_weights)
    return model


def named_weights(model: keras.Model, geometry: Geometry) -> Weights:
    """The weights by the names of Geometry.weight_shapes."""
    shapes = geometry.weight_shapes()
    variables = weight_variables(model, geometry)
    return {
        name: keras.ops.convert_to_numpy(variables[name]).reshape(shape)
        for name, shape in shapes.items()
    }


def load_weights(model: keras.Model, geometry: Geometry, weights: Weights) -> None:
    """Set all weights by name. Raises ValueError for weights that are not the geometry's."""
    check_weights(geometry, weights)
    for name, variable in weight_variables(model, geometry).items():
        variable.assign(weights[name].reshape(variable.shape))


def weight_variables(model: keras.Model, geometry: Geometry) -> dict[str, keras.Variable]:
    """Its variables by the names of Geometry.weight_shapes; some have one more axis of 1."""
    found: dict[str, keras.Variable] = {}
    for placed in geometry.placed():
        found |= layer_variables(model, placed)
    return found

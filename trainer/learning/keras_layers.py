"""Each kind of layer (layers.py) in Keras, and which of its variables is which weight."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

import keras
from keras import KerasTensor, layers, ops

from trainer.architecture.folding import EPSILON
from trainer.architecture.geometry import Placed, output_frames
from trainer.architecture.layers import BatchNorm, Conv1d, Conv2d, Dense, Dropout, Lookahead, Window
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm, Rnn
from trainer.learning.keras_conformer import add_conformer, conformer_variables

PLAIN: Mapping[str, type[layers.Layer]] = {
    "lstm": layers.LSTM,
    "gru": layers.GRU,
    "rnn": layers.SimpleRNN,
}
_NORM = {
    "gamma": "gamma",
    "beta": "beta",
    "mean": "moving_mean",
    "variance": "moving_variance",
}


@dataclass(frozen=True, slots=True)
class Network:
    """What all layers of a model share."""

    lengths: KerasTensor
    """[batch], in frames of features."""
    dropout: float
    recurrent: Mapping[str, type[layers.Layer]]
    noise: float = 0.0
    """Deviation of Gaussian noise on the features while training, the zeros around them too."""

    def inside(self, hidden: KerasTensor, stride: int) -> KerasTensor:
        """Whether a frame is in its sequence, [batch, frames]."""
        numbers = ops.cumsum(ops.ones_like(hidden[:, :, 0], dtype="int32"), axis=1)
        return numbers <= ops.expand_dims(output_frames(self.lengths, stride), 1)

    def zeros_beyond(self, hidden: KerasTensor, stride: int) -> KerasTensor:
        """Zeros where a sequence is over."""
        return hidden * ops.expand_dims(ops.cast(self.inside(hidden, stride), hidden.dtype), 2)

    def neighbours(
        self, hidden: KerasTensor, placed: Placed, reach: tuple[int, int]
    ) -> KerasTensor:
        """The frames with those before and behind them that a layer sees; zeros beyond the ends."""
        if not placed.first:
            hidden = self.zeros_beyond(hidden, placed.stride)
        if not any(reach):
            return hidden
        padded = layers.ZeroPadding1D(reach)(hidden)
        # Without noise, zeros would tell the ends of clips better than they can when it counts.
        return self.noisy(padded) if placed.first else padded

    def noisy(self, features: KerasTensor) -> KerasTensor:
        """With noise on them while training."""
        if not self.noise:
            return features
        return layers.GaussianNoise(self.noise, seed=_seed(), name="noise")(features)

    def dropped(self, hidden: KerasTensor, rate: float | None = None) -> KerasTensor:
        """With values left out at random while training."""
        rate = self.dropout if rate is None else rate
        if not rate:
            return hidden
        return layers.Dropout(rate, seed=_seed())(hidden)


def _seed() -> int:
    """Drawn as Keras draws it: from what keras.utils.set_random_seed has set.

    Under PyTorch, Keras lets a layer without a seed draw from numbers that nobody keeps.
    """
    return random.randint(1, 10**9)


def add_layer(network: Network, placed: Placed, hidden: KerasTensor) -> KerasTensor:
    """What comes out of a layer, [batch, frames, width]."""
    if placed.first and not isinstance(placed.layer, Dropout) and not any(placed.layer.reach):
        hidden = network.noisy(hidden)
    match placed.layer:
        case Window() as layer:
            return _window(network, placed, layer, hidden)
        case Dense() as layer:
            made = layers.Dense(layer.units, use_bias=not layer.batch_norm, name=layer.name)(hidden)
            return _bent(network, placed, layer, made)
        case Conv1d() as layer:
            return _conv1d(network, placed, layer, hidden)
        case Conv2d() as layer:
            return _conv2d(network, placed, layer, hidden)
        case BatchNorm():
            return _normalised(network, hidden, placed.name, placed.stride)
        case Dropout() as layer:
            return network.dropped(hidden, layer.rate)
        case Lookahead() as layer:
            joined = network.neighbours(hidden, placed, layer.reach)
            row = layers.DepthwiseConv1D(layer.tau + 1, use_bias=False, name=layer.name)
            return row(joined)
        case Rnn() | Gru() | Lstm() as layer:
            return _recurrent(network, placed, layer, hidden)
        case Conformer() as layer:
            return add_conformer(network, placed, layer, hidden)


def _window(network: Network, placed: Placed, layer: Window, hidden: KerasTensor) -> KerasTensor:
    if layer.reach == (0, 0):
        return hidden
    joined = network.neighbours(hidden, placed, layer.reach)
    others = layer.before + layer.after
    crops = [layers.Cropping1D((n, others - n))(joined) for n in range(others + 1)]
    return layers.Concatenate(name=layer.name)(crops)


def _conv1d(network: Network, placed: Placed, layer: Conv1d, hidden: KerasTensor) -> KerasTensor:
    joined = network.neighbours(hidden, placed, layer.reach)
    convolution = layers.Conv1D(
        layer.filters,
        layer.kernel,
        strides=layer.step,
        use_bias=not layer.batch_norm,
        name=layer.name,
    )
    return _bent(network, placed, layer, convolution(joined))


def _conv2d(network: Network, placed: Placed, layer: Conv2d, hidden: KerasTensor) -> KerasTensor:
    joined = network.neighbours(hidden, placed, layer.reach)
    given = placed.given
    shaped = layers.Reshape((-1, given.bins, given.channels))(joined)
    if any(layer.bins_reach):
        shaped = layers.ZeroPadding2D(((0, 0), layer.bins_reach))(shaped)
    convolution = layers.Conv2D(
        layer.filters,
        layer.kernel,
        strides=layer.step,
        use_bias=not layer.batch_norm,
        name=layer.name,
    )
    made = _bent(network, placed, layer, convolution(shaped))
    return layers.Reshape((-1, layer.flow(given).width))(made)


def _bent(
    network: Network, placed: Placed, layer: Dense | Conv1d | Conv2d, hidden: KerasTensor
) -> KerasTensor:
    """Products normalised, if they are to be, and what the activation makes of them."""
    if layer.batch_norm:
        stride = placed.stride * layer.stride
        hidden = _normalised(network, hidden, f"{layer.name}_norm", stride)
    if layer.activation == "linear":
        return hidden
    return layers.ReLU(max_value=layer.clip or None, name=f"{layer.name}_relu")(hidden)


def _normalised(network: Network, hidden: KerasTensor, name: str, stride: int) -> KerasTensor:
    """Over all frames that are in their sequences; [batch, frames, .., values]."""
    if len(hidden.shape) == 3:
        mask = network.inside(hidden, stride)
    else:  # of a convolution over bins too
        mask = network.inside(hidden[:, :, :, 0], stride)
        mask = ops.logical_and(
            ops.expand_dims(mask, 2), ops.ones_like(hidden[:, :, :, 0], dtype="bool")
        )
    return _unmasked(layers.BatchNormalization(epsilon=EPSILON, name=name)(hidden, mask=mask))


def _unmasked(hidden: KerasTensor) -> KerasTensor:
    """Without the mask that Keras would hand on to every layer that follows."""
    return ops.copy(hidden)


def _recurrent(
    network: Network, placed: Placed, layer: Rnn | Gru | Lstm, hidden: KerasTensor
) -> KerasTensor:
    if layer.batch_norm and network.recurrent is PLAIN:
        raise ValueError(f"{layer.name}: Keras's own layers cannot normalise products")
    kind = network.recurrent[layer.layer]
    options = {"batch_norm": True} if layer.batch_norm else {}
    if isinstance(layer, Rnn):
        options["activation"] = layers.ReLU(max_value=layer.clip)

    def one(direction: str) -> layers.Layer:
        return kind(
            layer.units,
            return_sequences=True,
            go_backwards=direction == "backward",
            name=f"{layer.name}_{direction}",
            **options,
        )

    mask = network.inside(hidden, placed.stride)
    if not layer.bidirectional:
        # Padding stands at the end, where nothing that counts comes after it.
        if layer.batch_norm:
            return _unmasked(one("forward")(hidden, mask=mask))
        return one("forward")(hidden)
    both = layers.Bidirectional(
        one("forward"), backward_layer=one("backward"), merge_mode=layer.merge, name=layer.name
    )
    return _unmasked(both(hidden, mask=mask))


def layer_variables(model: keras.Model, placed: Placed) -> dict[str, keras.Variable]:
    """A layer's variables by the names of its weights; some have one more axis of 1."""
    layer, name = placed.layer, placed.name
    match layer:
        case Dense() | Conv1d() | Conv2d():
            made = model.get_layer(name)
            if not layer.batch_norm:
                return {f"{name}/kernel": made.kernel, f"{name}/bias": made.bias}
            return {f"{name}/kernel": made.kernel} | _norm_variables(model, name, f"{name}_norm")
        case BatchNorm():
            return _norm_variables(model, name, name)
        case Lookahead():
            return {f"{name}/kernel": model.get_layer(name).kernel}
        case Rnn() | Gru() | Lstm():
            return _recurrent_variables(model, layer)
        case Conformer():
            return conformer_variables(model, placed)
        case _:
            return {}


def _norm_variables(model: keras.Model, name: str, norm: str) -> dict[str, keras.Variable]:
    made = model.get_layer(norm)
    return {f"{name}/{part}": getattr(made, its) for part, its in _NORM.items()}


def _recurrent_variables(model: keras.Model, layer: Rnn | Gru | Lstm) -> dict[str, keras.Variable]:
    found: dict[str, keras.Variable] = {}
    for direction in layer.directions:
        name = f"{layer.name}_{direction}"
        if layer.bidirectional:
            made = getattr(model.get_layer(layer.name), f"{direction}_layer")
        else:
            made = model.get_layer(name)
        found[f"{name}/kernel"] = made.cell.kernel
        found[f"{name}/recurrent"] = made.cell.recurrent_kernel
        found[f"{name}/bias"] = made.cell.bias
        if layer.batch_norm:
            for part in ("gamma", "mean", "variance"):
                found[f"{name}/{part}"] = getattr(made, _NORM[part])
    return found

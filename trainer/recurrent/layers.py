"""Keras's recurrent layers, with the same weights, that train about twice as fast on a CPU.

Keras lets the backend differentiate through the time loop, which transposes the recurrent matrix
and adds up its gradient at every step. Here the inputs are multiplied before the loop, the loop
forward keeps what the loop backward needs, the matrix is transposed once, and its gradient is one
product over all steps: by_tensorflow.py and by_jax.py. PyTorch has kernels of its own for it:
by_torch.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from trainer.architecture.folding import EPSILON
from trainer.recurrent.kernels import Kernels, Loops, Tensor, of_backend

MOMENTUM = 0.99
"""Of the running mean and variance of batch normalisation: Keras's default."""

_BACKEND = of_backend(keras.backend.backend())


class _Fast:
    """What the three layers have in common, beside what Keras's own class is.

    Takes [batch, frames, inputs]; gives [batch, frames, units]. Sequences begin in a zero state. A
    mask must be of right padding (true up to each sequence's length); what comes out behind a
    sequence's end is of no meaning. With ``go_backwards`` the output is in reversed order, as
    Keras has it. On a GPU under TensorFlow, Keras's own kernels are called (cuDNN's, where it has
    them).

    With ``batch_norm`` the inputs' products are normalised over all frames of a batch that the mask
    has, before the bias is added (Amodei et al. 2016, "Deep Speech 2", section 3.2); the weights
    are then more by gamma, mean and variance.

    Raises ValueError for options that only Keras's own layers know.
    """

    batch_norm: bool
    cell: Any
    compute_dtype: str
    go_backwards: bool

    def _set_up(self, batch_norm: bool) -> None:
        layer: Any = self
        default = (
            layer.return_sequences
            and not (layer.return_state or layer.stateful or layer.unroll)
            and not (layer.dropout or layer.recurrent_dropout)
            and layer.use_bias
        )
        if not (default and self._activations_known()):
            kind = type(self).__bases__[1].__name__
            raise ValueError(f"{type(self).__name__} has no such options: use keras.layers.{kind}")
        self.batch_norm = batch_norm

    def _activations_known(self) -> bool:
        layer: Any = self
        return (
            layer.activation is keras.activations.tanh
            and layer.recurrent_activation is keras.activations.sigmoid
        )

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """The weights of Keras's layer, and those of the normalisation."""
        super().build(sequences_shape)  # type: ignore[misc]
        if not self.batch_norm:
            return
        layer: Any = self
        # Never in half precision: figures of many frames are added up in them.
        options = {"shape": (self.cell.kernel.shape[1],), "autocast": False}
        layer.gamma = layer.add_weight(initializer="ones", name="gamma", **options)
        layer.moving_mean = layer.add_weight(
            initializer="zeros", name="moving_mean", trainable=False, **options
        )
        layer.moving_variance = layer.add_weight(
            initializer="ones", name="moving_variance", trainable=False, **options
        )

    def get_config(self) -> dict[str, Any]:
        """Keras's, and ours."""
        return {**super().get_config(), "batch_norm": self.batch_norm}  # type: ignore[misc]

    def call(
        self,
        sequences: Tensor,
        initial_state: list[Tensor] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        """See the class."""
        if initial_state is not None:
            raise ValueError(f"{type(self).__name__} begins in a zero state; use Keras's own layer")
        if _BACKEND.keras_is_faster():
            return self._by_keras(sequences, mask, training)
        inputs = self._flipped(sequences, mask) if self.go_backwards else sequences
        if isinstance(_BACKEND, Loops):
            hidden = self._by_loops(_BACKEND, inputs, mask, training)
        else:
            folded = self._folded(inputs, mask, training)
            kernel, bias = (ops.cast(weight, self.compute_dtype) for weight in folded)
            hidden = self._by_kernels(_BACKEND, inputs, kernel, bias)
        return ops.flip(self._flipped(hidden, mask), 1) if self.go_backwards else hidden

    def _by_loops(
        self, loops: Loops, inputs: Tensor, mask: Tensor | None, training: bool
    ) -> Tensor:
        """With the inputs multiplied, and the products normalised, before the loop."""
        kernel = self._swap(ops.convert_to_tensor(self.cell.kernel))
        products = ops.tensordot(ops.transpose(inputs, (1, 0, 2)), kernel, 1)
        products = ops.cast(products, "float32")  # what loops add up, in any precision
        if self.batch_norm:
            heard = None if mask is None else ops.transpose(mask)
            scale, offset = self._normalisation(products, heard, training, self._swap)
            products = products * scale + offset
        hidden = ops.transpose(self._loop(loops, products), (1, 0, 2))
        return ops.cast(hidden, self.compute_dtype)

    def _swap(self, weight: Tensor) -> Tensor:
        """Columns in the order of the loop, or back: it is its own inverse."""
        return weight

    def _loop(self, loops: Loops, products: Tensor) -> Tensor:
        """Hidden states of what the inputs' products, in the loop's order, without bias, make."""
        raise NotImplementedError  # each kind of layer has a loop of its own

    def _by_kernels(self, kernels: Kernels, inputs: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """Hidden states by kernels that multiply the inputs themselves."""
        raise NotImplementedError  # and kernels of its own

    def _by_keras(self, sequences: Tensor, mask: Tensor | None, training: bool) -> Tensor:
        """Keras's own layer, with the normalisation folded into kernel and bias."""
        layer: Any = super()
        # Padding stands at the end: only the way backward must know where.
        lengths_matter = mask if self.go_backwards else None
        if not self.batch_norm:
            return layer.call(sequences, mask=lengths_matter, training=training)
        kernel, bias = self._folded(sequences, mask, training)
        folded = [(self.cell.kernel, kernel), (self.cell.bias, bias)]
        with keras.StatelessScope(state_mapping=folded):
            return layer.call(sequences, mask=lengths_matter, training=training)

    def _folded(
        self, sequences: Tensor, mask: Tensor | None, training: bool
    ) -> tuple[Tensor, Tensor]:
        """Kernel and bias that normalise what they make of these sequences."""
        kernel, bias = _exact(self.cell.kernel), _exact(self.cell.bias)
        if not self.batch_norm:
            return kernel, bias
        products = None  # normalised with running figures, they need not be known
        if training:
            products = ops.cast(ops.tensordot(sequences, self.cell.kernel, 1), "float32")
        scale, offset = self._normalisation(products, mask, training, lambda weight: weight)
        if len(bias.shape) == 2:
            offset = ops.stack((offset, ops.zeros_like(offset)))
        return kernel * scale, bias + offset

    def _normalisation(
        self,
        products: Tensor | None,
        heard: Tensor | None,
        training: bool,
        swap: Callable[[Tensor], Tensor],
    ) -> tuple[Tensor, Tensor]:
        """What products are multiplied by, and what is added then.

        ``heard`` has all axes of products but the last, in whose order ``swap`` puts a weight.
        """
        layer: Any = self
        running = layer.moving_mean, layer.moving_variance
        mean, variance = (swap(ops.convert_to_tensor(one)) for one in running)
        if training:
            mean, variance = _moments(products, heard)
            for old, now in zip(running, (mean, variance), strict=True):
                step = swap(ops.stop_gradient(now)) - ops.convert_to_tensor(old)
                old.assign(ops.convert_to_tensor(old) + step * (1 - MOMENTUM))
        scale = swap(ops.convert_to_tensor(layer.gamma)) * ops.rsqrt(variance + EPSILON)
        return scale, -mean * scale

    def _flipped(self, sequences: Tensor, mask: Tensor | None) -> Tensor:
        """Each sequence reversed in its own length; the padding stays where it is."""
        if mask is None:
            return ops.flip(sequences, 1)
        return _BACKEND.reverse(sequences, ops.sum(ops.cast(mask, "int32"), 1))


@keras.saving.register_keras_serializable(package="myna")
class CpuLSTM(_Fast, keras.layers.LSTM):  # type: ignore[misc]
    """``keras.layers.LSTM``, fast (see _Fast)."""

    def __init__(self, units: int, *, batch_norm: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self._set_up(batch_norm)

    def _swap(self, weight: Tensor) -> Tensor:
        """i, f, c, o (Keras's) as i, f, o, c: the three gates with a sigmoid stand together."""
        i, f, c, o = ops.split(weight, 4, axis=-1)
        return ops.concatenate((i, f, o, c), -1)

    def _loop(self, loops: Loops, products: Tensor) -> Tensor:
        recurrent = self._swap(ops.convert_to_tensor(self.cell.recurrent_kernel))
        return loops.lstm(products + self._swap(_exact(self.cell.bias)), recurrent)

    def _by_kernels(self, kernels: Kernels, inputs: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        recurrent = ops.convert_to_tensor(self.cell.recurrent_kernel)
        return kernels.lstm(inputs, kernel, recurrent, bias)


@keras.saving.register_keras_serializable(package="myna")
class CpuGRU(_Fast, keras.layers.GRU):  # type: ignore[misc]
    """``keras.layers.GRU``, fast (see _Fast)."""

    def __init__(self, units: int, *, batch_norm: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self._set_up(batch_norm)

    def _activations_known(self) -> bool:
        return super()._activations_known() and self.reset_after

    def _loop(self, loops: Loops, products: Tensor) -> Tensor:
        inner, outer = ops.unstack(_exact(self.cell.bias), 2)
        recurrent = ops.convert_to_tensor(self.cell.recurrent_kernel)
        return loops.gru(products + inner, recurrent, outer)

    def _by_kernels(self, kernels: Kernels, inputs: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        recurrent = ops.convert_to_tensor(self.cell.recurrent_kernel)
        return kernels.gru(inputs, kernel, recurrent, bias)


@keras.saving.register_keras_serializable(package="myna")
class CpuRNN(_Fast, keras.layers.SimpleRNN):  # type: ignore[misc]
    """``keras.layers.SimpleRNN`` with clipped ReLU, fast (see _Fast)."""

    def __init__(self, units: int, *, batch_norm: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self._set_up(batch_norm)

    def _activations_known(self) -> bool:
        relu = self.activation
        return (
            isinstance(relu, keras.layers.ReLU)
            and bool(relu.max_value)
            and not (relu.negative_slope or relu.threshold)
        )

    @property
    def _clip(self) -> float:
        return float(self.activation.max_value)

    def _loop(self, loops: Loops, products: Tensor) -> Tensor:
        recurrent = ops.convert_to_tensor(self.cell.recurrent_kernel)
        return loops.rnn(products + _exact(self.cell.bias), recurrent, self._clip)

    def _by_kernels(self, kernels: Kernels, inputs: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        recurrent = ops.convert_to_tensor(self.cell.recurrent_kernel)
        return kernels.rnn(inputs, kernel, recurrent, bias, self._clip)


FAST: Mapping[str, type[keras.layers.Layer]] = {"lstm": CpuLSTM, "gru": CpuGRU, "rnn": CpuRNN}
"""By the kind of layer (trainer/architecture/layers.py)."""


def _exact(weight: keras.Variable) -> Tensor:
    """A weight in float32, where products are of half precision too."""
    return ops.cast(ops.convert_to_tensor(weight), "float32")


def _moments(products: Tensor, heard: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and variance of each column, over all frames or those that are heard."""
    if heard is None:
        return ops.mean(products, (0, 1)), ops.var(products, (0, 1))
    weights = ops.expand_dims(ops.cast(heard, products.dtype), -1)
    count = ops.sum(weights)
    mean = ops.sum(products * weights, (0, 1)) / count
    return mean, ops.sum(ops.square(products - mean) * weights, (0, 1)) / count

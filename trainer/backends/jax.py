"""Steps under JAX: compiled once for each shape of a batch, of which there are few (shapes.py)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from trainer.architecture.geometry import output_frames
from trainer.backends.jax_ctc import ctc_loss
from trainer.backends.shapes import widened
from trainer.data.batches import Batch
from trainer.learning.engine import Backend, EngineParts, Losses
from trainer.recurrent.layers import FAST

Values = list[Array]


class JaxEngine:
    """See trainer.learning.engine.Engine."""

    def __init__(self, parts: EngineParts) -> None:
        self._model, self._optimizer = parts.model, parts.optimizer
        self._stride, self._scaled = parts.stride, parts.scaled
        averages = {id(one) for one in self._model.non_trainable_weights}
        self._is_average = [id(one) in averages for one in self._model.non_trainable_variables]
        self._step = jax.jit(self._step_of_values)
        self._assess = jax.jit(self._assess_of_values)

    def step(self, batch: Batch, scale: float) -> tuple[Losses, bool]:
        """See Engine."""
        variables = (
            self._model.trainable_variables,
            self._model.non_trainable_variables,
            self._optimizer.variables,
        )
        before = tuple([one.value for one in some] for some in variables)
        after, losses, learnt = self._step(before, *_arguments(batch), np.float32(scale))
        for some, values in zip(variables, after, strict=True):
            for variable, value in zip(some, values, strict=True):
                variable.assign(value)
        return np.asarray(losses)[: len(batch.frames)], bool(learnt)

    def assess(self, batch: Batch) -> tuple[Losses, NDArray[np.float32]]:
        """See Engine."""
        variables = self._model.trainable_variables, self._model.non_trainable_variables
        values = ([one.value for one in some] for some in variables)
        losses, log_probabilities = self._assess(*values, *_arguments(batch))
        clips, frames = len(batch.frames), output_frames(batch.features.shape[1], self._stride)
        return np.asarray(losses)[:clips], np.asarray(log_probabilities)[:clips, :frames]

    def _step_of_values(
        self,
        before: tuple[Values, Values, Values],
        features: Array,
        frames: Array,
        labels: Array,
        counts: Array,
        scale: Array,
    ) -> tuple[tuple[Values, Values, Values], Array, Array]:
        """The values of all variables afterwards, each clip's loss, whether it was learnt from."""
        trained, others, optimizing = before
        there = counts > 0  # the others pad the batch

        def scaled_loss(trained: Values) -> tuple[Array, Any]:
            logits, after = self._model.stateless_call(
                trained, others, [features, frames], training=True
            )
            losses = jnp.where(
                there, ctc_loss(logits, output_frames(frames, self._stride), labels, counts), 0.0
            )
            mean = jnp.sum(losses) / jnp.sum(there)
            return mean * scale if self._scaled else mean, (losses, mean, after)

        gradients, (losses, mean, after) = jax.grad(scaled_loss, has_aux=True)(trained)
        if self._scaled:
            gradients = [gradient / scale for gradient in gradients]
        squares = jnp.sum(jnp.stack([jnp.sum(jnp.square(one)) for one in gradients]))
        finite = jnp.isfinite(mean) & jnp.isfinite(squares)

        def apply() -> tuple[Values, Values]:
            changed: tuple[Values, Values]
            changed = self._optimizer.stateless_apply(optimizing, gradients, trained)
            return list(changed[0]), list(changed[1])

        # A finite loss with an infinite gradient would ruin the weights just as well.
        learnt, optimized = jax.lax.cond(finite, apply, lambda: (trained, optimizing))
        # What batch normalisation has counted is left too, but random numbers go on.
        counted = [
            jnp.where(finite, new, old) if is_average else new
            for new, old, is_average in zip(after, others, self._is_average, strict=True)
        ]
        return (learnt, counted, optimized), losses, finite

    def _assess_of_values(
        self,
        trained: Values,
        others: Values,
        features: Array,
        frames: Array,
        labels: Array,
        counts: Array,
    ) -> tuple[Array, Array]:
        logits, _ = self._model.stateless_call(trained, others, [features, frames], training=False)
        logits = logits.astype(jnp.float32)
        losses = ctc_loss(logits, output_frames(frames, self._stride), labels, counts)
        return losses, jax.nn.log_softmax(logits)


def _arguments(batch: Batch) -> tuple[NDArray[Any], ...]:
    wide = widened(batch)
    return wide.features, wide.frames, wide.labels, wide.label_counts


BACKEND = Backend(engine=JaxEngine, recurrent=FAST)

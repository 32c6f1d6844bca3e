"""Steps under TensorFlow: one graph for a step, one for an assessment, for batches of any size."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from trainer.architecture.geometry import output_frames
from trainer.data.batches import Batch
from trainer.learning.engine import Backend, EngineParts, Losses
from trainer.learning.loss import ctc_loss
from trainer.recurrent.layers import FAST


class TensorflowEngine:
    """See trainer.learning.engine.Engine."""

    def __init__(self, parts: EngineParts) -> None:
        self._model, self._optimizer = parts.model, parts.optimizer
        self._stride, self._scaled = parts.stride, parts.scaled
        batch = (
            tf.TensorSpec((None, None, parts.model.inputs[0].shape[-1]), tf.float32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None,), tf.int32),
        )
        scale = tf.TensorSpec((), tf.float32)
        self._step = tf.function(self._step_eagerly, input_signature=(*batch, scale))
        self._assess = tf.function(self._assess_eagerly, input_signature=batch)

    def step(self, batch: Batch, scale: float) -> tuple[Losses, bool]:
        """See Engine."""
        losses, learnt = self._step(*_arguments(batch), np.float32(scale))
        return np.asarray(losses), bool(learnt)

    def assess(self, batch: Batch) -> tuple[Losses, NDArray[np.float32]]:
        """See Engine."""
        losses, log_probabilities = self._assess(*_arguments(batch))
        return np.asarray(losses), np.asarray(log_probabilities)

    def _step_eagerly(
        self,
        features: tf.Tensor,
        frames: tf.Tensor,
        labels: tf.Tensor,
        counts: tf.Tensor,
        scale: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        variables = self._model.trainable_variables
        averages = self._model.non_trainable_weights
        before = [tf.identity(average.value) for average in averages]
        with tf.GradientTape() as tape:
            logits = tf.cast(self._model([features, frames], training=True), tf.float32)
            losses = ctc_loss(logits, output_frames(frames, self._stride), labels, counts)
            mean = tf.reduce_mean(losses)
            loss = mean * scale if self._scaled else mean
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        if self._scaled:
            gradients = [gradient / scale for gradient in gradients]
        finite = tf.math.is_finite(mean) & tf.math.is_finite(tf.linalg.global_norm(gradients))

        def apply() -> tf.Tensor:
            self._optimizer.apply(gradients, variables)
            return tf.constant(True)

        def leave() -> tf.Tensor:
            for average, value in zip(averages, before, strict=True):
                average.assign(value)  # what batch normalisation has counted
            return tf.constant(False)

        # A finite loss with an infinite gradient would ruin the weights just as well.
        return losses, tf.cond(finite, apply, leave)

    def _assess_eagerly(
        self, features: tf.Tensor, frames: tf.Tensor, labels: tf.Tensor, counts: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        logits = tf.cast(self._model([features, frames], training=False), tf.float32)
        losses = ctc_loss(logits, output_frames(frames, self._stride), labels, counts)
        return losses, tf.nn.log_softmax(logits)


def _arguments(batch: Batch) -> tuple[NDArray[np.generic], ...]:
    return batch.features, batch.frames, batch.labels, batch.label_counts


BACKEND = Backend(engine=TensorflowEngine, recurrent=FAST)

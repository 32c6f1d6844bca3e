"""Connectionist temporal classification in JAX: the loss of logits against labels.

Graves et al. 2006, "Connectionist temporal classification", section 4.1: the forward variables, as
logarithms. What has no probability stands at a logarithm that no sum of real ones reaches, so that
every gradient is finite.
"""

import jax
import jax.numpy as jnp
from jax import Array

States = tuple[Array, Array]
_NEVER = -1e30


def ctc_loss(logits: Array, frames: Array, labels: Array, label_counts: Array) -> Array:
    """As trainer/learning/loss.py: [clips]; infinite where frames are too few for the labels."""
    log_probabilities = jax.nn.log_softmax(logits.astype(jnp.float32))
    blank = log_probabilities[:, :, -1:]
    chosen = jax.nn.one_hot(labels, logits.shape[-1], dtype=jnp.float32)
    # Less than float32 products, as GPUs like them, would round the logarithms.
    said = jnp.einsum(
        "btk,bnk->btn", log_probabilities, chosen, precision=jax.lax.Precision.HIGHEST
    )
    blanks, saids = _last_states(blank, said, labels, frames)
    counts = label_counts[:, None]
    after_blank = jnp.take_along_axis(blanks, counts, axis=1)[:, 0]
    after_label = jnp.take_along_axis(saids, jnp.maximum(counts - 1, 0), axis=1)[:, 0]
    losses = -jnp.logaddexp(after_blank, after_label)
    return jnp.where(frames >= label_counts + _repeats(labels, label_counts), losses, jnp.inf)


def _last_states(blank: Array, said: Array, labels: Array, frames: Array) -> tuple[Array, Array]:
    """Log-probabilities of all that is heard, by where it ends: [clips, labels + 1] in the blank
    before each label or behind the last, [clips, labels] in the label itself.

    ``blank`` is [clips, frames, 1], ``said`` [clips, frames, labels].
    """
    clips, longest, _ = said.shape
    # From a label to the next without a blank, unless they are equal.
    changes = labels[:, 1:] != labels[:, :-1]

    def step(state: States, given: tuple[Array, Array, Array]) -> tuple[States, None]:
        blanks, saids = state
        of_blank, of_label, inside = given
        ended = jnp.concatenate((blanks[:, :1], jnp.logaddexp(blanks[:, 1:], saids)), 1)
        skipped = jnp.where(changes, saids[:, :-1], _NEVER)
        skipped = jnp.concatenate((jnp.full((clips, 1), _NEVER), skipped), 1)
        spoken = jnp.logaddexp(jnp.logaddexp(saids, blanks[:, :-1]), skipped)
        there = inside[:, None]  # behind its end a clip stays as it is
        return (
            jnp.where(there, ended + of_blank, blanks),
            jnp.where(there, spoken + of_label, saids),
        ), None

    start = (
        jnp.full((clips, labels.shape[1] + 1), _NEVER).at[:, 0].set(0.0),
        jnp.full((clips, labels.shape[1]), _NEVER),
    )
    inside = jnp.arange(longest)[:, None] < frames[None, :]
    given = (blank.swapaxes(0, 1), said.swapaxes(0, 1), inside)
    states: States
    states, _ = jax.lax.scan(step, start, given)
    return states


def _repeats(labels: Array, label_counts: Array) -> Array:
    """How many labels equal the one before, [clips]: a blank must stand between the two."""
    inside = jnp.arange(1, labels.shape[1])[None, :] < label_counts[:, None]
    return jnp.sum((labels[:, 1:] == labels[:, :-1]) & inside, axis=1)

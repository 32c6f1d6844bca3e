"""The optimiser of a training: Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019)."""

from collections.abc import Mapping

import keras

from trainer.config import Training

_NOT_DECAYED = ("bias", "gamma", "beta")
"""Names of the variables that weight decay leaves alone: biases, and what normalisation learns."""


def build_optimizer(settings: Training, model: keras.Model) -> keras.optimizers.Adam:
    """For the trainable variables of a model, in their order.

    With `accumulate`, gradients of so many calls are averaged, clipped and applied with the last.
    """
    optimizer = keras.optimizers.Adam(  # with weight decay, Keras's AdamW is this very class
        settings.learning_rate,
        weight_decay=settings.weight_decay or None,
        global_clipnorm=settings.gradient_norm,
        gradient_accumulation_steps=settings.accumulate if settings.accumulate > 1 else None,
    )
    trained = model.trainable_variables
    optimizer.exclude_from_weight_decay([v for v in trained if v.name in _NOT_DECAYED])
    optimizer.build(trained)
    return optimizer


def optimizer_variables(
    optimizer: keras.optimizers.Adam, weights: Mapping[str, keras.Variable]
) -> dict[str, keras.Variable]:
    """Its variables, but for the rate, by the names of the weights that they belong to."""
    found = {"optimizer/iterations": optimizer._iterations}
    names = {id(variable): name for name, variable in weights.items()}
    groups = {"momentum": optimizer._momentums, "velocity": optimizer._velocities}
    if optimizer.gradient_accumulation_steps:
        groups["accumulated"] = optimizer._accumulated_gradients
    for group, variables in groups.items():
        for trained, variable in zip(optimizer._trainable_variables, variables, strict=True):
            found[f"{group}/{names[id(trained)]}"] = variable
    return found

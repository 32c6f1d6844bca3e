"""Updates of Adam and AdamW against their papers' formulas, written out."""

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.config import Training
from trainer.learning.optimizer import build_optimizer, optimizer_variables

Array = NDArray[np.float32]
RATE = 0.01


def settings(**changes: object) -> Training:
    given = {"epochs": 1, "batch_size": 1, "learning_rate": RATE, "dropout": 0.0}
    return Training.model_validate(given | changes)


def model() -> keras.Model:
    """With every kind of variable: kernel, bias, gamma and beta."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(4), keras.layers.LayerNormalization()]
    return keras.Sequential([keras.Input((3,)), *layers])


def gradients(variables: list[keras.Variable], seed: int) -> list[Array]:
    draw = np.random.default_rng(seed)
    return [draw.normal(size=one.shape).astype(np.float32) for one in variables]


def adam(weight: Array, given: list[Array], decay: float) -> Array:
    """Kingma & Ba 2015, algorithm 1, with the second formulation of section 2; Keras's epsilon."""
    first, second, epsilon = np.zeros_like(weight), np.zeros_like(weight), 1e-7
    for step, gradient in enumerate(given, start=1):
        weight = weight * (1 - RATE * decay)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weight = weight - rate * first / (np.sqrt(second) + epsilon)
    return weight


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_updates_decay_no_bias_and_no_normalisation(decay: float) -> None:
    made = model()
    optimizer = build_optimizer(settings(weight_decay=decay), made)
    variables = made.trainable_variables
    before = [keras.ops.convert_to_numpy(one) + 0 for one in variables]
    given = [gradients(variables, seed) for seed in range(3)]
    for some in given:
        optimizer.apply([keras.ops.convert_to_tensor(one) for one in some], variables)
    decays = {"kernel": decay, "bias": 0.0, "gamma": 0.0, "beta": 0.0}
    assert sorted(one.name for one in variables) == sorted(decays)
    for number, (variable, weight) in enumerate(zip(variables, before, strict=True)):
        wanted = adam(weight, [some[number] for some in given], decays[variable.name])
        np.testing.assert_allclose(variable.numpy(), wanted, rtol=2e-5, atol=1e-6)


def test_gradients_of_several_batches_are_averaged_and_then_clipped() -> None:
    """The first and the second moment tell what was applied, and when."""
    made = model()
    optimizer = build_optimizer(settings(accumulate=2, gradient_norm=1.0), made)
    variables = made.trainable_variables
    before = [keras.ops.convert_to_numpy(one) + 0 for one in variables]
    names = {one.path: one for one in variables}
    state = optimizer_variables(optimizer, names)
    one, other = gradients(variables, 1), gradients(variables, 2)
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in one], variables)
    for variable, weight, gradient in zip(variables, before, one, strict=True):
        assert np.array_equal(variable.numpy(), weight)
        assert np.array_equal(state[f"accumulated/{variable.path}"].numpy(), gradient)
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in other], variables)
    mean = [(a + b) / 2 for a, b in zip(one, other, strict=True)]
    norm = np.sqrt(sum((m.astype(np.float64) ** 2).sum() for m in mean))
    assert norm > 1
    for variable, average in zip(variables, mean, strict=True):
        first = state[f"momentum/{variable.path}"].numpy()
        np.testing.assert_allclose(first, 0.1 * average / norm, rtol=1e-4, atol=1e-7)
        second = state[f"velocity/{variable.path}"].numpy()
        np.testing.assert_allclose(second, 0.001 * (average / norm) ** 2, rtol=1e-4, atol=1e-9)
        assert not state[f"accumulated/{variable.path}"].numpy().any()
    assert int(state["optimizer/iterations"]) == 2

"""Half precision: what layers compute in, and how the loss is scaled."""

import keras
import pytest

from trainer.learning.precision import LossScale, computing_in


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_layers_compute_in_it_and_keep_their_weights_in_float32(precision: str) -> None:
    before = keras.config.dtype_policy().name
    with computing_in(precision):
        layer = keras.layers.Dense(2)
    layer.build((None, 3))
    assert (layer.compute_dtype, layer.kernel.dtype) == (precision, "float32")
    assert keras.config.dtype_policy().name == before


def test_what_was_before_stands_again_after_an_error() -> None:
    before = keras.config.dtype_policy().name
    with pytest.raises(KeyError), computing_in("bfloat16"):
        raise KeyError
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_only_float16_is_scaled(precision: str) -> None:
    scale = LossScale.of(precision)
    for _ in range(2001):
        scale.count()
    assert (scale.used, scale.value, scale.lowered()) == (False, 1.0, False)


def test_the_scale_is_halved_down_to_one() -> None:
    scale = LossScale.of("float16")
    values = [scale.value]
    while scale.lowered():
        values.append(scale.value)
    assert values == [2.0**power for power in range(15, -1, -1)]
    assert scale.value == 1


def test_the_scale_is_doubled_after_2000_finite_steps_up_to_its_highest() -> None:
    scale = LossScale.of("float16")
    for _ in range(1999):
        scale.count()
    assert scale.value == 2.0**15
    scale.count()
    assert scale.value == 2.0**16
    for _ in range(2000 * 10):
        scale.count()
    assert scale.value == 2.0**24


def test_what_is_restored_goes_on() -> None:
    first, second = LossScale.of("float16"), LossScale.of("float16")
    first.lowered()
    for _ in range(1500):
        first.count()
    second.restore(first.arrays())
    for _ in range(499):
        second.count()
    assert second.value == 2.0**14
    second.count()
    assert second.value == 2.0**15

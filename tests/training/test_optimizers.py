"""Optimizers besides the trace in test_original_numbers.py."""

import keras
import numpy as np
import pytest

from nasbench_templates.training import optimizers
from nasbench_templates.training.config import TrainConfig


def _config(optimizer: str) -> TrainConfig:
    return TrainConfig(epochs=1, batch_size=1, optimizer=optimizer, learning_rate=0.5)


def _step(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> np.ndarray:
    variable.assign([1.0, -2.0])
    optimizer.learning_rate.assign(0.5)
    optimizer.apply([keras.ops.convert_to_tensor([0.5, -1.0], "float32")], [variable])
    return np.array(variable)


def test_sgd_follows_the_gradient():
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config("sgd"))
    np.testing.assert_allclose(_step(optimizer, variable), [0.75, -1.5])


@pytest.mark.parametrize("name", ["sgd", "rmsprop"])
def test_reset_optimizer_starts_again(name):
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config(name))
    first = _step(optimizer, variable)
    assert not np.array_equal(_step(optimizer, variable), first)
    optimizers.reset(optimizer)
    assert int(optimizer.iterations) == 0
    np.testing.assert_array_equal(_step(optimizer, variable), first)


def test_optimizer_is_serialisable():
    optimizer = optimizers.make_optimizer(_config("rmsprop"))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert isinstance(again, optimizers.RMSpropTF1)
    assert again.get_config() == optimizer.get_config()

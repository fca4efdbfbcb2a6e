"""Optimizers besides the trace in test_original_numbers.py."""

import keras
import numpy as np
import pytest

from nasbench_templates.training import optimizers
from nasbench_templates.training.config import TrainConfig


def _config(optimizer: str, **settings: object) -> TrainConfig:
    return TrainConfig(epochs=1, batch_size=1, optimizer=optimizer, learning_rate=0.5, **settings)


def _step(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> np.ndarray:
    variable.assign([1.0, -2.0])
    optimizer.learning_rate.assign(0.5)
    optimizer.apply([keras.ops.convert_to_tensor([0.5, -1.0], "float32")], [variable])
    return np.array(variable)


def test_sgd_follows_the_gradient():
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config("sgd"))
    np.testing.assert_allclose(_step(optimizer, variable), [0.75, -1.5])


def test_nesterov_looks_ahead():
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config("sgd", nesterov=True))
    # v = -0.5 * g and w + 0.9 * v - 0.5 * g
    np.testing.assert_allclose(_step(optimizer, variable), [0.525, -1.05])


def test_adam_moves_by_the_rate_first_and_by_bias_corrected_moments_then():
    variable = keras.Variable([1.0, -2.0])
    optimizer = optimizers.make_optimizer(_config("adam"))
    # The first step is the rate times the gradient's sign. In float32 1 - 0.999 has 5 digits.
    np.testing.assert_allclose(_step(optimizer, variable), [0.5, -1.5], rtol=1e-4)
    optimizer.apply([keras.ops.zeros(2)], [variable])
    # m = 0.9 * 0.1 g and v = 0.999 * 0.001 g^2, corrected by 1 - 0.81 and 1 - 0.998001.
    moved = 0.5 * (0.09 / 0.19) / (0.000999 / 0.001999) ** 0.5
    np.testing.assert_allclose(np.array(variable), [0.5 - moved, -1.5 + moved], rtol=1e-4)


def test_reset_adam_starts_again():
    variable = keras.Variable([1.0, -2.0])
    optimizer = optimizers.make_optimizer(_config("adam"))
    first = _step(optimizer, variable)
    optimizers.reset(optimizer)
    np.testing.assert_array_equal(_step(optimizer, variable), first)


def test_gradients_are_clipped_together():
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config("sgd", clip_norm=0.1))
    shorter = 0.1 / np.hypot(0.5, 1.0)
    expected = [1 - 0.5 * 0.5 * shorter, -2 + 0.5 * shorter]
    np.testing.assert_allclose(_step(optimizer, variable), expected, rtol=1e-6)


def test_average_follows_the_weights():
    variable = keras.Variable([0.0, 0.0])
    optimizer = optimizers.make_optimizer(_config("sgd", momentum=0.0, ema_momentum=0.75))
    first = _step(optimizer, variable)
    (average,) = optimizers.weight_averages(optimizer)
    np.testing.assert_allclose(np.array(average), first)
    variable.assign([2.0, 2.0])
    optimizer.apply([keras.ops.zeros(2)], [variable])
    np.testing.assert_allclose(np.array(average), 0.75 * first + 0.25 * 2)


def test_float16_is_scaled_and_comes_out_the_same():
    variable = keras.Variable([1.0, -2.0])
    optimizer = optimizers.make_optimizer(_config("sgd", precision="mixed_float16"))
    optimizer.build([variable])
    scale = float(optimizer.scale_loss(1.0))
    assert scale > 1
    for _ in range(2):
        variable.assign([1.0, -2.0])
        optimizers.reset(optimizer)
        optimizer.learning_rate.assign(0.5)
        optimizer.apply([keras.ops.convert_to_tensor([0.5 * scale, -scale])], [variable])
        np.testing.assert_allclose(np.array(variable), [0.75, -1.5])
    assert float(optimizer.dynamic_scale) == scale


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


@pytest.mark.parametrize(
    ("name", "settings"),
    [("sgd", {}), ("sgd", {"nesterov": True}), ("sgd", {"momentum": 0.0}), ("rmsprop", {})],
)
def test_kernels_move_as_keras_does(monkeypatch, name, settings):
    moved = []
    for has_kernels in (True, False):
        if not has_kernels:
            monkeypatch.setattr(optimizers, "_has_kernels", lambda: False)
        variable = keras.Variable([0.0, 0.0])
        optimizer = optimizers.make_optimizer(_config(name, **settings))
        _step(optimizer, variable)
        optimizer.apply([keras.ops.convert_to_tensor([-3.0, 0.1], "float32")], [variable])
        moved.append([np.array(each) for each in (variable, *optimizer.variables)])
    for mine, other in zip(*moved, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)

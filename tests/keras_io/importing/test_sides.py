"""Channels that stand as a side: where their number counts as positions or steps, they stay."""

import keras
import numpy as np
import pytest
from keras import layers as kl

import nasbench_templates as nt


def _stem():
    source = keras.Input((10, 10, 3))
    x = kl.Conv2D(16, 3, padding="same", activation="relu")(source)
    x = kl.Conv2D(24, 3, padding="same")(kl.MaxPooling2D()(x))
    return source, kl.Conv2D(32, 3, padding="same")(x)


def steps_of_a_sequence():
    source, x = _stem()
    x = kl.Permute((2, 1))(kl.Reshape((25, 32))(x))
    return keras.Model(source, kl.Dense(3)(kl.LSTM(12)(x)))


def positions_of_a_convolution():
    source, x = _stem()
    x = kl.Reshape((32, 1))(kl.GlobalAveragePooling2D()(x))
    x = kl.Flatten()(kl.Conv1D(8, 3, padding="same")(x))
    return keras.Model(source, kl.Dense(3)(x))


def mixed_tokens():
    source, x = _stem()
    x = kl.Dense(40)(kl.Permute((2, 1))(kl.Reshape((25, 32))(x)))
    x = kl.Dense(20)(kl.Permute((2, 1))(x))
    return keras.Model(source, kl.Dense(3)(kl.GlobalAveragePooling1D()(x)))


MODELS = [steps_of_a_sequence, positions_of_a_convolution, mixed_tokens]


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("init", ["new", "slice"])
def test_the_cost_under_a_template_is_that_of_the_network_that_is_built(make, init):
    model = make()
    settings = {"match_on": "macs", "rule": "closest"}
    (design,) = nt.match(model, "c", **settings)
    built = nt.retemplate(model, "c", init=init, **settings)
    counted = nt.cost(built)
    assert (design.cost.macs, design.cost.params) == (counted.macs, counted.params)
    assert design.cost.params == built.count_params()
    assert design.filters != design.source.base_filters
    assert built(np.zeros((1, 10, 10, 3))).shape == (1, 3)


def test_the_reason_is_told():
    told = str(nt.slots(steps_of_a_sequence()))
    assert "counted as positions (lstm" in told

"""Small models of every kind: counted exactly, retemplated, trained a step, saved and loaded."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from nasbench_templates.keras_io import api
from tests.helpers import keras_models
from tests.helpers.keras_models import MODELS

FLAT = [name for name in MODELS if name != "nested"]


def batch(network, seed=0):
    generator = np.random.default_rng(seed)
    drawn = [generator.random((2, *tensor.shape[1:]), dtype="float32") for tensor in network.inputs]
    return drawn[0] if len(drawn) == 1 else keras.tree.pack_sequence_as(network.input, drawn)


@pytest.mark.parametrize("name", FLAT)
def test_counts_equal_those_of_live_kernels_and_shapes(name):
    network = MODELS[name]()
    counted = api.cost(network)
    assert counted.macs == keras_models.independent_macs(network)
    assert counted.params == network.count_params()
    assert counted.trainable_params == keras_models.trainable(network)
    assert counted.uncounted == ()
    assert sum(row.macs for row in counted.layers) == counted.macs


@pytest.mark.parametrize(
    ("name", "template"),
    # Each model meets one template, each template several models.
    [
        pytest.param(name, template, marks=() if place % 3 == number else pytest.mark.slow)
        for place, name in enumerate(MODELS)
        for number, template in enumerate("bcd")
    ],
)
def test_templates_come_within_the_tolerance(name, template):
    network = MODELS[name]()
    changed = api.retemplate(network, template)
    before, after = api.cost(network), api.cost(changed)
    slots = {row.slot for row in api.slots(network)} - {None}
    assert abs(after.macs - before.macs) / before.macs < (0.03 if len(slots) > 2 else 0.08)
    assert type(changed) is type(network)
    assert changed.name == network.name
    assert [layer.name for layer in changed.layers] == [layer.name for layer in network.layers]
    if template != "b":
        assert [weight.shape for weight in changed.weights] != [
            weight.shape for weight in network.weights
        ]


@pytest.mark.parametrize("name", list(MODELS))
def test_the_base_is_the_same_network(name):
    network = MODELS[name]()
    same = api.retemplate(network, "base", init="slice")
    inputs = batch(network)
    for old, new in zip(
        keras.tree.flatten(network(inputs)), keras.tree.flatten(same(inputs)), strict=True
    ):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", list(MODELS))
def test_results_train_and_the_original_stays(name):
    network = MODELS[name]()
    before = network.get_weights()
    changed = api.retemplate(network, "d", slots="layer", init="slice")
    shared = {id(weight) for weight in network.weights} & {id(each) for each in changed.weights}
    assert not shared
    inputs = batch(changed)
    # Different targets, so that a gradient is left where a network answers the same to all.
    targets = keras.tree.map_structure(
        lambda each: np.arange(np.prod(each.shape), dtype="float32").reshape(each.shape),
        changed(inputs),
    )
    changed.compile("sgd", keras.tree.map_structure(lambda _: "mse", targets))
    old = changed.get_weights()
    changed.train_on_batch(inputs, targets)
    assert any((a != b).any() for a, b in zip(old, changed.get_weights(), strict=True))
    for value, weight in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(value, weight)


# Quick: tests/keras_io/test_keras_layers.py loads one network of standard layers.
@pytest.mark.slow
def test_results_load_without_this_package(tmp_path):
    changed = {}
    for name in MODELS:
        network = api.retemplate(MODELS[name](), "c")
        network.save(tmp_path / f"{name}.keras")
        outputs = keras.tree.flatten(network(batch(network)))
        changed[name] = [float(np.abs(np.array(each)).sum()) for each in outputs]
    program = f"""
import sys, keras, numpy as np
for name, expected in {changed!r}.items():
    network = keras.saving.load_model({str(tmp_path)!r} + "/" + name + ".keras")
    generator = np.random.default_rng(0)
    drawn = [generator.random((2, *each.shape[1:]), dtype="float32") for each in network.inputs]
    several = len(drawn) > 1
    inputs = keras.tree.pack_sequence_as(network.input, drawn) if several else drawn[0]
    outputs = keras.tree.flatten(network(inputs))
    found = [float(np.abs(np.array(each)).sum()) for each in outputs]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
assert not any(name.startswith("nasbench_templates") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)


def test_nested_models_are_opened_and_their_sums_agree():
    network = MODELS["nested"]()
    opened, whole = api.cost(network), api.cost(network, depth=1)
    inner = [row for row in opened.layers if row.name.startswith("backbone/")]
    (backbone,) = [row for row in whole.layers if row.name == "backbone"]
    assert backbone.macs == sum(row.macs for row in inner)
    assert backbone.calls == 2
    assert opened.macs == whole.macs
    assert opened.params == whole.params == network.count_params()
    # 3x3x3x12 at 9x9 and at 4x4 positions, 3x3x12x20 at 7x7 and at 2x2.
    assert backbone.macs == 324 * (81 + 16) + 2160 * (49 + 4)
    assert all(row.calls == 2 for row in inner)
    assert network.get_layer("backbone").input_shape == (None, None, None, 3)
    changed = api.retemplate(network, "c")
    assert changed.get_layer("backbone").input_shape == (None, None, None, 3)
    assert isinstance(changed.get_layer("backbone").get_layer("head"), keras.Sequential)


def test_shared_layers_multiply_at_every_call_and_are_stored_once():
    source = keras.Input((8, 8, 4))
    convolution = keras.layers.Conv2D(4, 3, padding="same")
    network = keras.Model(source, convolution(convolution(source)))
    (row,) = api.cost(network).layers
    assert (row.macs, row.params, row.calls) == (2 * 144 * 64, 148, 2)


def test_squeezed_widths_keep_their_ratio():
    network = MODELS["squeeze_excite"]()
    changed = api.retemplate(network, "c", slots="layer")
    gated = changed.get_layer("squeeze").filters / changed.layers[2].filters
    assert abs(gated - 12 / 48) < 0.02
    (row,) = [row for row in api.slots(network) if row.name == "squeeze"]
    assert "ratio" in row.reason


def test_groups_stay_divisible_and_divisors_hold():
    network = MODELS["groups"]()
    for divisor in (1, 8):
        changed = api.retemplate(network, "c", divisor=divisor, keep=["stem"])
        for layer in changed.layers:
            if isinstance(layer, keras.layers.Conv2D):
                assert layer.filters % layer.groups == 0
                assert layer.filters % divisor == 0
    assert changed.layers[1].filters == 32

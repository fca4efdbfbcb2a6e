"""Every registered network under every template: Keras and the analytic cost say the same."""

import functools
import itertools
from fractions import Fraction

import keras
import numpy as np
import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.distributions.template import BASE, PeakTemplate, templates
from nasbench_templates.graph import layers
from nasbench_templates.keras_io.keras_builder import build_keras, node_outputs
from nasbench_templates.measure.operations import profiler_macs
from nasbench_templates.networks import architecture, cells
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells

# Narrow, so that building takes a second; the rules do not know how wide a network is.
NARROW = MatchSettings(budget=Budget(Fraction(1, 20)), n_min=3, width_multiplier=Fraction(1, 16))
# These only repeat the blocks of a smaller network more often.
DEEPER = {"resnet34", "resnet32", "resnet44", "resnet56", "resnet110", "resnet101"}
SHALLOW = [name for name in architectures if name not in DEEPER]
# The first network of each family's module has its primitives; the others only repeat them.
FIRST_OF_FAMILY = {
    architectures.get(name).builder.__module__: name for name in reversed(SHALLOW)
}.values()
SHAPES = [(28, 28, 1), (40, 52, 3), (8, 8, 1), (64, 64, 3), (224, 224, 3)]


PEAKS = [name for name in templates if isinstance(templates.get(name), PeakTemplate)]
OTHERS = [name for name in templates if name not in PEAKS]


def covering(values):
    """Returns one value for each shallow network, in turn, so that every value has a network."""
    return dict(zip(SHALLOW, itertools.cycle(values), strict=False))


# Each kind is matched in its own way, so every network meets both.
PEAK_OF, OTHER_OF = covering(PEAKS), covering(OTHERS)
SHAPE_OF = covering(SHAPES)


def all_pairs(values, quick):
    """Returns every network with every value; only the pairs in `quick` are quick.

    The others give the same networks other widths or sizes, and all of them take minutes.
    """
    return [
        pytest.param(name, value, marks=() if quick.get(name) == value else pytest.mark.slow)
        for name in architectures
        for value in values
    ]


def test_quick_pairs_show_every_network_template_and_shape():
    assert set(PEAK_OF) == set(OTHER_OF) == set(SHAPE_OF) == set(SHALLOW)
    assert {*PEAK_OF.values(), *OTHER_OF.values()} == set(templates)
    assert set(SHAPE_OF.values()) == set(SHAPES)


@functools.cache
def checked(name, template):
    """Returns a network under a template and its model, built and checked once."""
    (network,) = plan(NetworkSettings(name), [template], NARROW)
    return network, check(network)


def check(network):
    # What `build_keras` returns, which would build every layer once more.
    outputs = node_outputs(network.architecture.graph, network.filters)
    model = keras.Model(outputs[0], outputs[-1])
    count = sum(int(np.prod(weight.shape)) for weight in model.weights)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (count, trainable) == (network.cost.params, network.cost.trainable_params)
    assert count == model.count_params()
    shapes = network.architecture.graph.evaluated_shapes(network.filters)
    for output, node, shape in zip(outputs, network.architecture.graph.nodes, shapes, strict=True):
        expected = (shape.channels,) if shape.height is None else (
            shape.height, shape.width, shape.channels,
        )  # fmt: skip
        assert tuple(output.shape[1:]) == expected, node.name
    return model


@pytest.mark.parametrize(("name", "template"), all_pairs(templates, PEAK_OF))
def test_keras_counts_equal_analytic_counts(name, template):
    checked(name, template)


def test_built_model_is_the_one_that_is_checked():
    network, model = checked("vgg11", PEAK_OF["vgg11"])
    built = build_keras(network.architecture.graph, network.filters)
    assert [each.path for each in built.weights] == [each.path for each in model.weights]
    assert [each.shape for each in built.weights] == [each.shape for each in model.weights]


@pytest.mark.parametrize(
    "name",
    [name for name in architectures if architecture.build(name, (32, 32, 3), 10).base_graph],
)
def test_base_networks_with_a_graph_of_their_own(name):
    (network,) = plan(NetworkSettings(name), [BASE])
    check(network)


@pytest.mark.parametrize(("name", "shape"), all_pairs(SHAPES, SHAPE_OF))
def test_input_sizes(name, shape):
    template = OTHER_OF.get(name, "reverse")
    (network,) = plan(NetworkSettings(name, shape, 7), [template], NARROW)
    check(network)


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
@pytest.mark.parametrize(
    "name", [name for name in architectures if "stem" in architectures.get(name).options]
)
def test_stems_do_not_depend_on_the_input_size(name, stem):
    small, large = (
        architecture.build(name, (side, side, 3), 5, {"stem": stem}).graph for side in (64, 224)
    )
    assert [type(node.layer) for node in small.nodes] == [type(node.layer) for node in large.nodes]


@pytest.mark.parametrize("head", ["average", "flatten", "three_dense"])
def test_heads_of_vgg(head):
    network = NetworkSettings("vgg11", (64, 64, 3), 5, {"head": head})
    check(plan(network, ["reverse"], NARROW)[0])


@pytest.mark.parametrize(
    "options",
    [
        {"variant": "no_pooling"},
        {"variant": "pooling", "depth": 5},
        {"variant": "scale_invariant", "block": "eff_conv", "batch_norm": "per_resolution"},
        {"block": "eff_conv", "learn_depth": True},
    ],
    ids=str,
)
def test_variants_of_multires(options):
    options = {"depth": 4, "channels": 5, "num_resolutions": 3, **options}
    check(plan(NetworkSettings("multires", (9, 13, 1), 5, options), [BASE])[0])


@pytest.mark.parametrize("name", list(named_cells))
@pytest.mark.parametrize("slots", ["stack", "module"])
def test_named_cells(name, slots):
    options = {
        "cell": named_cells.get(name).cell,
        "slots": slots,
        "num_modules_per_stack": 2,
        "stack_filters": (23, 9, 14),
        "stem_filters": 5,
    }
    (network,) = plan(NetworkSettings("nasbench101", (16, 16, 3), options=options), [BASE])
    check(network)


@pytest.mark.parametrize("op", cells.OPS)
def test_every_operation(op):
    cell = Cell.parse(
        [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]], ["input", op, op, "output"]
    )
    options = {"cell": cell, "stack_filters": (17, 11), "num_modules_per_stack": 1}
    (network,) = plan(NetworkSettings("nasbench101", (8, 8, 1), options=options), [BASE])
    check(network)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow's profiler")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in FIRST_OF_FAMILY else pytest.mark.slow)
        for name in architectures
    ],
)
def test_profiler_counts_the_same_macs(name):
    network, model = checked(name, PEAK_OF.get(name, "d"))
    assert profiler_macs(model) == network.cost.macs


def test_every_primitive_is_used_by_some_network():
    used = set()
    cell = {"cell": named_cells.get("inception").cell}
    fixed = {"variant": "scale_invariant"}
    for name, options in (
        ("vgg19", {}),
        ("resnet50", {}),
        ("mnasnet_a1", {}),
        ("nasbench101", cell),
        ("multires", {}),
        ("multires", fixed),
        ("multires", {"subsampling": "stride"}),
    ):
        for shape in ((28, 28, 1), (224, 224, 3)):
            (network,) = plan(NetworkSettings(name, shape, options=options), [BASE])
            used |= {type(node.layer) for node in network.architecture.graph.nodes}
    assert used == set(layers.PRIMITIVES)

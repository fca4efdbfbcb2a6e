"""Every registered network under every template: Keras and the analytic cost say the same."""

from fractions import Fraction

import keras
import numpy as np
import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.distributions.template import BASE, templates
from nasbench_templates.graph import layers
from nasbench_templates.keras_io.keras_builder import build_keras, node_outputs
from nasbench_templates.measure.operations import profiler_macs
from nasbench_templates.networks import architecture, cells
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells

# Narrow, so that building takes a second; the rules do not know how wide a network is.
NARROW = MatchSettings(budget=Budget(Fraction(1, 20)), n_min=3, width_multiplier=Fraction(1, 16))
# The others only give the same networks other widths; all of them take minutes.
QUICK = {"base", "d", "reverse"}
NAMES = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in templates
]
# These only repeat the blocks of a smaller network more often.
DEEPER = {"resnet34", "resnet32", "resnet44", "resnet56", "resnet110", "resnet101"}
NETWORKS = [
    pytest.param(name, marks=pytest.mark.slow) if name in DEEPER else name for name in architectures
]


def check(network):
    model = build_keras(network.architecture.graph, network.filters)
    count = sum(int(np.prod(weight.shape)) for weight in model.weights)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (count, trainable) == (network.cost.params, network.cost.trainable_params)
    assert count == model.count_params()
    shapes = network.architecture.graph.evaluated_shapes(network.filters)
    outputs = node_outputs(network.architecture.graph, network.filters)
    for output, node, shape in zip(outputs, network.architecture.graph.nodes, shapes, strict=True):
        expected = (shape.channels,) if shape.height is None else (
            shape.height, shape.width, shape.channels,
        )  # fmt: skip
        assert tuple(output.shape[1:]) == expected, node.name
    return model


@pytest.mark.parametrize("template", NAMES)
@pytest.mark.parametrize("name", NETWORKS)
def test_keras_counts_equal_analytic_counts(name, template):
    (network,) = plan(NetworkSettings(name), [template], NARROW)
    check(network)


@pytest.mark.parametrize(
    "name",
    [name for name in architectures if architecture.build(name, (32, 32, 3), 10).base_graph],
)
def test_base_networks_with_a_graph_of_their_own(name):
    (network,) = plan(NetworkSettings(name), [BASE])
    check(network)


@pytest.mark.parametrize(
    "shape",
    [
        (28, 28, 1),
        (40, 52, 3),
        *(pytest.param(shape, marks=pytest.mark.slow) for shape in (
            (8, 8, 1), (64, 64, 3), (224, 224, 3),
        )),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", NETWORKS)
def test_input_sizes(name, shape):
    (network,) = plan(NetworkSettings(name, shape, 7), ["reverse"], NARROW)
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
@pytest.mark.parametrize("name", NETWORKS)
def test_profiler_counts_the_same_macs(name):
    (network,) = plan(NetworkSettings(name), ["d"], NARROW)
    assert profiler_macs(check(network)) == network.cost.macs


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
    ):
        for shape in ((28, 28, 1), (224, 224, 3)):
            (network,) = plan(NetworkSettings(name, shape, options=options), [BASE])
            used |= {type(node.layer) for node in network.architecture.graph.nodes}
    assert used == set(layers.PRIMITIVES)

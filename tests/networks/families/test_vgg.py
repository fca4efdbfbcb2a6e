"""What follows the last map of VGG networks."""

import pytest

from nasbench_templates.graph import layers
from nasbench_templates.graph.cost import layer_costs
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import ConfigError


def dense_inputs(side, **options):
    graph = architecture.build("vgg11", (side, side, 3), 10, options).graph
    shapes = graph.evaluated_shapes((8,) * 8)
    return [
        shapes[node.inputs[0]].channels
        for node in graph.nodes
        if isinstance(node.layer, layers.Dense)
    ]


@pytest.mark.parametrize(
    ("side", "head", "expected"),
    [
        (64, "auto", [8]),
        (224, "auto", [8 * 49, 4096, 4096]),
        (224, "average", [8]),
        (224, "flatten", [8 * 49]),
        (64, "flatten", [8 * 4]),
        (64, "three_dense", [8 * 4, 4096, 4096]),
    ],
)
def test_heads(side, head, expected):
    assert dense_inputs(side, head=head) == expected


def test_stem_decides_where_the_head_does_not():
    assert dense_inputs(64, stem="imagenet") == [8 * 4, 4096, 4096]
    assert dense_inputs(224, stem="cifar") == [8]
    assert dense_inputs(224, stem="imagenet", head="flatten") == [8 * 49]


def test_flat_map_has_a_weight_for_each_of_its_elements():
    network = architecture.build("vgg19", (224, 224, 3), 200, {"head": "flatten"})
    counts = dict(layer_costs(network.graph, network.base_filters))
    assert counts["logits"].trainable_params == 512 * 49 * 200 + 200


def test_unknown_head_is_refused():
    with pytest.raises(ConfigError, match="expected head to be one of auto, average, flatten"):
        architecture.build("vgg11", (32, 32, 3), 10, {"head": "deep"})

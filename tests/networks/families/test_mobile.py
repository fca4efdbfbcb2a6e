"""Squeeze-excite in MnasNet-A1."""

import pytest

from nasbench_templates.graph import layers
from nasbench_templates.graph.cost import layer_costs
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import SpecError

BUILT = architecture.build("mnasnet_a1", (32, 32, 3), 10)


def outputs(filters):
    shapes = BUILT.graph.evaluated_shapes(filters)
    return {node.name: shape for node, shape in zip(BUILT.graph.nodes, shapes, strict=True)}


def test_stages_with_squeeze_excite():
    scaled = {node.name[:6] for node in BUILT.graph.nodes if isinstance(node.layer, layers.Scale)}
    assert scaled == {"stage3", "stage5", "stage6"}


def test_published_squeeze_widths_are_a_quarter_of_the_blocks_inputs():
    found = outputs(BUILT.base_filters)
    reduced = [
        found[f"{block}_squeeze_reduce"].channels
        for block in ("stage3_block1", "stage3_block2", "stage5_block1", "stage6_block1")
    ]
    assert reduced == [24 // 4, 40 // 4, 80 // 4, 112 // 4]


@pytest.mark.parametrize(("width", "expected"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_quarters_are_rounded_up(width, expected):
    found = outputs((width,) * 9)
    assert found["stage3_block1_squeeze_reduce"].channels == expected
    assert found["stage3_block1_squeeze_expand"].channels == 3 * width


def test_cost_of_one_squeeze_excite():
    counts = {name: cost for name, cost in layer_costs(BUILT.graph, BUILT.base_filters)}
    reduce, expand, gate, scale, average = (
        counts[f"stage3_block1_squeeze_{part}"]
        for part in ("reduce", "expand", "gate", "scale", "average")
    )
    # 24 channels come in, 72 are weighed: 72 -> 6 -> 72, each with a bias
    assert (reduce.macs, reduce.trainable_params) == (72 * 6, 72 * 6 + 6)
    assert (expand.macs, expand.trainable_params) == (6 * 72, 6 * 72 + 72)
    assert gate.published_flops == 72
    assert not any(scale)
    assert not any(average)


def test_strides_on_small_images_are_those_of_b1():
    other = architecture.build("mnasnet_b1", (32, 32, 3), 10)

    def strides(graph):
        layers_ = (node.layer for node in graph.nodes)
        return [layer.stride for layer in layers_ if getattr(layer, "stride", 1) > 1]

    assert strides(BUILT.graph) == strides(other.graph) == [2, 2]


def test_scale_needs_a_factor_for_each_channel():
    builder = GraphBuilder(())
    node = builder.add("image", layers.Input(4, 4, 3))
    with pytest.raises(SpecError, match="expected a vector with a factor for each channel"):
        builder.add("scale", layers.Scale(), node, node)

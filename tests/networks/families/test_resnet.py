"""Shortcuts of residual networks, and what a base with a graph of its own means for a plan."""

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture

CIFAR = (32, 32, 3)


def projections(graph):
    return [node.name[:-14] for node in graph.nodes if node.name.endswith("_shortcut_conv")]


def test_published_basic_network_has_the_identity_in_the_first_stage():
    network = architecture.build("resnet20", CIFAR, 10)
    assert projections(network.base.graph) == ["stage2_block1", "stage3_block1"]
    assert projections(network.graph) == ["stage1_block1", "stage2_block1", "stage3_block1"]


@pytest.mark.parametrize("slots", ["inner", "stage"])
def test_bottlenecks_project_in_the_first_block_of_each_stage(slots):
    network = architecture.build("resnet50", CIFAR, 10, {"slots": slots})
    assert network.base is network
    assert projections(network.graph) == [f"stage{index}_block1" for index in (1, 2, 3, 4)]


def test_projection_is_all_that_separates_the_two_graphs():
    network = architecture.build("resnet20", CIFAR, 10)
    published, templated = (
        CostModel(graph).cost(network.base_filters) for graph in (network.base.graph, network.graph)
    )
    # a 1x1 from 16 to 16 channels, with scale and shift, at 32x32 positions
    assert templated.trainable_params - published.trainable_params == 16 * 16 + 2 * 16
    assert templated.macs - published.macs == 16 * 16 * 32 * 32


def test_first_slot_of_a_stage_is_its_output():
    network = architecture.build("resnet20", CIFAR, 10)
    shapes = network.graph.evaluated_shapes((5, 6, 7, 8, 9, 10, 11, 12, 13))
    channels = {
        node.name: shape.channels for node, shape in zip(network.graph.nodes, shapes, strict=True)
    }
    assert channels["stem_relu"] == 16
    assert [channels[f"stage2_block{index}_conv1_relu"] for index in (1, 2, 3)] == [8, 9, 10]
    assert {channels[f"stage2_block{index}_relu"] for index in (1, 2, 3)} == {8}


def test_budget_is_the_published_network():
    rows = plan(NetworkSettings("resnet20"), ["base", "b", "d"], MatchSettings(match_on="macs"))
    assert rows[0].gap == 0
    assert rows[0].cost.macs == 40_813_184
    for row in rows[1:]:
        assert row.gap == pytest.approx(row.cost.macs / 40_813_184 - 1)
        assert projections(row.architecture.graph)[0] == "stage1_block1"


def test_budget_on_another_input_is_the_published_network_there():
    settings = MatchSettings(match_on="macs", input_shape=(28, 28, 1), num_classes=10)
    elsewhere = plan(NetworkSettings("resnet20"), ["base", "c"], settings)
    there = plan(NetworkSettings("resnet20", (28, 28, 1)), ["base", "c"], settings)
    assert [row.filters for row in elsewhere] == [row.filters for row in there]
    assert [row.gap for row in elsewhere] == [row.gap for row in there]

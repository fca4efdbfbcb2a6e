"""Graphs after pruning; their outputs are compared in `keras_io/test_mixtures.py`."""

import pytest

from nasbench_templates.graph import mixing, pruning
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import SpecError


def built(side=32, **options):
    return architecture.build("multires", (side, side, 3), 10, {"depth": 5, **options})


def resizings(graph):
    kinds = mixing.Mix | mixing.Upsample | mixing.Downsample
    return [node.name for node in graph.nodes if isinstance(node.layer, kinds)]


def one_resolution(*exponents, **options):
    kept = {f"layer{index}_mix": (exponent,) for index, exponent in enumerate(exponents, 1)}
    return pruning.prune(built(**options).graph, kept)


def test_shares_below_the_threshold_go_and_the_largest_stays():
    shares = (0.05, 0.1, 0.55, 0.3)
    assert pruning.shares_of_at_least(shares, 0) == (0, 1, 2, 3)
    assert pruning.shares_of_at_least(shares, 0.1) == (1, 2, 3)
    assert pruning.shares_of_at_least(shares, 0.9) == (2,)
    assert pruning.largest_share(shares) == (2,)
    assert pruning.largest_share((0.5, 0.5)) == (0,)


def test_keeping_everything_gives_the_graph_itself():
    graph = built(learn_depth=True).graph
    kept = {f"layer{index}_mix": range(4) for index in (1, 2, 3)} | {"depth_mix": (0, 1, 2)}
    assert pruning.prune(graph, kept) == graph


def test_full_resolution_everywhere_is_the_network_without_pooling():
    pruned, plain = one_resolution(0, 0, 0), built(variant="no_pooling").graph
    assert pruned == plain


def test_ever_coarser_layers_are_an_ordinary_network_with_pooling():
    graph = one_resolution(0, 1, 3)
    assert resizings(graph) == ["layer2_r1_down", "layer3_r2_down", "layer3_r3_down"]
    sides = [node.shape.height for node in graph.nodes if node.name.endswith("_conv")]
    assert sides == [32, 32, 16, 4]
    pooled = one_resolution(0, 1, 2)
    assert CostModel(pooled).cost((64,) * 4) == CostModel(built(variant="pooling").graph).cost(
        (64,) * 4
    )


def test_finer_layers_keep_the_upsampling_that_they_need():
    assert resizings(one_resolution(3, 1, 0)) == [
        "layer1_r1_down", "layer1_r2_down", "layer1_r3_down",
        "layer2_r1_down",  # an upsampling from 4 to 16 now
        "layer2_r1_up",
    ]  # fmt: skip
    graph = one_resolution(3, 1, 0)
    layer = next(node.layer for node in graph.nodes if node.name == "layer2_r1_down")
    assert layer == mixing.Upsample(4, 16, 16)


def test_average_of_a_cut_map_stays_at_full_resolution():
    assert resizings(one_resolution(1, 1, 1, side=28)) == ["layer1_r1_down"]
    assert resizings(one_resolution(1, 1, 1, side=9))[-1] == "layer3_r1_up"


def test_cost_of_two_resolutions():
    kept = {f"layer{index}_mix": (1, 2) for index in (1, 2, 3)}
    graph = pruning.prune(built(channels=2).graph, kept)
    cost = CostModel(graph).cost((2,) * 4)
    stem, block = 9 * 3 * 2, 9 * 2 * 2
    assert cost.macs == stem * 1024 + 3 * block * (256 + 64) + 2 * 10
    # One convolution and batch norm for each layer, two logits, a classifier with bias.
    assert cost.params == stem + 3 * block + 4 * 8 + 3 * 2 + 30


def test_the_first_remaining_use_owns_the_weights():
    graph = pruning.prune(built().graph, {"layer2_mix": (1, 3)})
    nodes = {node.name: node for node in graph.nodes}
    assert "layer2_r0_conv" not in nodes
    assert nodes["layer2_r1_conv"].weights_of is None
    assert graph.nodes[nodes["layer2_r3_conv"].weights_of].name == "layer2_r1_conv"


def test_pruned_depth_drops_the_layers_behind():
    graph = pruning.prune(built(learn_depth=True).graph, {"depth_mix": (1,)})
    assert not any("layer3" in node.name for node in graph.nodes)
    assert graph.nodes[-2].name == "global_average"
    assert graph.nodes[graph.nodes[-2].inputs[0]].name == "layer2_mix"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"layer9_mix": (0,)}, "expected mixtures of layer1_mix, layer2_mix, layer3_mix, received"),
        ({"layer1_mix": ()}, r"layer1_mix: expected some of 0..3, rising, received \[\]"),
        ({"layer1_mix": (2, 1)}, r"received \[2, 1\]"),
        ({"layer1_mix": (1, 4)}, r"received \[1, 4\]"),
    ],
)
def test_impossible_requests(kept, said):
    with pytest.raises(SpecError, match=said):
        pruning.prune(built().graph, kept)

"""Published counts of networks without pooling, and how their graphs are built."""

import json
import pathlib

import pytest

from nasbench_templates.graph import layers, mixing
from nasbench_templates.graph.cost import CostModel, layer_costs
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import ConfigError, SpecError

GOLDEN = json.loads(
    (pathlib.Path(__file__).parents[2] / "golden/filter_sizes.json").read_text("utf-8")
)


def built(**options):
    return architecture.build("multires", (32, 32, 3), 10, options)


def counts(**options):
    network = built(**options)
    return CostModel(network.graph).cost(network.base_filters)


@pytest.mark.parametrize("row", GOLDEN["rows"], ids=lambda row: str(row["options"]))
def test_published_counts(row):
    cost = counts(**row["options"])
    for name in ("macs", "published_flops", "params"):
        assert getattr(cost, name) == row[name]
    # The paper prints units of 10^9.
    assert (round(cost.published_flops / 1e9, 2) == row["published_gops"]) == row["agrees"]
    if "published_params" in row:
        assert round(cost.trainable_params / 1e6, 1) == row["published_params"]


def test_kernels_of_the_published_eff_conv_network():
    # 1.516 M: kernels of the six blocks alone, the squeeze a quarter of 128.
    network = built(depth=8, channels=128, block="eff_conv", num_resolutions=2)
    kernels = sum(
        cost.macs // node.shape.positions
        for node, (_, cost) in zip(
            network.graph.nodes, layer_costs(network.graph, network.base_filters), strict=True
        )
        if "_r0_" in node.name
    )
    assert kernels == 6 * (2 * 128 * 768 + 9 * 768 + 2 * 768 * 32) == 1516032


def test_activations_explain_the_published_cost_of_eff_conv():
    network = built(depth=8, channels=128, block="eff_conv")
    activations = sum(
        cost.published_flops
        for node, (_, cost) in zip(
            network.graph.nodes, layer_costs(network.graph, network.base_filters), strict=True
        )
        if isinstance(node.layer, layers.Relu | layers.Sigmoid)
    )
    assert (
        round(
            (counts(depth=8, channels=128, block="eff_conv").published_flops - activations) / 1e9, 2
        )
        == 1.69
    )


def names(graph, kind):
    return [node.name for node in graph.nodes if isinstance(node.layer, kind)]


def test_all_resolutions_of_a_layer_share_its_weights():
    graph = built(depth=3).graph
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    owners = {node.name: node.weights_of for node in graph.nodes if "layer1_r" in node.name}
    for exponent in (1, 2, 3):
        assert owners[f"layer1_r{exponent}_conv"] == place["layer1_r0_conv"]
        assert owners[f"layer1_r{exponent}_bn"] == place["layer1_r0_bn"]
        assert owners[f"layer1_r{exponent}_relu"] is None
    assert graph.nodes[place["layer1_r3_conv"]].shape[1:] == (4, 4)


def test_batch_norms_per_resolution_have_values_of_their_own():
    graph = built(depth=3, batch_norm="per_resolution").graph
    shared = [node.name for node in graph.nodes if node.weights_of is not None]
    assert shared == ["layer1_r1_conv", "layer1_r2_conv", "layer1_r3_conv"]
    more = counts(batch_norm="per_resolution").params - counts().params
    assert more == 8 * 3 * 4 * 64


def test_networks_with_one_resolution_change_it_nowhere():
    graph = built(variant="no_pooling").graph
    assert names(graph, mixing.Mix | mixing.Average | mixing.Upsample | mixing.Downsample) == []


@pytest.mark.parametrize(
    ("depth", "expected"),
    [(3, []), (4, ["pool1"]), (10, ["pool3", "pool6"]), (20, ["pool6", "pool12"])],
)
def test_predefined_pooling_divides_the_layers_into_thirds(depth, expected):
    assert names(built(variant="pooling", depth=depth).graph, mixing.Downsample) == expected


def test_learned_depth_mixes_the_outputs_of_all_layers():
    graph = built(learn_depth=True, depth=5).graph
    (mix,) = (node for node in graph.nodes if node.name == "depth_mix")
    assert [graph.nodes[each].name for each in mix.inputs] == [
        "layer1_mix", "layer2_mix", "layer3_mix",
    ]  # fmt: skip
    assert graph.slots == ("width",)


def test_odd_sides_are_halved_upwards_and_restored():
    graph = architecture.build("multires", (9, 13, 1), 10, {"depth": 3}).graph
    sides = {node.name: node.shape[1:] for node in graph.nodes}
    assert sides["layer1_r1_down"] == (5, 7)
    assert sides["layer1_r2_down"] == (3, 4)
    assert sides["layer1_r3_down"] == (2, 2)
    assert sides["layer1_r3_up"] == (9, 13)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variant": "none"}, "expected variant to be one of no_pooling, pooling"),
        ({"block": "dense"}, "expected block to be one of conv, eff_conv"),
        ({"batch_norm": "none"}, "expected batch_norm to be one of shared, per_resolution"),
        ({"channels": 0}, "expected channels >= 1, received 0"),
        ({"num_resolutions": 1}, "expected num_resolutions >= 2, received 1"),
        ({"learn_depth": True, "variant": "pooling"}, "learn_depth: expected variant learned"),
    ],
)
def test_options_outside_their_range(options, said):
    with pytest.raises(ConfigError, match=said):
        built(**options)


def test_images_too_small_for_the_resolutions():
    with pytest.raises(SpecError, match="at least 8x8 for 4 resolutions, received 7x9"):
        architecture.build("multires", (7, 9, 3), 10)


def test_filters_of_their_own_multiply_parameters_but_not_operations():
    shared, own = (
        counts(batch_norm="per_resolution"),
        counts(batch_norm="per_resolution", filters="per_resolution"),
    )
    assert own.macs == shared.macs
    # Eight layers at three further resolutions, 3x3 kernels of 64.
    assert own.params - shared.params == 8 * 3 * 9 * 64 * 64
    assert not [node.name for node in built(filters="per_resolution").graph.nodes
                if node.weights_of is not None and isinstance(node.layer, layers.Conv)]  # fmt: skip


def test_subsampling_by_stride_changes_no_count():
    assert counts(subsampling="stride") == counts()
    kinds = {type(node.layer) for node in built(subsampling="stride").graph.nodes}
    assert mixing.Subsample in kinds
    assert mixing.Downsample not in kinds


@pytest.mark.parametrize("options", [{"filters": "own"}, {"subsampling": "max"}])
def test_unknown_choices_are_refused(options):
    with pytest.raises(ConfigError, match="expected"):
        built(**options)

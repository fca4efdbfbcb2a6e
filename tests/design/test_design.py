"""Designs as values."""

import pickle
from fractions import Fraction

import pytest

from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan, split_names
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks.architecture import Architecture, build
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import ConfigError, UnknownNameError

CELL = NetworkSettings("nasbench101", options={"cell": named_cells.get("best").cell})
NETWORKS = [CELL, *map(NetworkSettings, ("vgg19", "resnet50", "inception", "mobilenet_v2"))]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.model)
def test_designs_are_hashable_and_equal_after_pickling(network):
    designs = plan(network, ["base", "c", "uniform"])
    again = pickle.loads(pickle.dumps(designs))
    assert again == designs
    assert len({*designs, *again}) == 3
    assert [each.to_json() for each in again] == [each.to_json() for each in designs]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.model)
def test_settings_survive_json_and_pickle(network):
    assert NetworkSettings.from_json(network.to_json()) == network
    assert pickle.loads(pickle.dumps(network)) == network
    assert len({network, NetworkSettings.from_json(network.to_json())}) == 1


def test_lists_among_the_options_are_hashable():
    wide = NetworkSettings(
        "nasbench101", options={"stack_filters": [8, 16], "cell": CELL.options["cell"]}
    )
    assert hash(wide) == hash(NetworkSettings.from_json(wide.to_json()))


def test_an_architecture_in_hand_is_planned_like_its_name():
    own = build("vgg19", (32, 32, 3), 10)
    by_name, by_hand = plan("vgg19", "b"), plan(own, "b")
    assert by_hand[0].filters == by_name[0].filters
    assert by_hand[0].network is None
    with pytest.raises(ConfigError, match="registered network to match on another input"):
        plan(own, "b", MatchSettings(num_classes=100))


def test_letters_stand_for_templates():
    assert split_names("bc") == ("b", "c")
    assert [each.template for each in plan("vgg19", "bd")] == ["b", "d"]
    with pytest.raises(UnknownNameError, match="unknown template 'bx'"):
        plan("vgg19", "bx")


def test_budget_as_text():
    assert MatchSettings(budget="0.5x").budget == Budget(Fraction(1, 2))
    assert MatchSettings(budget=4e8).budget == Budget(Fraction(400_000_000), is_multiple=False)
    with pytest.raises(ConfigError, match=r"it is written 0\.5x"):
        MatchSettings(budget=0.5)


def test_nothing_that_can_be_computed_is_stored():
    (flat,) = plan("vgg19", ["b"])
    narrow = Design("b", flat.source, tuple(width // 2 for width in flat.filters))
    assert narrow.cost.macs < flat.cost.macs / 3
    assert narrow.gap < -0.7


def test_repr_is_one_line():
    (design,) = plan(CELL, ["d"])
    assert repr(design) == (
        "Design(nasbench101 best d bulge: 4753.8 M MACs, 15,168,458 params, filters 128..356)"
    )


def test_two_slots_concatenated_and_flattened_have_smallest_widths():
    builder = GraphBuilder(("left", "right"))
    image = builder.add("image", layers.Input(4, 4, 3))
    parts = [
        builder.add(f"conv{index}", layers.Conv(widths.slot(index), 3), image) for index in (0, 1)
    ]
    joined = builder.add("concat", layers.Concat(), *parts)
    flat = builder.add("flatten", layers.Flatten(), joined)
    builder.add("dense", layers.Dense(5), flat)
    graph = builder.build()
    assert graph.smallest_filters() == (1, 1)
    own = Architecture("two", (4, 4, 3), 5, (8, 16), graph)
    (design,) = plan(own, "b")
    assert abs(design.gap) < 0.1
    assert pickle.loads(pickle.dumps(graph)) == graph

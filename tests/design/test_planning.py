from fractions import Fraction

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import (
    BudgetError,
    ConfigError,
    SameNetworkWarning,
    SpecError,
    UnequalCostWarning,
    UnknownNameError,
)

ALL = ["base", "a", "b", "c", "d", "e"]
CELL = NetworkSettings("nasbench101", options={"cell": named_cells.get("inception").cell})


@pytest.mark.parametrize("quantity", ["published_flops", "macs", "params", "total_filters"])
@pytest.mark.parametrize("network", [NetworkSettings("vgg19"), NetworkSettings("resnet50"), CELL])
def test_matches_stay_below_the_budget_and_close(network, quantity):
    rows = plan(network, ALL, MatchSettings(match_on=quantity))
    assert rows[0].gap == 0
    for row in rows[1:]:
        assert -0.06 < row.gap <= 0


def test_gap_is_of_the_matched_quantity():
    (row,) = plan(CELL, ["b"], MatchSettings(match_on="params", budget=Budget.parse("2e6")))
    assert row.gap == pytest.approx(row.cost.trainable_params / 2e6 - 1)


def test_base_has_a_gap_to_another_budget():
    base, flat = plan(CELL, ["base", "b"], MatchSettings(budget=Budget.parse("0.5x")))
    assert base.gap == 1.0
    assert base.filters == (128, 256, 512)
    assert flat.gap <= 0


def test_match_on_another_input_uses_those_filters():
    settings = MatchSettings(input_shape=(224, 224, 3), num_classes=1000)
    (row,) = plan(NetworkSettings("vgg19"), ["b"], settings)
    assert row.filters == (153,) * 16
    assert row.architecture.input_shape == (32, 32, 3)


def test_redistributions_have_slots_of_their_own():
    reverse, bulge = plan(NetworkSettings("resnet50"), ["reverse", "d"])
    assert reverse.filters == (512, 256, 128, 64)
    assert len(bulge.filters) == 32
    (chosen,) = plan(NetworkSettings("resnet50", options={"slots": "inner"}), ["reverse"])
    assert len(chosen.filters) == 32


def test_width_multiplier_scales_redistributions():
    settings = MatchSettings(width_multiplier=Fraction(1, 2))
    base, reverse = plan(NetworkSettings("vgg19"), ["base", "reverse"], settings)
    assert reverse.filters == tuple(width // 2 for width in reversed(base.filters))
    assert reverse.gap == -0.5


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "0x", "1/0", "many", "nan"])
def test_malformed_budgets_are_refused(text):
    with pytest.raises(ConfigError, match="expected a budget above 0"):
        Budget.parse(text)


def test_budget_below_the_smallest_network():
    with pytest.raises(BudgetError, match="template a, published_flops: budget 1000 is below"):
        plan(CELL, ALL, MatchSettings(budget=Budget.parse("1000")))


def test_budget_that_only_a_network_with_empty_branches_meets():
    with pytest.raises(BudgetError, match=r"too small: slot \"stack0\""):
        plan(CELL, ["b"], MatchSettings(match_on="total_filters", budget=Budget.parse("6")))


def test_errors_name_what_is_wrong():
    with pytest.raises(UnknownNameError, match="unknown template 'z'"):
        plan(CELL, ["z"])
    with pytest.raises(UnknownNameError, match="unknown architecture 'vgg18': did you mean vgg19"):
        plan(NetworkSettings("vgg18"), ["base"])
    with pytest.raises(SpecError, match="template a: expected at least 2 slots"):
        plan(NetworkSettings("nasbench101", options={"num_stacks": 1}), ["a"])
    with pytest.raises(ConfigError, match="match_on to be one of"):
        MatchSettings(match_on="watts")
    with pytest.raises(ConfigError, match="peak_step >= 1, received 0"):
        MatchSettings(peak_step=0)


def test_name_tells_cells_and_options_apart_and_leaves_out_defaults():
    best = named_cells.get("best").cell
    other = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "maxpool3x3", "output"])
    settings = NetworkSettings(
        "nasbench101", options={"cell": best, "slots": "stack", "stem_filters": 8}
    )
    assert settings.name == "nasbench101 best stem_filters=8"
    unnamed = NetworkSettings("nasbench101", options={"cell": other})
    assert unnamed.name == f"nasbench101 {other.hash()[:8]}"
    assert NetworkSettings("vgg19").name == "vgg19"


@pytest.mark.parametrize(("template", "hint"), [("c", "n_min"), ("b", "the same network")])
def test_a_template_that_leaves_the_base_as_it_is_warns(template, hint):
    with pytest.warns(SameNetworkWarning, match=f"template {template} gives multires .*{hint}"):
        plan("multires", ["base", template])


@pytest.mark.parametrize(
    ("network", "names", "settings"),
    [("multires", ["base", "c"], MatchSettings(n_min=32)), ("vgg19", ["base", "b", "c"], None),
     ("multires", ["unchanged"], None)],
)  # fmt: skip
def test_other_networks_do_not_warn(network, names, settings, recwarn):
    plan(network, names, settings)
    assert not [each for each in recwarn if each.category is SameNetworkWarning]


def of_cell(**options):
    return NetworkSettings("nasbench101", options=options)


@pytest.mark.parametrize(
    ("network", "names", "settings", "message"),
    [
        (
            of_cell(stem_filters=4),
            ["base", "a", "b", "c", "e", "uniform"],
            MatchSettings(),
            "more than 5 % off the budget, so not of equal cost: nasbench101 stem_filters=4: "
            "a -10.1 %, c -7.9 %, e -9.9 %; the rule closest (--match_rule) corrects single slots",
        ),
        (
            of_cell(stem_filters=3, num_stacks=1),
            ["b"],
            MatchSettings(rule="closest", budget="0.5x"),
            "b +10.1 %; a wider network (a larger stem_filters) allows closer ones",
        ),
        (
            of_cell(cell=named_cells.get("best").cell, stem_filters=16, num_stacks=1),
            ["b"],
            MatchSettings(rule="closest", budget="0.5x", divisor=8),
            "a smaller divisor allows closer ones",
        ),
    ],
)
def test_templates_that_miss_their_budget_are_told_once(network, names, settings, message, recwarn):
    plan(network, names, settings)
    (told,) = [each for each in recwarn if "off the budget" in str(each.message)]
    assert told.category is UnequalCostWarning
    assert str(told.message).endswith(message)


@pytest.mark.parametrize(("rule", "stem_filters"), [("nearest", 16), ("closest", 4)])
def test_templates_near_their_budget_are_not_told(rule, stem_filters, recwarn):
    plan(of_cell(stem_filters=stem_filters), "abcde", MatchSettings(rule=rule))
    assert not list(recwarn)


def test_texts_stand_for_lists_and_values_print_as_one_line():
    by_text = plan("vgg11", "b, waist")
    assert [design.template for design in by_text] == ["b", "e"]
    assert plan("vgg11", "be") == by_text
    for value in (by_text[0], by_text[0].source, by_text[0].source.graph):
        assert len(repr(value)) < 300
        assert "\n" not in repr(value)

import functools
from fractions import Fraction

import numpy as np
import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.distributions.matching import match_budget
from nasbench_templates.graph.layers import Cost
from nasbench_templates.space import cell_classes, class_matching, enumeration, hashes
from nasbench_templates.support.errors import BudgetError, SpecError, UnknownNameError

TEMPLATES = ["base", "a", "b", "c", "d", "e", "reverse", "quadratic"]
SETTINGS = {
    "default": ({}, MatchSettings()),
    "published": ({}, MatchSettings("macs", n_min=64, peak_step=10)),
    "nearest": ({}, MatchSettings(rule="nearest", budget=Budget.parse("0.31x"))),
    "absolute": ({}, MatchSettings(budget=Budget.parse("987654321.5"))),
    "params of narrow stacks": (
        {"stem_filters": 3, "num_stacks": 4, "num_modules_per_stack": 1},
        MatchSettings("params", n_min=2, width_multiplier=Fraction(1, 2)),
    ),
    "total": ({}, MatchSettings("total_filters", budget=Budget.parse("400"))),
    "other input": ({}, MatchSettings(input_shape=(64, 48, 3), num_classes=100)),
}
# Here some templates have no network for some cells.
REFUSES_SOME = {"nearest", "absolute", "params of narrow stacks"}


@functools.cache
def small_cells():
    """Every cell of at most five vertices."""
    return enumeration.canonical_cells(5)


def agree_with_plan(cells, options, settings, places):
    """Returns how many cells have no network under some template."""
    classes = cell_classes.classify(cells)
    network = NetworkSettings("nasbench101", (32, 32, 3), 10, options)
    rows = class_matching.match_classes(network, TEMPLATES, settings, classes)
    refused = 0
    for place in places:
        own = NetworkSettings(
            "nasbench101", (32, 32, 3), 10, {**options, "cell": cells.cell(int(place))}
        )
        of_cell = classes.class_of[place]
        for name, row in zip(TEMPLATES, rows, strict=True):
            try:
                (expected,) = plan(own, [name], settings)
            except (BudgetError, SpecError):
                assert row.problem[of_cell]
                refused += 1
                continue
            assert row.problem[of_cell] == ""
            assert tuple(row.filters[of_cell].tolist()) == expected.filters
            assert Cost(*(int(row.costs[key][of_cell]) for key in Cost._fields)) == expected.cost
            assert row.gap[of_cell] == expected.gap
    return refused


@pytest.mark.parametrize("name", SETTINGS)
def test_every_row_is_that_of_plan(name):
    options, settings = SETTINGS[name]
    cells = small_cells()
    places = np.random.default_rng(0).integers(0, len(cells), 25)
    refused = agree_with_plan(cells, options, settings, places)
    assert (refused > 0) == (name in REFUSES_SOME)


@pytest.mark.slow
@pytest.mark.parametrize(("options", "settings"), SETTINGS.values(), ids=SETTINGS)
def test_rows_of_large_cells_are_those_of_plan(options, settings):
    cells = enumeration.canonical_cells()
    places = np.random.default_rng(1).integers(0, len(cells), 300)
    agree_with_plan(cells, options, settings, places)


@pytest.mark.slow
def test_parameters_of_the_base_are_those_of_every_record(validation_records):
    cells = enumeration.canonical_cells()
    classes = cell_classes.classify(cells)
    (base,) = class_matching.match_classes(
        NetworkSettings("nasbench101"), ["base"], MatchSettings(), classes
    )
    names = np.concatenate([names for _, names in hashes.hashed_chunks(cells)]).astype(str)
    params = dict(
        zip(names.tolist(), base.costs["trainable_params"][classes.class_of].tolist(), strict=True)
    )
    assert [params[record.module_hash] for record in validation_records] == [
        record.trainable_parameters for record in validation_records
    ]


@pytest.mark.parametrize("rule", ["at_most", "nearest"])
@pytest.mark.parametrize("step", [1, 7])
def test_peaks_are_those_of_the_search_for_one(rule, step):
    generator = np.random.default_rng(3)
    factors = generator.integers(1, 50, 200)
    budgets = [Fraction(int(number), 3) for number in generator.integers(1, 10**6, 200)]

    def cost_of(assignments, assigned):
        return np.array([f[0] * f[0] for f in assignments])[assigned] * factors

    peaks = class_matching.match_budgets(
        lambda peak: (peak,), cost_of, budgets, smallest=5, step=step, rule=rule
    )
    for peak, factor, budget in zip(peaks.tolist(), factors.tolist(), budgets, strict=True):
        try:
            expected = match_budget(
                lambda n: (n,), lambda f, factor=factor: factor * f[0] ** 2, budget,
                smallest=5, step=step, rule=rule,
            ).peak  # fmt: skip
        except BudgetError:
            expected = 0
        assert peak == expected


def test_reasons_are_told_apart():
    classes = cell_classes.classify(small_cells())
    network = NetworkSettings("nasbench101", options={"stem_filters": 2, "num_stacks": 2})
    settings = MatchSettings(n_min=2, budget=Budget.parse("0.3x"))
    base, rising = class_matching.match_classes(network, ["base", "a"], settings, classes)
    assert set(base.problem[classes.feeders == 3]) == {class_matching.TOO_NARROW}
    assert set(base.problem[classes.feeders < 3]) == {""}
    assert set(rising.problem[classes.feeders < 3]) == {class_matching.OVER_BUDGET}


@pytest.mark.parametrize(
    ("options", "template", "budget", "error", "message"),
    [
        ({"num_stacks": 99}, "b", "1x", SpecError, "expected num_stacks in"),
        ({"num_stacks": 1}, "a", "1x", SpecError, "template a: expected at least 2 slots"),
        ({}, "z", "1x", UnknownNameError, "unknown template 'z'"),
        ({}, "b", "1e25", BudgetError, "choose a smaller budget"),
    ],
)
def test_what_fits_no_cell_is_an_error(options, template, budget, error, message):
    classes = cell_classes.classify(enumeration.canonical_cells(3))
    network = NetworkSettings("nasbench101", options=options)
    settings = MatchSettings(budget=Budget.parse(budget))
    with pytest.raises(error, match=message):
        class_matching.match_classes(network, [template], settings, classes)

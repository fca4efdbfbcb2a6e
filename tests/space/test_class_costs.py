import numpy as np
import pytest

from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.graph.layers import Cost
from nasbench_templates.networks import architecture
from nasbench_templates.space import cell_classes, enumeration
from nasbench_templates.space.class_costs import ClassCosts
from nasbench_templates.support.errors import BudgetError, SpecError

OPTIONS = {
    "default": {},
    "narrow": {"stem_filters": 5, "num_stacks": 2, "num_modules_per_stack": 1},
    "four stacks": {"stack_filters": (64, 32, 32, 96), "num_modules_per_stack": 2},
    "modules": {"slots": "module", "num_modules_per_stack": 2},
}


def check_against_graphs(cells, network, seed, sample):
    """Compares every count with that of the cell's own graph, at widths drawn for each cell."""
    generator = np.random.default_rng(seed)
    classes = cell_classes.classify(cells)
    places = np.unique(classes.class_of, return_index=True)[1]
    for place in generator.choice(places, min(sample, len(places)), replace=False):
        of_cell = classes.class_of[place]
        feeders = int(classes.feeders[of_cell])
        members, part = classes.having(feeders)
        costs = _costs(network, feeders, part)
        cell = cells.cell(int(place))
        options = {**network.options, "cell": cell}
        built = architecture.build("nasbench101", network.input_shape, network.num_classes, options)
        filters = tuple(generator.integers(feeders or 1, 300, len(built.base_filters)).tolist())
        expected = CostModel(built.graph).cost(filters)
        row = np.searchsorted(members, of_cell)
        which = np.zeros(len(part), np.int64)
        received = Cost(
            *(int(costs.evaluate(name, [filters], which)[row]) for name in Cost._fields)
        )
        assert received == expected, cell


_KNOWN = {}


def _costs(network, feeders, part):
    key = (repr(network), feeders, len(part))
    if key not in _KNOWN:
        _KNOWN[key] = ClassCosts(network, feeders, part)
    return _KNOWN[key]


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_costs_are_those_of_the_cells_own_graphs(options):
    network = NetworkSettings("nasbench101", (24, 24, 1), 7, options)
    check_against_graphs(enumeration.canonical_cells(5), network, seed=0, sample=120)


def test_costs_of_large_cells():
    check_against_graphs(
        enumeration.canonical_cells(), NetworkSettings("nasbench101"), seed=1, sample=100
    )


@pytest.mark.slow
def test_costs_of_every_class():
    check_against_graphs(
        enumeration.canonical_cells(), NetworkSettings("nasbench101"), seed=2, sample=20_000
    )


def test_counts_beyond_64_bits_are_refused():
    _, part = cell_classes.classify(enumeration.canonical_cells(3)).having(1)
    costs = ClassCosts(NetworkSettings("nasbench101"), 1, part)
    which = np.zeros(len(part), np.int64)
    with pytest.raises(BudgetError, match=r"expected counts below 2\^62"):
        costs.evaluate("macs", [(10**9, 10**9, 10**9)], which)


def test_largest_counts_that_fit_are_exact():
    cells = enumeration.canonical_cells(3)
    members, part = cell_classes.classify(cells).having(1)
    costs = ClassCosts(NetworkSettings("nasbench101"), 1, part)
    filters = (2**23 - 1, 2**23 - 3, 2**23 - 5)
    found = costs.evaluate("macs", [filters], np.zeros(len(part), np.int64))
    of_cell = cell_classes.classify(cells).class_of[1]
    built = architecture.build("nasbench101", (32, 32, 3), 10, {"cell": cells.cell(1)})
    assert (
        int(found[np.searchsorted(members, of_cell)]) == CostModel(built.graph).cost(filters).macs
    )


def test_smallest_filters_leave_every_branch_a_channel():
    classes = cell_classes.classify(enumeration.canonical_cells(5))
    _, part = classes.having(3)
    assert ClassCosts(NetworkSettings("nasbench101"), 3, part).smallest_filters == (3, 3, 3)
    with pytest.raises(SpecError, match="expected filters >= 3"):
        ClassCosts(NetworkSettings("nasbench101", options={"stem_filters": 2}), 3, part)

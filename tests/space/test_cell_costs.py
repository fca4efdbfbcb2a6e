"""Costs of many cells on arrays, beside a graph for each."""

import numpy as np
import pytest

from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.space import cell_orders, enumeration
from nasbench_templates.space.cell_costs import CellCosts


def _network(**options: object) -> NetworkSettings:
    return NetworkSettings("nasbench101", (32, 32, 3), 10, options)


def _some(count: int, max_vertices: int = 7) -> CellArrays:
    cells = enumeration.canonical_cells(max_vertices)
    return cells[np.random.default_rng(0).choice(len(cells), count, replace=False)]


@pytest.mark.parametrize(
    "options", [{}, {"stem_filters": 16, "num_modules_per_stack": 1}, {"stack_filters": (24, 60)}]
)
def test_costs_are_those_of_a_graph_for_each_cell(options):
    network = _network(**options)
    cells = _some(60)
    found = CellCosts(network).of(cells)
    assert found.is_known.all()
    for place in range(len(cells)):
        cell = cells.cell(place)
        assert tuple(found.values[place].tolist()) == cell_orders.cost(cell, network)
        assert found.is_order_sensitive[place] == cell_orders.is_order_sensitive(cell, network)


def test_sensitive_cells_are_those_whose_relabellings_differ():
    network = _network(stack_filters=(16, 35), num_modules_per_stack=1)
    cells = enumeration.canonical_cells(5)
    cells = cells[np.arange(0, len(cells), 29)]
    found = CellCosts(network).of(cells)
    for place in range(len(cells)):
        orders = list(cells.cell(place).orders())
        costs = {cell_orders.cost(order, network) for order in orders}
        assert found.is_order_sensitive[place] == (len(costs) > 1)
    assert 0 < found.is_order_sensitive.mean() < 1


def test_share_of_sensitive_cells_in_the_benchmarks_network():
    found = CellCosts(_network()).of(_some(20_000))
    # 12.7 % of all cells; the deviation of a sample of 20,000 is 0.24 %.
    assert found.is_order_sensitive.mean() == pytest.approx(0.127, abs=0.01)


def test_cells_that_no_network_fits_are_left_out():
    cells = _some(200)
    found = CellCosts(_network(stack_filters=(3, 3))).of(cells)
    feeders = [sum(row[-1] for row in cells.cell(place).matrix[1:-1]) for place in range(200)]
    np.testing.assert_array_equal(found.is_known, np.array(feeders) <= 3)
    assert not CellCosts(_network(stack_filters=(2_000_000_000,))).of(cells).is_known.any()


def test_beyond_the_space_no_order_is_known():
    chain = cell_orders.Cell.parse(
        [[int(column == row + 1) for column in range(8)] for row in range(8)],
        ["input", *["maxpool3x3"] * 6, "output"],
    )
    assert cell_orders.is_order_sensitive(chain, _network()) is None


def test_canonical_order_is_that_of_the_cell():
    cells = _some(150)
    for relabelled in (cells, _relabelled(cells)):
        found = cell_arrays.canonical(relabelled)
        for place in range(len(cells)):
            assert found.cell(place) == relabelled.cell(place).canonical() == cells.cell(place)


def _relabelled(cells: CellArrays) -> CellArrays:
    """Returns the cells in the last of their orders."""
    last = [list(cells.cell(place).orders())[-1] for place in range(len(cells))]
    arrays = cell_arrays.from_cells(last)
    assert [arrays.cell(place) for place in range(len(cells))] == last
    return arrays

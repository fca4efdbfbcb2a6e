import itertools

import numpy as np
import pytest

from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, Cell
from nasbench_templates.space import enumeration
from nasbench_templates.support.errors import ConfigError, SpecError

# Cells for each number of edges from 1 to 9; docs/nasbench101.md, section 4.
CELLS_BY_EDGES = {
    2: [1, 0, 0, 0, 0, 0, 0, 0, 0],
    3: [0, 3, 3, 0, 0, 0, 0, 0, 0],
    4: [0, 0, 9, 33, 33, 9, 0, 0, 0],
    5: [0, 0, 0, 27, 225, 622, 811, 558, 198],
    6: [0, 0, 0, 0, 81, 1260, 6909, 19701, 34059],
    7: [0, 0, 0, 0, 0, 243, 6264, 58563, 294012],
}


def plain_enumeration(max_vertices):
    """The definition of section 4, cell by cell with the real hash."""
    found = {}
    for vertices in range(2, max_vertices + 1):
        for mask in range(1 << vertices * (vertices - 1) // 2):
            matrix = [
                [mask >> (x + y * (y - 1) // 2) & 1 if x < y else 0 for y in range(vertices)]
                for x in range(vertices)
            ]
            for interior in itertools.product(BENCHMARK_OPS, repeat=vertices - 2):
                try:
                    cell = Cell.parse(matrix, ["input", *interior, "output"])
                except SpecError:
                    break
                if cell.num_vertices < vertices or cell.num_edges > 9:
                    break
                found.setdefault(cell.hash(), cell)
    return list(found.values())


def test_first_cells_by_hand():
    cells = enumeration.canonical_cells(3)
    assert cells.masks.tolist() == [0b1, 0b101, 0b101, 0b101, 0b111, 0b111, 0b111]
    assert cells.labellings.tolist() == [0, 0, 1, 2, 0, 1, 2]
    assert cells.cell(6) == Cell(
        ((0, 1, 1), (0, 0, 1), (0, 0, 0)), ("input", "maxpool3x3", "output")
    )


def test_cells_and_their_order_are_those_of_the_definition():
    cells = enumeration.canonical_cells(5)
    found = [cells.cell(place) for place in range(len(cells))]
    assert found == plain_enumeration(5)


def test_every_cell_is_its_own_canonical_form():
    cells = enumeration.canonical_cells(6)
    for place in np.random.default_rng(0).integers(0, len(cells), 200):
        cell = cells.cell(int(place))
        assert cell.canonical() == cell


@pytest.mark.parametrize("vertices", [2, 3, 4, 5, 6, pytest.param(7, marks=pytest.mark.slow)])
def test_as_many_cells_as_are_published(vertices):
    cells = enumeration.canonical_cells(vertices)
    edges = cells[cells.with_vertices(vertices)].num_edges
    assert np.bincount(edges, minlength=10)[1:].tolist() == CELLS_BY_EDGES[vertices]


def test_connected_graphs_are_those_that_pruning_leaves_whole():
    kept = set(enumeration.connected_graphs(4).tolist())
    for mask in range(1 << 6):
        edges = cell_arrays.matrix(4, mask)
        try:
            is_whole = Cell.parse(edges, ["input", *BENCHMARK_OPS[:2], "output"]).num_vertices == 4
        except SpecError:
            is_whole = False
        assert (mask in kept) == is_whole


@pytest.mark.parametrize("vertices", [1, 8])
def test_other_sizes_are_refused(vertices):
    with pytest.raises(ConfigError, match=rf"max_vertices in 2\.\.7, received {vertices}"):
        enumeration.canonical_cells(vertices)

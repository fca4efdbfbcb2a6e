import numpy as np
import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import Cell
from nasbench_templates.space import cell_classes, enumeration


def one_cell(vertices, edges, labels):
    mask = sum(1 << (x + y * (y - 1) // 2) for x, y in edges)
    labelling = int("".join(map(str, labels)) or "0", 3)
    return CellArrays(np.array([vertices]), np.array([mask]), np.array([labelling]))


def test_counts_by_hand():
    # 0 feeds 1, 2 and the output 4; 1 feeds 2 and 3; 2 and 3 feed the output.
    edges = [(0, 1), (0, 2), (0, 4), (1, 2), (1, 3), (2, 4), (3, 4)]
    classes = cell_classes.classify(one_cell(5, edges, [2, 0, 1]))
    assert classes.feeders.tolist() == [2]
    assert classes.has_shortcut.tolist() == [True]
    # Columns: conv3x3, conv1x1, maxpool3x3, projection. Vertex 1 has the larger of both shares.
    assert classes.counts[0].tolist() == [[1, 0, 1, 2], [0, 1, 0, 0], *[[0] * 4] * 3]


def test_the_direct_cell_has_no_feeder():
    classes = cell_classes.classify(one_cell(2, [(0, 1)], []))
    assert (classes.feeders.tolist(), classes.has_shortcut.tolist()) == ([0], [True])
    assert not classes.counts.any()


def test_cells_of_one_class_cost_the_same():
    cells = enumeration.canonical_cells(5)
    classes = cell_classes.classify(cells)
    largest = np.bincount(classes.class_of).argmax()
    costs = set()
    for place in np.flatnonzero(classes.class_of == largest):
        settings = NetworkSettings("nasbench101", options={"cell": cells.cell(int(place))})
        costs.add(plan(settings, ["d"])[0].cost)
    assert len(costs) == 1


def test_classes_of_a_number_of_feeders():
    classes = cell_classes.classify(enumeration.canonical_cells(5))
    places, part = classes.having(3)
    assert set(part.feeders.tolist()) == {3}
    assert len(places) == len(part) == (classes.feeders == 3).sum()
    assert (classes.counts[places] == part.counts).all()


@pytest.mark.slow
def test_number_of_classes_of_the_whole_space():
    assert len(cell_classes.classify(enumeration.canonical_cells())) == 13_036


def test_a_cell_is_in_the_class_of_its_structure():
    cells = enumeration.canonical_cells(3)
    classes = cell_classes.classify(cells)
    assert cells.cell(1) == Cell(
        ((0, 1, 0), (0, 0, 1), (0, 0, 0)), ("input", "conv3x3-bn-relu", "output")
    )
    assert classes.counts[classes.class_of[1], 0].tolist() == [1, 0, 0, 1]
    assert len(classes) == 7

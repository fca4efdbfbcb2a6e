import numpy as np
import pytest

from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cells import Cell
from nasbench_templates.space import enumeration, variation
from nasbench_templates.space.labelled_space import INVALID, labelled_space
from nasbench_templates.support.errors import SpecError


@pytest.fixture(scope="module")
def canonical():
    return enumeration.canonical_cells()


def test_has_the_published_counts():
    space = labelled_space()
    assert (space.num_cells, len(space.cell_of)) == (423_624, 1_293_208)


def test_canonical_cells_have_their_own_numbers(canonical):
    assert (labelled_space().numbers_of(canonical) == np.arange(len(canonical))).all()


def test_cells_outside_the_space_have_no_number():
    cells = cell_arrays.CellArrays(
        np.array([3, 0]), np.array([0b111 & 0b101 | 0b1000, 0]), np.zeros(2, int)
    )
    assert labelled_space().numbers_of(cells).tolist() == [INVALID, INVALID]


def test_unpruned_matrices_are_the_cells_that_the_hash_says(canonical):
    generator = np.random.default_rng(3)
    drawn = variation.random_genotypes(generator, (300,), 1)
    numbers = labelled_space().cells_of(drawn.masks, drawn.labellings)
    assert 0 < (numbers == INVALID).sum() < 300
    for mask, labelling, number in zip(
        drawn.masks.tolist(), drawn.labellings.tolist(), numbers.tolist(), strict=True
    ):
        try:
            cell = Cell.parse(cell_arrays.matrix(7, mask), cell_arrays.ops(7, labelling))
        except SpecError:
            cell = None
        if cell is None or not cell.in_space:
            assert number == INVALID
        else:
            assert canonical.cell(number).hash() == cell.hash()

import numpy as np
import pytest

from nasbench_templates.networks import cell_hashes
from nasbench_templates.space import enumeration, hashes


def test_hashes_of_all_small_cells_are_those_of_the_cells():
    cells = enumeration.canonical_cells(5)
    expected = [cells.cell(place).hash().encode() for place in range(len(cells))]
    assert cell_hashes.module_hashes(cells).tolist() == expected


def test_hashes_of_large_cells():
    cells = enumeration.canonical_cells(7)
    sample = cells[np.random.default_rng(0).integers(0, len(cells), 500)]
    expected = [sample.cell(place).hash().encode() for place in range(len(sample))]
    assert cell_hashes.module_hashes(sample).tolist() == expected


def test_portions_keep_the_order_in_any_number_of_processes(monkeypatch):
    monkeypatch.setattr(hashes, "CELLS_AT_ONCE", 40)
    cells = enumeration.canonical_cells(4)
    alone, together = (
        [
            (part.masks.tolist(), names.tolist())
            for part, names in hashes.hashed_chunks(cells, count)
        ]
        for count in (1, 2)
    )
    assert [len(masks) for masks, _ in alone] == [40, 40, 11]
    assert together == alone


@pytest.mark.slow
def test_hashes_of_the_whole_space():
    cells = enumeration.canonical_cells(7)
    found = np.concatenate([names for _, names in hashes.hashed_chunks(cells)]).tolist()
    assert len(set(found)) == 423_624
    for place, name in enumerate(found):
        assert cells.cell(place).hash().encode() == name


@pytest.mark.slow
def test_every_record_is_a_cell_of_the_space_in_the_order_stored(validation_records):
    cells = enumeration.canonical_cells(7)
    names = np.concatenate([names for _, names in hashes.hashed_chunks(cells)]).astype(str)
    place_of = {name: place for place, name in enumerate(names.tolist())}
    assert len(validation_records) == 25_001
    for record in validation_records:
        cell = cells.cell(place_of[record.module_hash])
        assert (cell.matrix, cell.ops) == (record.matrix, record.operations)

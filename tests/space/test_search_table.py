import numpy as np
import pytest
from helpers import record_files

from nasbench_templates.benchmark_records import conversion
from nasbench_templates.space import enumeration, search_table
from nasbench_templates.support.errors import RecordError


def table_of(path, **options):
    return search_table.read_table(conversion.open_records(path), **options)


def test_an_extract_has_validation_only(tmp_path):
    path = tmp_path / "extract.csv"
    rows = [(key, 0.9 + place / 100, 1000 + place)
            for place, key in enumerate(record_files.OPERATION_OF)]  # fmt: skip
    path.write_text(record_files.val_csv(*rows))
    table = table_of(path)
    assert (len(table), table.metric, table.is_full, table.left_out) == (3, "validation", False, 0)
    assert table.best == pytest.approx(0.92)
    cells = enumeration.canonical_cells()
    assert [cells.cell(number).hash() for number in table.cells.tolist()] == [
        *record_files.OPERATION_OF
    ]
    assert table.seconds.tolist() == [1000, 1001, 1002]
    assert "an extract" in table.description


def test_means_over_repeats_and_test_accuracy(tmp_path):
    path = tmp_path / "full.json"
    path.write_text(record_files.full_json(record_files.A, [(0.9, 0.8, 10), (0.92, 0.84, 12)]))
    table = table_of(path)
    assert table.metric == "test"
    assert table.best == pytest.approx(0.82)
    assert np.array_equal(table.num_runs, [2])


def test_refuses_another_budget(tmp_path):
    path = tmp_path / "extract.csv"
    path.write_text(record_files.val_csv((record_files.A, 0.9, 1000)))
    with pytest.raises(RecordError, match="expected a budget among"):
        table_of(path, epochs=36)


def test_refuses_a_table_without_times(tmp_path):
    path = tmp_path / "draws.csv"
    path.write_text(record_files.draws_csv((record_files.A, 0.9)))
    with pytest.raises(RecordError, match="validation accuracy and training time"):
        table_of(path)

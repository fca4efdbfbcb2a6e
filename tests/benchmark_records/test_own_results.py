"""Folders of `evaluate` as records."""

import own_runs
import pytest
import table_files

from nasbench_templates.benchmark_records import importing, lookup, own_results
from nasbench_templates.benchmark_records.cell_record import Run
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError

CELL = Cell.parse(table_files.MATRIX, table_files.OPERATIONS)


def write_run(root, seed, *, epochs=2, cell=CELL, template="base", **others):
    folder = root / "runs" / f"x-{template}-{seed}-{epochs}"
    return own_runs.write_run(folder, cell, seed=seed, epochs=epochs, template=template, **others)


def test_runs_become_repeats_and_epochs_budgets(tmp_path):
    write_run(tmp_path, 0)
    write_run(tmp_path, 1)
    write_run(tmp_path, 0, epochs=3)
    write_run(tmp_path, 0, template="d")
    write_run(tmp_path, 2, status="failed")
    write_run(tmp_path, 3, cell=None)
    write_run(tmp_path, 4, smoke=True)
    result = importing.import_records(tmp_path, tmp_path / "store")
    assert (result.manifest.num_records, result.manifest.num_cells) == (3, 1)
    record = RecordStore.open(tmp_path / "store").get(CELL.hash())
    final = {"final_validation_accuracy": 0.75, "final_test_accuracy": 0.5}
    half = {"halfway_training_time": 1.25, "halfway_validation_accuracy": 0.1}
    assert record.runs == {
        2: (
            Run(**half, **final, final_training_time=3.5),
            Run(**half, **final, final_training_time=4.5),
        ),
        3: (Run(**final, final_training_time=3.5),),
    }
    assert (record.trainable_parameters, record.operations) == (77, table_files.OPERATIONS)


def test_one_run_and_another_cell(tmp_path):
    folder = write_run(tmp_path, 0)
    assert len(list(own_results.read(folder))) == 1
    assert list(own_results.read(tmp_path, "0" * 32)) == []
    assert lookup.find_cell([tmp_path], CELL.hash()).trainable_parameters == 77


def test_runs_of_equal_accuracy_are_still_several(tmp_path):
    write_run(tmp_path, 0, epochs=108)
    write_run(tmp_path, 1, epochs=108)
    for path in (tmp_path / "runs").iterdir():
        (path / "metrics.jsonl").write_text('{"seconds": 1, "val_accuracy": 0.5}\n' * 108)
    found = lookup.find_record([tmp_path], CELL.hash())
    assert (found.validation_accuracy, found.training_time) == ((0.75, 0.75), (3.5, 4.5))
    assert len(lookup.find_cell([tmp_path], CELL.hash()).runs[108]) == 2


def test_runs_of_different_networks_are_not_mixed(tmp_path):
    write_run(tmp_path, 0)
    path = write_run(tmp_path, 1) / "result.json"
    path.write_text(path.read_text().replace("77", "78"))
    with pytest.raises(RecordError, match=r"received 77 in .*-0-2 and 78 in .*-1-2:"):
        list(own_results.read(tmp_path))


def test_runs_on_different_data_are_not_mixed(tmp_path):
    write_run(tmp_path, 0)
    write_run(tmp_path, 1, dataset="mnist")
    with pytest.raises(RecordError, match="runs with one dataset, received digits and mnist"):
        list(own_results.read(tmp_path))


def test_a_damaged_run_is_named(tmp_path):
    folder = write_run(tmp_path, 0)
    (folder / "metrics.jsonl").unlink()
    with pytest.raises(RecordError, match=f"{folder}: .*a line for each epoch"):
        list(own_results.read(tmp_path))


def test_a_folder_without_finished_base_runs(tmp_path):
    write_run(tmp_path, 0, template="d")
    assert own_results.is_results(tmp_path)
    with pytest.raises(RecordError, match="expected a finished run of a cell"):
        list(own_results.read(tmp_path))

"""What a folder of results holds."""

import pytest
import result_folders

from nasbench_templates.errors import DataError
from nasbench_templates.reporting.collection import collect


def test_runs_are_summed_up_over_seeds_and_compared_with_the_base(tmp_path):
    result_folders.write_runs(tmp_path)
    rows = {row["template"]: row for row in collect(tmp_path).scores.rows}
    assert rows["base"]["test_accuracy_percent"] == pytest.approx(80)
    assert rows["base"]["test_accuracy_std"] == pytest.approx(10)
    assert rows["base"]["difference"] is None
    assert rows["b"]["difference"] == pytest.approx(1)
    assert rows["b"]["verdict"] == "higher"
    assert rows["c"]["verdict"] == "open"


def test_runs_of_other_settings_are_not_compared(tmp_path):
    result_folders.write_run(tmp_path, "base", 0, 0.9)
    result_folders.write_run(tmp_path, "b", 0, 0.9, training={"epochs": 200})
    rows = collect(tmp_path).scores.rows
    assert [row["setting"] for row in rows] == [1, 2]


def test_unfinished_runs_count_in_no_mean_but_are_told(tmp_path):
    result_folders.write_run(tmp_path, "base", 0, 0.9)
    result_folders.write_run(tmp_path, "base", 1, 0.1, status="interrupted")
    found = collect(tmp_path)
    assert found.scores.rows[0]["seeds"] == 1
    assert [row["status"] for row in found.provenance.rows] == ["finished", "interrupted"]


def test_provenance_names_versions_device_seed_and_data(tmp_path):
    result_folders.write_run(tmp_path, "base", 7, 0.9)
    (row,) = collect(tmp_path).provenance.rows
    assert (row["path"], row["seed"], row["device"]) == ("runs/base-seed7", 7, "cpu")
    assert row["versions"] == "keras 3.9, python 3.11"
    assert row["data_checksum"] == "ab" * 32


def test_a_studys_table_comes_back_as_it_was_written(tmp_path):
    result_folders.write_study(tmp_path / "deep/study")
    (table,) = collect(tmp_path).studies
    assert table.title == "Tiny <study>"
    assert table.columns[1].best is max
    assert "deep/study/results.json: python tiny.py. scale small. small scale" in table.note


def test_folders_without_results_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected run folders"):
        collect(tmp_path)
    with pytest.raises(DataError, match="there is none"):
        collect(tmp_path / "missing")


def test_a_study_from_another_version_is_refused(tmp_path):
    content = result_folders.write_study(tmp_path / "study")
    del content["columns"]
    result_folders.files.write_json(tmp_path / "study/results.json", content)
    with pytest.raises(DataError, match="'columns' is missing"):
        collect(tmp_path)

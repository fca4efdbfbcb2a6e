"""One table of all runs: derived from their folders, whole under many writers."""

import pandas
import pytest
import result_folders

from nasbench_templates.runs import folders
from nasbench_templates.support import files
from nasbench_templates.support.errors import DataError
from nasbench_templates.sweeps import table


def test_a_row_tells_network_cost_accuracy_time_and_origin(tmp_path):
    folder = result_folders.write_run(tmp_path, "b", 1, 0.75)
    files.write_json(folder / "spec.json", {"planned": {"recipe": "short", "budget": "0.5x"}})
    found = table.write(tmp_path)
    row = found.iloc[0].to_dict()
    assert row["run"] == "runs/b-seed1"
    assert (row["network"], row["template"], row["budget"]) == ("vgg19", "b", "0.5x")
    assert list(row["filters"]) == [153, 153]
    assert (row["test_accuracy"], row["train_seconds"], row["seed"]) == (0.75, 1.5, 1)
    assert row["recipe"] == "short"
    assert row["versions"] == "keras 3.9, python 3.11"
    kept = pandas.read_parquet(tmp_path / "table.parquet")
    assert list(kept.columns) == list(table.COLUMNS)
    assert (kept["params"][0], kept["trainable_params"][0]) == (3_170_782, 3_170_774)
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0].split(",") == list(table.COLUMNS)
    assert ",153 153," in lines[1]


def test_failed_attempts_are_counted_and_the_last_reason_told(tmp_path):
    path = result_folders.write_run(tmp_path, "base", 0, 0.5)
    (path / "result.json").unlink()
    folder = folders.RunFolder(path, files.read_json(path / "config.json"))
    for reason in ("ended after 3 s", "its worker process was ended by SIGKILL"):
        folder.record_failure(reason)
    row = table.collect(tmp_path).iloc[0]
    assert row["status"] == "failed"
    assert row["reason"] == "its worker process was ended by SIGKILL"
    assert row["failed_attempts"] == 2
    assert pandas.isna(row["test_accuracy"])


def test_a_folder_without_runs_gives_an_empty_table_and_none_is_refused(tmp_path):
    assert list(table.collect(tmp_path).columns) == list(table.COLUMNS)
    with pytest.raises(DataError, match="there is none"):
        table.write(tmp_path / "none")

"""One meaning of `params` in what is collected: all values, as Keras counts them."""

import json

import pytest
from helpers import result_folders

from nasbench_templates.report import collection
from nasbench_templates.support import files


def test_rows_of_runs_have_both_counts_by_name_and_macs_of_the_base(tmp_path):
    result_folders.write_runs(tmp_path)
    table = collection.collect(tmp_path).scores
    base, flat, _ = table.rows
    assert (flat["params"], flat["trainable_params"]) == (3_170_782, 3_170_774)
    assert flat["macs_percent_of_base"] == pytest.approx(100 * 3_170_782 / base["params"])
    assert (flat["template"], flat["template_title"]) == ("b", "b flat")
    titles = {column.key: column.title for column in table.columns}
    assert titles["params"] == "params"
    assert titles["macs_percent_of_base"] == "MACs % of base"


def test_a_redistribution_under_a_multiplier_is_not_called_equal(tmp_path):
    folder = result_folders.write_run(tmp_path, "b", 0, 0.5)
    for name in ("config.json", "result.json"):
        content = json.loads((folder / name).read_text("utf-8"))
        files.write_json(folder / name, {**content, "template": "uniform"})
    files.write_json(folder / "architecture.json", {"network": "vgg19", "gap": -0.5})
    (row,) = collection.collect(tmp_path).scores.rows
    assert row["template_title"] == "uniform (total 0.50x)"


def test_older_studies_say_which_parameters_they_counted(tmp_path):
    result_folders.write_study(tmp_path / "study")
    (found,) = collection.collect(tmp_path).studies
    titles = [column.title for column in found.tables[0].columns]
    assert "trainable params" in titles
    assert "params" not in titles

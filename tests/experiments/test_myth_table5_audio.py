"""The study of table 5, without training."""

import json

import myth_table5_audio as study
import pytest

from nasbench_templates.results import runs


def test_all_six_parameter_counts_are_the_published_ones():
    found = {row["template"]: row["trainable_params"] for row in study.rows(False, None)}
    # Template specification, section 6, table 5.
    assert found == {
        "base": 23_610_482,
        "a": 14_231_778,
        "b": 4_881_862,
        "c": 3_500_958,
        "d": 8_390_678,
        "e": 3_713_036,
    }
    assert all(row["agrees"] for row in study.rows(False, None))


@pytest.mark.parametrize(
    ("params", "is_same"), [(3_509_999, True), (3_510_000, False), (3_499_999, False)]
)
def test_published_counts_are_truncated(params, is_same):
    assert study.agrees(params, 3.50) == is_same


def test_accuracy_is_the_mean_of_finished_folds(tmp_path):
    for fold, status, accuracy in ((1, runs.FINISHED, 0.5), (2, runs.FINISHED, 0.75),
                                   (3, runs.INTERRUPTED, 1.0)):  # fmt: skip
        folder = runs.RunFolder(tmp_path / "a" / f"fold{fold}", {})
        folder.start({})
        folder.finish({"status": status, "test_accuracy": accuracy})
    found = {row["template"]: row for row in study.rows(False, tmp_path)}
    assert (found["a"]["esc50_accuracy_percent"], found["a"]["num_folds"]) == (62.5, 2)
    assert (found["b"]["esc50_accuracy_percent"], found["b"]["num_folds"]) == (None, 0)


def test_rows_are_printed(capsys):
    assert study.main(["study", "--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["template"] for row in rows] == ["base", "a", "b", "c", "d", "e"]
    assert rows[3]["published_params_millions"] == 3.5
    assert rows[0]["published_inference_ms"] == 5.47


@pytest.mark.parametrize("argument", ["extra", "--results_dir=/absent", "--unknown"])
def test_wrong_usage_is_exit_status_2(argument, capsys):
    assert study.main(["study", argument]) == 2
    assert capsys.readouterr().out == ""

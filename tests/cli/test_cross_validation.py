"""The table of a cross-validation."""

import json

import pytest

from nasbench_templates.cli import cross_validation
from nasbench_templates.support.errors import ConfigError


def result(test_accuracy, status="finished"):
    return {
        "status": status,
        "val_accuracy": None,
        "test_accuracy": test_accuracy,
        "train_seconds": 2.0,
    }


def test_table_ends_with_mean_and_sample_deviation(capsys):
    scores = {1: 0.5, 2: 0.6, 3: 0.7}
    status = cross_validation.run("x", (1, 2, 3), lambda fold: (0, result(scores[fold])), "table")
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0].split() == ["fold", "status", "val_accuracy", "test_accuracy", "train_seconds"]
    assert lines[2].split() == ["1", "finished", "-", "0.5000", "2.0000"]
    # The deviations -0.1, 0 and 0.1 have the sample variance 0.02 / 2.
    assert lines[-1].split() == [
        *("mean", "3", "folds", "-", "0.6000", "±", "0.1000", "2.0000", "±", "0.0000"),
    ]


def test_fold_that_does_not_finish_ends_it(capsys):
    outcomes = {1: (0, result(0.5)), 2: (143, result(None, "interrupted"))}
    assert cross_validation.run("x", (1, 2, 3), outcomes.__getitem__, "json") == 143
    rows = json.loads(capsys.readouterr().out)
    assert [(row["fold"], row["status"]) for row in rows] == [(1, "finished"), (2, "interrupted")]


def test_set_without_folds_is_refused():
    with pytest.raises(ConfigError, match="digits: expected a data set with folds"):
        cross_validation.run("digits", (), lambda fold: (0, result(1.0)), "table")

"""The table of a cross-validation."""

import json

from nasbench_templates.cli import cross_validation
from nasbench_templates.runs import events


def outcome(test_accuracy, status=events.FINISHED):
    result = {
        "status": status,
        "val_accuracy": None,
        "test_accuracy": test_accuracy,
        "train_seconds": 2.0,
    }
    return events.Outcome(None, status, result=result)


def test_table_ends_with_mean_and_sample_deviation(capsys):
    outcomes = [outcome(score) for score in (0.5, 0.6, 0.7)]
    cross_validation.print_rows((1, 2, 3), outcomes, "table")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["fold", "status", "val_accuracy", "test_accuracy", "train_seconds"]
    assert lines[2].split() == ["1", "finished", "-", "0.5000", "2.0000"]
    # The deviations -0.1, 0 and 0.1 have the sample variance 0.02 / 2.
    assert lines[-1].split() == [
        *("mean", "3", "folds", "-", "0.6000", "±", "0.1000", "2.0000", "±", "0.0000"),
    ]


def test_folds_that_did_not_begin_have_no_figures(capsys):
    skipped = events.Outcome(None, events.SKIPPED, reason="SIGTERM")
    outcomes = [outcome(0.5), outcome(None, events.INTERRUPTED), skipped]
    cross_validation.print_rows((1, 2, 3), outcomes, "json")
    rows = json.loads(capsys.readouterr().out)
    assert [(row["fold"], row["status"]) for row in rows] == [
        (1, "finished"), (2, "interrupted"), (3, "skipped"),
    ]  # fmt: skip
    assert rows[2]["test_accuracy"] is None

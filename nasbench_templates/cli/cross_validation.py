"""The table of a cross-validation: a row for each fold, and their mean."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.cli import output
from nasbench_templates.runs.events import Outcome

_SCORES = ("val_accuracy", "test_accuracy", "train_seconds")


def print_rows(folds: Sequence[int], outcomes: Sequence[Outcome], form: str) -> None:
    """Prints a row for each fold; those that did not begin or failed have no figures.

    Args:
        folds: numbers of the folds.
        outcomes: what became of each one's run.
        form: `"table"`, `"json"` or `"csv"`.
    """
    rows = [
        {"fold": fold, "status": outcome.status, **dict.fromkeys(_SCORES), **(outcome.result or {})}
        for fold, outcome in zip(folds, outcomes, strict=True)
    ]
    _print(rows, form)


def _print(rows: Sequence[Mapping[str, Any]], form: str) -> None:
    if form == "json":
        print(output.render_json(rows))
        return
    columns = ("fold", "status", *_SCORES)
    short = [{name: row[name] for name in columns} for row in rows]
    if form == "csv":
        print(output.render_csv(short))
        return
    print(output.render_table([*map(_texts, short), _summary(short)]))


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }


def _summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Returns means over the folds, with the sample standard deviation from three folds up."""
    cells = {"fold": "mean", "status": f"{len(rows)} folds"}
    for name in _SCORES:
        values = [row[name] for row in rows if row[name] is not None]
        text = f"{statistics.fmean(values):.4f}" if values else "-"
        deviation = f" ± {statistics.stdev(values):.4f}" if len(values) >= 3 else ""
        cells[name] = text + deviation
    return cells

"""One training for each fold of a data set, and the table of their results."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from nasbench_templates.cli import output
from nasbench_templates.support.errors import ConfigError

# Trains with a fold as the test split; returns exit status and result.
TrainFold = Callable[[int], tuple[int, Mapping[str, object]]]
_SCORES = ("val_accuracy", "test_accuracy", "train_seconds")


def run(name: str, folds: Sequence[int], train: TrainFold, form: str) -> int:
    """Trains on every fold and prints a row for each; returns the exit status.

    The first fold that does not finish ends it; folds that did are printed, and the same command
    goes on from there.

    Args:
        name: of the data set, for messages.
        folds: all of them.
        train: trains one.
        form: `"table"`, `"json"` or `"csv"`.

    Raises:
        ConfigError: the data set has no folds.
    """
    if not folds:
        raise ConfigError(f"{name}: expected a data set with folds for --fold=all, it has none")
    rows: list[dict[str, object]] = []
    status = 0
    for fold in folds:
        status, result = train(fold)
        rows.append({"fold": fold, **result})
        if status or result["status"] != "finished":
            break
    _print(rows, form)
    return status


def _print(rows: Sequence[Mapping[str, object]], form: str) -> None:
    if form == "json":
        print(output.render_json(rows))
        return
    columns = ("fold", "status", *_SCORES)
    short = [{name: row[name] for name in columns} for row in rows]
    if form == "csv":
        print(output.render_csv(short))
        return
    print(output.render_table([*map(_texts, short), _summary(short)]))


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    return {
        name: "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }


def _summary(rows: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Returns means over the folds, with the sample standard deviation from three folds up."""
    cells = {"fold": "mean", "status": f"{len(rows)} folds"}
    for name in _SCORES:
        values = [row[name] for row in rows if row[name] is not None]
        text = f"{statistics.fmean(values):.4f}" if values else "-"
        deviation = f" ± {statistics.stdev(values):.4f}" if len(values) >= 3 else ""
        cells[name] = text + deviation
    return cells

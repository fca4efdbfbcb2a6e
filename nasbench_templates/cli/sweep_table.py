"""What a sweep prints: its plan, how far it is, its runs."""

import json
import pathlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.cli.flags import running_flags
from nasbench_templates.cli.sweep_progress import duration
from nasbench_templates.runs import folders
from nasbench_templates.support import tables
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import folder, pace
from nasbench_templates.sweeps.folder import RunState
from nasbench_templates.sweeps.planning import PlannedRun, SweepPlan

if TYPE_CHECKING:
    import pandas

# Of the whole table, for people.
_SHOWN = (
    "dataset", "network", "template", "budget", "recipe", "seed", "status", "val_accuracy",
    "test_accuracy", "macs", "trainable_params", "train_seconds",
)  # fmt: skip
_MOST_ROWS = 40
_ORDER = (folders.FINISHED, folder.RUNNING, folders.FAILED, folders.INTERRUPTED, folder.WAITING)


def print_plan(plan: SweepPlan, root: pathlib.Path, flag_values: flags.FlagValues) -> None:
    """Prints the runs and what they take; trains two short ones where none tells the time.

    Args:
        plan: at least one run.
        root: the sweep's folder, whose finished runs tell the time.
        flag_values: parsed flags of the job.
    """
    rows = [_plan_row(run) for run in plan.runs]
    if flag_values.format == "json":
        print(output.render_json(rows))
        return
    if flag_values.format == "csv":
        print(output.render_csv(rows))
        return
    print(output.render_table([_shown(row) for row in rows[:_MOST_ROWS]], 6))
    if len(rows) > _MOST_ROWS:
        print(f"... and {len(rows) - _MOST_ROWS} more; --format=csv prints all")
    workers = running_flags.num_workers(flag_values, len(rows))
    memory = sorted((row["memory_bytes"] for row in rows), reverse=True)
    print(f"{len(rows)} runs, {plan.training_macs:.3e} MACs of training (forward and backward); "
          f"{sum(memory[:workers]) / 1e6:,.0f} MB at most for {workers} runs at a time (computed: "
          "values, gradients, optimizer, outputs of a batch)")  # fmt: skip
    if any(run.num_train is None for run in plan.runs):
        print(
            "MACs and time leave out data sets whose number of images is not known before reading"
        )
    print(_time(plan, root, workers))


def _time(plan: SweepPlan, root: pathlib.Path, workers: int) -> str:
    try:
        states: tuple[RunState, ...] = folder.states(root)
    except ConfigError:
        states = ()
    left = folder.left(plan.runs, states)
    if not left:
        return f"all {len(plan.runs)} are finished in {root}: nothing is left to train"
    known, source = pace.pace_of(states), "finished runs of this sweep"
    if known is None:
        known, source = pace.measured(left), "two short runs, measured now"
    workers = min(workers, len(left))
    seconds = pace.START_SECONDS + known.seconds([run.to_json() for run in left]) / workers
    whose = "all of them"
    if len(left) < len(plan.runs):
        whose = f"the {len(left)} left"
    return f"about {duration(seconds)} for {whose} with {workers} at a time (from {source})"


def _plan_row(run: PlannedRun) -> dict[str, Any]:
    design, spec = run.task.spec.design, run.task.spec
    return {
        "dataset": spec.data.name,
        "network": run.network,
        "template": design.template,
        "budget": run.budget,
        "recipe": run.recipe,
        "seed": spec.seed,
        "epochs": spec.config.epochs,
        "num_train": run.num_train,
        "filters": list(design.filters),
        "gap": design.gap,
        "macs": design.cost.macs,
        "trainable_params": design.cost.trainable_params,
        "training_macs": run.training_macs,
        "memory_bytes": run.memory_bytes,
    }


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        **{name: str(row[name]) for name in ("dataset", "network", "template", "budget", "recipe")},
        "filters": tables.short_list(row["filters"]),
        "seed": str(row["seed"]),
        "epochs": str(row["epochs"]),
        "gap": f"{row['gap']:+.4f}",
        "MMACs": f"{row['macs'] / 1e6:.2f}",
        "params": f"{row['trainable_params']:,}",
        "memory MB": f"{row['memory_bytes'] / 1e6:.1f}",
    }


def print_table(found: "pandas.DataFrame", form: str) -> None:
    """Prints the runs of a sweep; for people only the first of many, best first."""
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    if form == "json":
        print(json.dumps(rows, allow_nan=False) if not rows else output.render_json(rows))
    elif not rows:
        print("no run has begun")
    elif form == "csv":
        print(output.render_csv(rows))
    else:
        rows.sort(key=lambda row: -(row["val_accuracy"] or 0))
        shown = [{name: _cell(name, row[name]) for name in _SHOWN} for row in rows[:_MOST_ROWS]]
        print(output.render_table(shown, 7))
        if len(rows) > _MOST_ROWS:
            print(f"... and {len(rows) - _MOST_ROWS} more in table.csv and table.parquet")


def _cell(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if name.endswith("accuracy") else f"{value:.1f}"
    return f"{value:,}" if name in ("macs", "trainable_params") else str(value)


def print_status(states: Sequence[RunState], form: str) -> None:
    """Prints how far the runs of a sweep are."""
    counts = Counter(each.status for each in states)
    rows = [
        {
            "run": each.path.name,
            "status": each.status,
            "epochs": f"{each.epochs_done}/{each.epochs}",
            "val_accuracy": each.result.get("val_accuracy"),
            "reason": each.result.get("reason"),
        }
        for each in states
    ]
    if form == "json":
        print(output.render_json(rows))
        return
    if form == "csv":
        print(output.render_csv(rows))
        return
    said = ", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status])
    print(f"{len(states)} runs: {said}{_time_left(states, counts)}")
    for name, best in _best(states).items():
        accuracy = best.result["val_accuracy"]
        print(f"best on {name}: {accuracy:.4f} validation accuracy, {best.path.name}")
    shown = [row for row in rows if row["status"] in (folder.RUNNING, folders.FAILED)]
    if shown:
        cells = [{name: "-" if value is None else str(value) for name, value in row.items()}
                 for row in shown[:_MOST_ROWS]]  # fmt: skip
        print(output.render_table(cells, 5))


def _time_left(states: Sequence[RunState], counts: Mapping[str, int]) -> str:
    known = pace.pace_of(states)
    left = [each.planned for each in states if each.status != folders.FINISHED]
    if known is None or not left or not counts[folder.RUNNING]:
        return ""
    return f"; about {duration(known.seconds(left) / counts[folder.RUNNING])} left"


def _best(states: Sequence[RunState]) -> dict[str, RunState]:
    found: dict[str, RunState] = {}
    for each in states:
        accuracy = each.result.get("val_accuracy")
        is_usable = each.status == folders.FINISHED and accuracy is not None
        known = found.get(each.dataset)
        if is_usable and (known is None or accuracy > known.result["val_accuracy"]):
            found[each.dataset] = each
    return found

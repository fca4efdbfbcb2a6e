"""What a search found, for people: log lines, tables, and the files that `report` reads."""

import pathlib
import sys
from typing import Any

from absl import logging

from nasbench_templates.cli import output, study_script
from nasbench_templates.distribution_search.answer import FINISHED, SearchAnswer, Trial
from nasbench_templates.papers import outputs
from nasbench_templates.report import paired
from nasbench_templates.report.result_tables import Column, ResultTable
from nasbench_templates.support import files, tables

_COLUMNS = (
    Column("role", "role"),
    Column("template", "template"),
    Column("filters", "filters"),
    Column("macs", "MACs"),
    Column("gap_percent", "gap %", 2),
    Column("trainable_params", "params"),
    Column("val_accuracy_percent", "val acc %", 2),
    Column("test_accuracy_percent", "test acc %", 2, "test_accuracy_std", repeats="seeds"),
    Column("seeds", "seeds"),
    *paired.COLUMNS,
    Column("latency_ms", "ms, batch 1", 2),
)
_TRIAL_COLUMNS = (
    Column("trial", "trial"),
    Column("template", "template"),
    Column("status", "status"),
    Column("filters", "filters"),
    Column("macs", "MACs"),
    Column("gap_percent", "gap %", 2),
    Column("epochs", "epochs"),
    Column("val_accuracy_percent", "val acc %", 2),
    Column("reason", "remark"),
)


def log_answer(answer: SearchAnswer) -> None:
    """Logs how far a search is."""
    counts = ", ".join(f"{number} {status}" for status, number in answer.counts().items())
    logging.info("search: trials %s; %s", counts or "none", answer.statement)


def write(folder: pathlib.Path, answer: SearchAnswer) -> None:
    """Writes results.md, results.csv and results.json of a finished search into its folder.

    Raises:
        OSError: the folder cannot be written to.
    """
    if answer.status != FINISHED:
        return
    results = [
        dict(outcome.result)
        for contender in (answer.base, answer.winner)
        if contender is not None and contender.final is not None
        for outcome in contender.final.outcomes.values()
        if outcome.result is not None
    ]
    is_smoke = bool(answer.settings["smoke"])
    about = {
        "study": "search",
        "command": study_script.command_line(["nasbench-templates"], sys.argv[1:]),
        "scale": "smoke" if is_smoke else "as asked",
        "settings": {
            name: value
            for name, value in answer.settings.items()
            if value is not None and name not in ("training", "smoke")
        },
        **outputs.origin(results),
    }
    with files.kept_where_possible():
        outputs.write(folder, contenders(answer), about, trials(answer))


def contenders(answer: SearchAnswer) -> ResultTable:
    """Returns the table of winner and base, accuracies in percent."""
    base = {seed: 100 * value for seed, value in answer.base.tests().items()}
    rows = []
    for role, each in (("winner", answer.winner), ("base", answer.base)):
        if each is None:
            continue
        tests = {seed: 100 * value for seed, value in each.tests().items()}
        score = paired.summarise(tuple(tests.values()))
        rows.append(
            {
                "role": role,
                "template": each.design.template,
                "filters": " ".join(map(str, each.design.filters)),
                "macs": each.design.cost.macs,
                "gap_percent": 100 * each.design.gap,
                "trainable_params": each.design.cost.trainable_params,
                "val_accuracy_percent": _percent(each.val_accuracy),
                "test_accuracy_percent": score.mean,
                "test_accuracy_std": score.std,
                "seeds": score.count,
                **paired.difference_row(base if role == "winner" else None, tests),
                "latency_ms": None if each.final is None else each.final.latency_ms,
            }
        )
    return ResultTable(
        f"Search: {answer.settings['network']} on {answer.settings['dataset']}",
        _COLUMNS,
        tuple(rows),
        note=f"{answer.statement}. {_cost(answer)}. {paired.note()}",
    )


def trials(answer: SearchAnswer) -> ResultTable:
    """Returns the table of all proposals."""
    note = (
        "Validation accuracy after so many epochs, mean over the search seeds. same: a network "
        "that was tried before; excluded: none at this budget."
    )
    rows = tuple(_trial_row(each) for each in answer.trials)
    return ResultTable("Trials", _TRIAL_COLUMNS, rows, note=note)


def _trial_row(trial: Trial) -> dict[str, Any]:
    row = trial.to_json()
    filters, gap = row.pop("filters"), row.pop("gap")
    return {
        **row,
        "filters": None if filters is None else " ".join(map(str, filters)),
        "gap_percent": _percent(gap),
        "val_accuracy_percent": _percent(row.pop("val_accuracy")),
    }


def print_answer(form: str, answer: SearchAnswer) -> None:
    """Prints an answer in one of the forms of `--format`."""
    if form == "json":
        print(output.render_json([answer.to_json()]))
    elif form == "csv":
        print(output.render_csv(trials(answer).rows))
    else:
        if answer.trials:
            print(output.render_table([_shown(each) for each in answer.trials]))
            print()
        print(output.render_table([_contender_row(row) for row in contenders(answer).rows]))
        print(f"{answer.statement}\n{_cost(answer)}")


def _shown(trial: Trial) -> dict[str, str]:
    design = trial.design
    return {
        "trial": str(trial.number),
        "template": trial.template,
        "status": trial.status,
        "widths": "-" if design is None else tables.short_list(design.filters, at_most=7),
        "gap %": "-" if design is None else f"{100 * design.gap:+.2f}",
        "epochs": str(trial.epochs or "-"),
        "val %": _number(_percent(trial.val_accuracy)),
    }


def _contender_row(row: Any) -> dict[str, str]:
    spread = "" if row["test_accuracy_std"] is None else f" +- {row['test_accuracy_std']:.2f}"
    return {
        "role": row["role"],
        "template": row["template"],
        "MMACs": f"{row['macs'] / 1e6:.2f}",
        "gap %": f"{row['gap_percent']:+.2f}",
        "params": f"{row['trainable_params']:,}",
        "val %": _number(row["val_accuracy_percent"]),
        "test %": _number(row["test_accuracy_percent"]) + spread,
        "inference ms": _number(row["latency_ms"]),
    }


def _cost(answer: SearchAnswer) -> str:
    effort, final = answer.search_effort, answer.final_effort
    return (
        f"Search: {effort.runs} runs, {effort.epochs} epochs, {effort.train_seconds:.0f} s of "
        f"training steps, {effort.macs / 1e12:.2f} tera MACs (a step as three forward passes); "
        f"comparison: {final.runs} runs, {final.train_seconds:.0f} s, {final.macs / 1e12:.2f} tera "
        f"MACs; {answer.wall_seconds:.0f} s in all by the clock"
    )


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"

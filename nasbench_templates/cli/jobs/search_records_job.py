r"""Compare search strategies on benchmark records, by the protocol of the benchmark's notebook.

Random search (`random`), regularised evolution (`evolution`) and local search (`local`) ask the
records instead of training: each query draws one of the cell's repeats and is charged with its
training time, the incumbent is chosen by validation accuracy, and a run ends when its simulated
time is spent. Evolution has a population of 50 and tournaments of 10; a child has each edge flipped
with 1/7 and each operation exchanged with 1/5.

Regret is the best mean test accuracy of the records less the incumbent's; where test accuracies are
missing, validation takes their place. Printed are mean, median and quartiles of it at the end, and
what a run did on average: distinct cells, children isomorphic to a cell that it knew, children
outside the records (skipped), draws that were no cell. --output and --plot have the curves.

With --minimize=trainable_params or macs it looks for the cheapest pair of cell and template among
the cells whose record reaches --least_accuracy. The cost is that of the matched network; no record
says how accurate a cell is under a template.

Try:
  nasbench-templates search_records --records=nasbench_only108.tfrecord --plot=regret.svg
  nasbench-templates search_records --records=nasbench101_val_25001.csv.gz --runs=100 \
      --repeated_cells=free --output=curves.csv
  nasbench-templates search_records --records=nasbench101_val_25001.csv.gz \
      --minimize=trainable_params --least_accuracy=0.94 --templates=base,a,b,c,d,e
"""

import dataclasses
import json
import pathlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags, logging

from nasbench_templates.benchmark_records.record108 import EPOCHS
from nasbench_templates.cli import output, progress
from nasbench_templates.cli.flags import match_flags, path_flags
from nasbench_templates.distributions.template import BASE
from nasbench_templates.space import search_curves, search_objective, search_table
from nasbench_templates.space.record_search import SearchSettings
from nasbench_templates.space.search_curves import RecordSearch
from nasbench_templates.space.search_objective import ACCURACY, COSTS
from nasbench_templates.support import files, tables
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    defaults = SearchSettings()
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_list(
        "strategies", ["random", "evolution", "local"], "in the order of the table",
        flag_values=flag_values,
    )  # fmt: skip
    for name, default, text in (
        ("runs", defaults.runs, "independent repetitions of each strategy"),
        ("epochs", EPOCHS, "budget of the records' runs (the benchmark has 4, 12, 36 and 108)"),
        ("population", defaults.population, "members of evolution"),
        ("tournament", defaults.tournament, "of which so many compete"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_float(
        "simulated_seconds", defaults.simulated_seconds, "training time that a run may spend",
        lower_bound=0.0, flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_enum(
        "repeated_cells",
        "charged",
        ["charged", "free"],
        "a cell that a run asked for before is trained and charged again, with another of its "
        "repeats, as in the notebook; or its first answer is remembered and costs nothing",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "minimize", None, list(COSTS), "look for the lowest cost instead of the highest accuracy",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_float(
        "least_accuracy", None, "validation accuracy that --minimize asks of a cell's record, 0..1",
        lower_bound=0.0, upper_bound=1.0, flag_values=flag_values,
    )  # fmt: skip
    match_flags.define_templates_flag(flag_values)
    flag_values["templates"].default = [BASE]
    flag_values["templates"].value = [BASE]
    flags.DEFINE_integer("seed", 0, "of all draws", lower_bound=0, flag_values=flag_values)
    flags.DEFINE_string(
        "output", None, "CSV file for the curves: mean, median and quartiles of the regret over "
        "simulated time", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "plot", None, "file for a picture of the curves, e.g. regret.svg", flag_values=flag_values
    )
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Searches and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    paths = path_flags.record_paths(flag_values)
    if len(paths) != 1:
        raise ConfigError(f"expected one source in --records=..., received {len(paths)}")
    settings = SearchSettings(
        runs=flag_values.runs,
        simulated_seconds=flag_values.simulated_seconds,
        population=flag_values.population,
        tournament=flag_values.tournament,
        charges_repeats=flag_values.repeated_cells == "charged",
        seed=flag_values.seed,
    )
    templates = match_flags.template_names(flag_values)
    _check_files(flag_values)
    progress.start_logging()
    from nasbench_templates.benchmark_records import conversion

    store = conversion.open_records(paths[0], shows_progress=True)
    table = search_table.read_table(store, flag_values.epochs)
    logging.info("%s", table.description)
    if table.left_out:
        logging.info(
            "%d cells lack a graph, an accuracy or a time and are left out", table.left_out
        )
    objective = search_objective.make_objective(
        table, flag_values.minimize or ACCURACY, templates, flag_values.least_accuracy
    )
    total = settings.simulated_seconds * settings.runs * len(flag_values.strategies)
    start = time.monotonic()
    with progress.bar(total=round(total), unit="s") as bar:
        found = search_curves.compare_strategies(
            objective, table, flag_values.strategies, settings, bar.update
        )
    seconds = time.monotonic() - start
    evaluations = sum(int(outcome.evaluations.sum()) for outcome in found.outcomes)
    logging.info("%d queries in %.1f s, %.0f a second", evaluations, seconds, evaluations / seconds)
    _write(flag_values, found)
    _print(flag_values, found)
    return 0


def _check_files(flag_values: flags.FlagValues) -> None:
    if flag_values.output is not None:
        path_flags.output_file(flag_values)
    if flag_values.plot is not None:
        from nasbench_templates.report import plots

        plots.check_format(flag_values.plot)
        files.check_writable(pathlib.Path(flag_values.plot).parent)


def _write(flag_values: flags.FlagValues, found: RecordSearch) -> None:
    points = found.curves()
    if flag_values.output is not None:
        with files.replacing_text(pathlib.Path(flag_values.output)) as file:
            keys = search_curves.CurvePoint._fields
            file.write(tables.csv_text(keys, (point._asdict() for point in points)))
    if flag_values.plot is not None:
        from nasbench_templates.report import search_plots

        search_plots.plot_regret(points, found.unit, found.description, flag_values.plot)


def _print(flag_values: flags.FlagValues, found: RecordSearch) -> None:
    rows = [summary._asdict() for summary in found.summaries()]
    if flag_values.format == "json":
        content = {
            "description": found.description,
            "regret": found.unit,
            "settings": dataclasses.asdict(found.settings),
            "strategies": rows,
        }
        print(json.dumps(content, indent=1, allow_nan=False))
    elif flag_values.format == "csv":
        print(output.render_csv(rows))
    else:
        print(output.render_table([_table_row(row) for row in rows], num_text_columns=1))
        for row in rows:
            print(_best_line(row))
        charged = "charged" if found.settings.charges_repeats else "free"
        print(
            f"regret in {found.unit} after {found.settings.simulated_seconds:g} simulated seconds; "
            f"repeated cells {charged}; counts are means of a run"
        )


def _best_line(row: Mapping[str, Any]) -> str:
    if row["best_hash"] is None:
        return f"{row['strategy']}: no run heard an answer"
    template = "" if row["best_template"] == BASE else f" under template {row['best_template']}"
    return (
        f"{row['strategy']}: best cell of all runs {row['best_hash']}{template}, mean accuracy of "
        f"its record {row['best_accuracy']:.6f}"
    )


def _table_row(row: dict[str, object]) -> dict[str, str]:
    return {
        name: f"{value:.6f}" if name in ("mean", "median", "q25", "q75") else
        f"{value:,.1f}" if isinstance(value, float) else str(value)
        for name, value in row.items() if not name.startswith("best_")
    }  # fmt: skip

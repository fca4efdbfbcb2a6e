r"""Compare own training results with benchmark records, cell by cell and in their ranking.

--results names folders that evaluate wrote (their finished runs under the template base) or other
tables of cells, for example EC-NAS's or your own with module_hash, epochs and accuracies (see
docs/records.md); runs of a cell in several of them are its seeds. --records
are the benchmark's, as for query; of several sources the first that has a cell counts. Cells are
matched by their module hash.

Of every cell that both hold: our accuracy (mean over the seeds, with the standard deviation from
three on), the record's repeats at --budget, the difference of the means, and whether the numbers of
trainable parameters are equal; if they are not, another network was trained.

Over all cells: Spearman's rho and Kendall's tau-b of the mean accuracies, with 95 % intervals from
a bootstrap that draws cells with replacement, and the mean absolute difference. One or two cells
have no rank correlation, and neither have accuracies that are all equal; that is then said.

Where our runs and the records have different numbers of epochs, data sets, image sizes or networks
around the cells, warnings say so; tables of your own (CSV, JSON lines) do not tell, except by their
numbers of parameters. A row that stands twice is named and counted once.

JSON is one object with `cells`, `summary` and the budgets. As table the summary follows the cells;
as CSV it goes to standard error.

Try:
  nasbench-templates compare --results=results/mine --records=nasbench.records --plot=mine.svg
  nasbench-templates compare --results=ec_nas_4v5v_4epochs.csv.gz --budget=4 \
      --records=nasbench101_val_25001.csv.gz
"""

import json
import pathlib
from collections.abc import Sequence

from absl import flags, logging

from nasbench_templates.benchmark_records.record108 import EPOCHS
from nasbench_templates.cli import output, progress
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.report import comparison
from nasbench_templates.report.rank_correlation import LEAST_COUNT, Correlation
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_list(
        "results", [], "folders or tables with our own measurements of cells",
        flag_values=flag_values,
    )  # fmt: skip
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_integer(
        "budget", EPOCHS, "epochs of the records' runs (the benchmark has 4, 12, 36 and 108)",
        lower_bound=1, flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "results_budget",
        None,
        "epochs of our runs (default: what they have; of several, --budget)",
        lower_bound=1,
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "split", "validation", list(comparison.SPLITS), "whose accuracy", flag_values=flag_values
    )
    flags.DEFINE_integer(
        "bootstrap", 2000, "resamples of the cells for the intervals; 0: none", lower_bound=0,
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer("seed", 0, "of the bootstrap", lower_bound=0, flag_values=flag_values)
    flags.DEFINE_string(
        "plot", None, "file for a scatter plot, e.g. accuracies.svg", flag_values=flag_values
    )
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Compares and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    paths = path_flags.existing_paths("results", flag_values.results)
    record_paths = path_flags.record_paths(flag_values)
    for name, given in (("results", paths), ("records", record_paths)):
        if not given:
            raise ConfigError(f"expected --{name}=..., received none")
    if flag_values.plot == "":
        raise ConfigError("expected a file for --plot, received an empty text")
    if flag_values.plot is not None:
        files.check_writable(pathlib.Path(flag_values.plot).parent)
    progress.start_logging()
    from nasbench_templates.benchmark_records import lookup

    # Each by itself: runs of one cell in several folders are its seeds.
    ours = comparison.join({path: lookup.read_cells([path]) for path in paths})
    known = lookup.read_cells(record_paths, ours.keys())
    budget = flag_values.budget
    our_budget = flag_values.results_budget or comparison.only_budget(ours, budget)
    pairs = comparison.pair(
        ours, known, our_budget=our_budget, record_budget=budget, split=flag_values.split
    )
    _warn_of_settings(paths, record_paths)
    if our_budget != budget:
        logging.warning("our runs have %d epochs, the records' %d: their accuracies differ for "
                        "that alone; --budget chooses the records'", our_budget,
                        budget)  # fmt: skip
    logging.info("%d of %d cells of the results have a record", len(pairs), len(ours))
    summary = _summarize(flag_values, pairs)
    if flag_values.plot is not None:
        _plot(flag_values, pairs, our_budget)
    _print(flag_values, pairs, summary, our_budget)
    return 0


def _warn_of_settings(paths: Sequence[str], record_paths: Sequence[str]) -> None:
    """Says what else than the cells differs, as far as the sources tell."""
    from nasbench_templates.benchmark_records import lookup

    if len(record_paths) > 1:
        logging.info("of several records the first that has a cell counts, in this order: %s",
                     ", ".join(record_paths))  # fmt: skip
    known = {path: lookup.settings_of(path) for path in (*paths, *record_paths)}
    for path in paths:
        for record_path in record_paths:
            for ours in known[path]:
                for theirs in known[record_path]:
                    for difference in ours.differences(theirs):
                        logging.warning("%s beside %s: %s; their accuracies differ for that alone",
                                        path, record_path, difference)  # fmt: skip


def _summarize(
    flag_values: flags.FlagValues, pairs: Sequence[comparison.CellComparison]
) -> comparison.Summary:
    import tqdm

    # disable=None: shown on a terminal only.
    with tqdm.tqdm(
        total=flag_values.bootstrap, unit="resample", dynamic_ncols=True, disable=None, leave=False
    ) as bar:
        return comparison.summarize(
            pairs,
            num_resamples=flag_values.bootstrap,
            seed=flag_values.seed,
            on_resample=bar.update,
        )


def _plot(
    flag_values: flags.FlagValues, pairs: Sequence[comparison.CellComparison], our_budget: int
) -> None:
    from nasbench_templates.report import plots

    path = pathlib.Path(flag_values.plot)
    with files.replacing(path) as partial:
        plots.plot_accuracies(
            [comparison.mean_of(each.record) for each in pairs],
            [comparison.mean_of(each.ours) for each in pairs],
            f"records' {flag_values.split} accuracy, {flag_values.budget} epochs",
            f"our {flag_values.split} accuracy, {our_budget} epochs",
            str(partial),
        )


def _print(
    flag_values: flags.FlagValues,
    pairs: Sequence[comparison.CellComparison],
    summary: comparison.Summary,
    our_budget: int,
) -> None:
    rows = [each.to_json() for each in pairs]
    if flag_values.format == "json":
        content = {
            "split": flag_values.split,
            "budget": flag_values.budget,
            "results_budget": our_budget,
            "summary": summary.to_json(),
            "cells": rows,
        }
        print(json.dumps(content, indent=1, allow_nan=False))
    elif flag_values.format == "csv":
        print(output.render_csv([_csv_row(row) for row in rows]))
        for line in _summary_lines(summary):
            logging.info("%s", line)
    else:
        print(output.render_table([_table_row(each) for each in pairs]))
        print("\n" + "\n".join(_summary_lines(summary)))


def _csv_row(row: dict[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{key}": part for key, part in value.items()}
        else:
            flat[name] = value
    return flat


def _table_row(each: comparison.CellComparison) -> dict[str, str]:
    equal = {True: "equal", False: "DIFFERENT", None: "-"}[each.has_equal_params]
    std = "" if each.ours.std is None else f" +- {100 * each.ours.std:.2f}"
    return {
        "module_hash": each.module_hash,
        "trainable params": equal,
        "ours %": f"{100 * comparison.mean_of(each.ours):.2f}{std}",
        "seeds": str(len(each.ours.values)),
        "record %": ", ".join(
            f"{100 * value:.2f}" for value in each.record.values if value is not None
        ),
        "difference": f"{100 * each.difference:+.2f}",
    }


def _summary_lines(summary: comparison.Summary) -> list[str]:
    ranks = summary.ranks
    lines = [
        f"cells in common: {ranks.count}",
        f"mean absolute difference: {100 * summary.mean_absolute_difference:.2f} percentage "
        f"points; mean difference (ours - record): {100 * summary.mean_difference:+.2f}",
    ]
    if ranks.spearman.value is None:
        why = (
            f"expected at least {LEAST_COUNT} cells"
            if ranks.count < LEAST_COUNT
            else "all accuracies of one side are equal"
        )
        lines.append(f"no rank correlation: {why}")
    else:
        lines += [
            _correlation("Spearman's rho", ranks.spearman, ranks.level),
            _correlation("Kendall's tau-b", ranks.kendall, ranks.level),
        ]
    if summary.num_different_params:
        lines.append(
            f"{summary.num_different_params} cells differ in trainable parameters: "
            "other networks were trained"
        )
    return lines


def _correlation(name: str, correlation: Correlation, level: float) -> str:
    interval = (
        ""
        if correlation.low is None
        else f" ({level:.0%} interval {correlation.low:.4f} to {correlation.high:.4f})"
    )
    return f"{name}: {correlation.value:.4f}{interval}"

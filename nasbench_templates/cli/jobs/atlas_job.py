"""Match templates to every cell of the benchmark's search space and write one Parquet file.

For each cell and template the file has the widths of the stacks, the largest of them, the exact
cost and the gap to the budget, as `match` would print them for the cell in its canonical order. Of
a template that no network fits, the row holds nulls. All cores work; a stopped command goes on
where it was, and a finished file of the same settings is only read.

Standard output has a summary: for each template the spread of peaks, gaps and parameters over the
cells. --view=pareto shows the recorded cells that no other one beats in validation accuracy with
fewer parameters, and how far each template moves their parameters.

Try:
  nasbench-templates atlas --output=atlas.parquet
  nasbench-templates atlas --templates=base,d --budget=0.5x --max_vertices=5 --output=half.parquet
  nasbench-templates atlas --output=atlas.parquet --view=pareto --records=RECORDS --plot=pareto.svg
"""

import pathlib
from collections.abc import Sequence

from absl import flags, logging

from nasbench_templates.cli import design_table, output, progress
from nasbench_templates.cli.flags import (
    match_flags,
    network_flags,
    number_flags,
    option_flags,
    path_flags,
    space_flags,
)
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distributions import template as distributions
from nasbench_templates.distributions.template import BASE
from nasbench_templates.graph.cost import TOTAL_FILTERS, quantity_field
from nasbench_templates.space import atlas, atlas_views
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string("output", None, "Parquet file to write", flag_values=flag_values)
    space_flags.define_space_flags(flag_values)
    match_flags.define_templates_flag(flag_values)
    match_flags.define_match_flags(flag_values)
    network_flags.define_cell_option_flags(flag_values, "slots", "order")
    network_flags.define_input_flags(flag_values)
    flags.DEFINE_enum(
        "view",
        "summary",
        ["summary", "pareto"],
        "what is printed: the spread of every template, or the Pareto front of the base",
        flag_values=flag_values,
    )
    flags.DEFINE_list(
        "records",
        [],
        "files or folders with benchmark records, for --view=pareto",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "plot",
        None,
        "file for a picture of the Pareto front (.png, .pdf, .svg)",
        flag_values=flag_values,
    )
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Writes what is missing and prints the view; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    settings = _settings(flag_values)
    _check_view(flag_values, settings)
    progress.start_logging()
    path = path_flags.output_file(flag_values)
    description = atlas.read_description(path)
    if description is not None and description.settings == settings.to_json():
        logging.info("%s is finished, nothing to do", path)
    else:
        if description is not None:
            logging.info("%s has other settings and is replaced", path)
        description = _write(settings, path, space_flags.num_processes(flag_values))
    for template, problems in description.without_network.items():
        for reason, count in problems.items():
            logging.warning("template %s: %d cells without a network: %s", template, count, reason)
    if flag_values.view == "pareto":
        _show_pareto(flag_values, path, description)
    else:
        _show_summary(flag_values, path, description)
    return 0


def _settings(flag_values: flags.FlagValues) -> atlas.AtlasSettings:
    network = NetworkSettings(
        network_flags.CELL_MODEL,
        number_flags.image_shape("input_shape", flag_values.input_shape),
        flag_values.num_classes,
        option_flags.given_options(flag_values),
    )
    return atlas.AtlasSettings(
        match_flags.template_names(flag_values),
        network,
        match_flags.match_settings(flag_values),
        flag_values.max_vertices,
    )


def _check_view(flag_values: flags.FlagValues, settings: atlas.AtlasSettings) -> None:
    if flag_values.view == "pareto":
        atlas_views.check_has_base(settings.templates)
        path_flags.record_paths(flag_values)
        if not flag_values.records:
            raise ConfigError("--view=pareto: expected --records=FILE, received none")
    elif flag_values.records or flag_values.plot is not None:
        raise ConfigError("--records and --plot: expected --view=pareto with them")
    if flag_values.plot is not None:
        from nasbench_templates.report import plots

        plots.check_format(flag_values.plot)


def _write(settings: atlas.AtlasSettings, path: pathlib.Path, processes: int) -> atlas.Description:
    with progress.bar(total=0, unit="cell") as bar:
        description = atlas.write(
            settings, path, processes=processes, on_start=bar.reset, on_cells=bar.update
        )
    logging.info("wrote %s: %d cells under %d templates", path, description.cells,
                 len(settings.templates))  # fmt: skip
    return description


def _show_summary(
    flag_values: flags.FlagValues, path: pathlib.Path, description: atlas.Description
) -> None:
    rows = atlas_views.summarize(path, description)
    match_on = match_flags.match_settings(flag_values).match_on
    quantities = {
        row.template: TOTAL_FILTERS if distributions.keeps_total(row.template) else match_on
        for row in rows
    }
    if flag_values.format == "table":
        first = rows[0].template
        print(
            output.render_table(
                [
                    {
                        "template": distributions.title(row.template),
                        "cells": f"{row.cells:,}",
                        "peak": _triple(row.peak, 1, ",.0f"),
                        **design_table.gaps(
                            _triple(row.gap, 100, "+.2f"),
                            quantities[row.template],
                            quantities.values(),
                        ),
                        f"trainable params, % of {first}": _triple(row.params_ratio, 100, ".1f"),
                    }
                    for row in rows
                ],
                least_important=("peak",),
            )
        )
        print("(smallest / median / largest over the cells)")
        return
    keys = ("smallest", "median", "largest")
    _print_rows(
        flag_values,
        [
            {
                "template": row.template,
                "template_name": distributions.word(row.template),
                "gap_quantity": quantity_field(quantities[row.template]),
                "cells": row.cells,
                "without_network": sum(row.without_network.values()),
                **{
                    f"{key}_{name}": value
                    for name in ("peak", "gap", "params_ratio")
                    for key, value in zip(keys, getattr(row, name) or (None,) * 3, strict=True)
                },
            }
            for row in rows
        ],
    )


def _triple(values: tuple[float, float, float] | None, factor: float, form: str) -> str:
    return " / ".join(f"{factor * value:{form}}" for value in values) if values else "-"


def _show_pareto(
    flag_values: flags.FlagValues, path: pathlib.Path, description: atlas.Description
) -> None:
    from nasbench_templates.benchmark_records import lookup

    accuracies = {
        record.module_hash: record.validation_accuracy
        for record in lookup.read_records(flag_values.records)
    }
    view = atlas_views.find_pareto(path, description, accuracies)
    logging.info("%d of %d cells have a record, %d are on the front", len(view.params),
                 description.cells, len(view.front))  # fmt: skip
    if flag_values.plot is not None:
        _plot(view, description, flag_values.plot)
    if flag_values.format == "table":
        print(output.render_table([_pareto_row(cell) for cell in view.front]))
        return
    _print_rows(
        flag_values,
        [
            {
                "hash": cell.module_hash,
                "validation_accuracy": cell.validation_accuracy,
                "repeats": cell.repeats,
                **{f"trainable_params_{name}": count for name, count in cell.params.items()},
            }
            for cell in view.front
        ],
    )


def _pareto_row(cell: atlas_views.ParetoCell) -> dict[str, str]:
    base = cell.params[BASE]
    moved = {
        f"{distributions.title(name)}, % of {BASE}": "-"
        if count is None or not base
        else f"{100 * count / base:.1f}"
        for name, count in cell.params.items()
        if name != BASE
    }
    return {
        "hash": cell.module_hash,
        "val. accuracy %": f"{100 * cell.validation_accuracy:.2f}",
        "repeats": str(cell.repeats),
        f"trainable params {BASE}": f"{base:,}",
        **moved,
    }


def _plot(view: atlas_views.ParetoView, description: atlas.Description, path: str) -> None:
    from nasbench_templates.report import plots

    plots.plot_pareto(
        (view.params.tolist(), view.validation_accuracy.tolist()),
        (
            [_params(cell, BASE) for cell in view.front],
            [cell.validation_accuracy for cell in view.front],
        ),
        {
            name: [_params(cell, name) for cell in view.front]
            for name in description.templates
            if name != BASE
        },
        path,
    )  # fmt: skip


def _print_rows(flag_values: flags.FlagValues, rows: Sequence[output.Row]) -> None:
    print(output.render_json(rows) if flag_values.format == "json" else output.render_csv(rows))


def _params(cell: atlas_views.ParetoCell, template: str) -> float:
    count = cell.params[template]
    return float("nan") if count is None else count

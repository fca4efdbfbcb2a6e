"""Match templates to a network's cost and print the distributions.

Takes a registered architecture, a NAS-Bench-101 cell or a Keras model, fills its slots by each
template so that the cost is the base's (or another budget), and prints a row for each template.
Nothing is trained.

Try:
  nasbench-templates match --model=vgg19
  nasbench-templates match --cell=best --templates=base,a,d --match_on=macs --format=json
  nasbench-templates match --model=vgg19 --match_input_shape=224,224,3 --match_num_classes=1000
  nasbench-templates match --cells=cells.jsonl --records=nasbench.records --format=csv
  nasbench-templates match --cell=resnet --budget=0.5x --plot=widths.png
  nasbench-templates match --model=applications:MobileNetV2 --match_on=macs --match_rule=closest
"""

from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import design_table, output
from nasbench_templates.cli.flags import (
    match_flags,
    network_flags,
    number_flags,
    option_flags,
    path_flags,
)
from nasbench_templates.design import scaled_base
from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.networks.architecture import parse_options
from nasbench_templates.support.errors import ConfigError

# Of lists of cells alone.
_LIST_FORMS = ("latex", "markdown", "parquet")


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    network_flags.define_input_flags(flag_values)
    match_flags.define_templates_flag(flag_values)
    match_flags.define_match_flags(flag_values)
    output.define_format_flag(flag_values, *_LIST_FORMS)
    flags.DEFINE_string(
        "cells",
        None,
        "file with a cell a line, - is standard input: JSON as for --cell, a module hash that "
        "--records contains, or a cell's name; accuracies of --records stand beside",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "output",
        None,
        "file for the rows of --cells (default: standard output; parquet needs one)",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "plot", None, "file for a picture of the widths (.png, .pdf, .svg)", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Matches and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if flag_values.cells is not None:
        return _match_cells(flag_values)
    if flag_values.output is not None or flag_values.format in _LIST_FORMS:
        raise ConfigError(
            f"--output and --format={'|'.join(_LIST_FORMS)}: expected --cells=FILE with them"
        )
    network = network_flags.asked_network(flag_values)
    names = match_flags.template_names(flag_values)
    rows = plan(network, names, match_flags.match_settings(flag_values))
    if flag_values.plot is not None:
        from nasbench_templates.report import plots

        plots.plot_widths(_drawn(rows), flag_values.plot)
    design_table.print_plan(flag_values.format, rows)
    return 0


def _match_cells(flag_values: flags.FlagValues) -> int:
    """Matches a list of cells and prints or writes a row for each cell and template."""
    for name in ("model", "cell", "plot"):
        if flag_values[name].value is not None:
            raise ConfigError(f"--cells: expected no --{name} beside it")
    path = None if flag_values.output is None else path_flags.output_file(flag_values)
    form = output.form(flag_values)
    if path is None and form == "parquet":
        raise ConfigError("--format=parquet: expected a file, --output=..., received none")
    # With NumPy, which a single match needs not.
    from nasbench_templates.cli import cells_table
    from nasbench_templates.space import cell_matching

    network = NetworkSettings(
        network_flags.CELL_MODEL,
        number_flags.image_shape("input_shape", flag_values.input_shape),
        flag_values.num_classes,
        option_flags.given_options(flag_values)
        | parse_options(network_flags.CELL_MODEL, flag_values.model_options),
    )
    records = path_flags.record_paths(flag_values)
    names, settings = (
        match_flags.template_names(flag_values),
        match_flags.match_settings(flag_values),
    )
    cells = cells_table.read(flag_values.cells, records)
    rows = cell_matching.match_cells(cells, names, network, settings)
    cells_table.write(cell_matching.table(cells, rows, records), form, path)
    return 0


def _drawn(rows: Sequence[Design]) -> dict[str, Sequence[int]]:
    """Returns the widths to draw: at another budget the base stands beside them at that budget."""
    drawn: dict[str, Sequence[int]] = {}
    for row in rows:
        if row.template == BASE and scaled_base.has_other_budget(row):
            drawn[f"{BASE} scaled to the budget"] = scaled_base.scaled_filters(row)
        else:
            drawn[row.template_title] = row.filters
    return drawn

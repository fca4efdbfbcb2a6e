"""Match templates to a network's cost and print the distributions.

Takes a registered architecture, a NAS-Bench-101 cell or a Keras model, fills its slots by each
template so that the cost is the base's (or another budget), and prints a row for each template.
Nothing is trained.

Try:
  nasbench-templates match --model=vgg19
  nasbench-templates match --cell=best --templates=base,a,d --match_on=macs --format=json
  nasbench-templates match --model=vgg19 --match_input_shape=224,224,3 --match_num_classes=1000
  nasbench-templates match --cell=resnet --budget=0.5x --plot=widths.png
  nasbench-templates match --model=applications:MobileNetV2 --match_on=macs --match_rule=closest
"""

from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import design_table, output
from nasbench_templates.cli.flags import match_flags, network_flags
from nasbench_templates.design import scaled_base
from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan
from nasbench_templates.distributions.template import BASE
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    network_flags.define_input_flags(flag_values)
    match_flags.define_templates_flag(flag_values)
    match_flags.define_match_flags(flag_values)
    output.define_format_flag(flag_values)
    flags.DEFINE_string(
        "plot", None, "file for a picture of the widths (.png, .pdf, .svg)", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Matches and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    network = network_flags.asked_network(flag_values)
    names = match_flags.template_names(flag_values)
    rows = plan(network, names, match_flags.match_settings(flag_values))
    if flag_values.plot is not None:
        from nasbench_templates.report import plots

        plots.plot_widths(_drawn(rows), flag_values.plot)
    design_table.print_plan(flag_values.format, rows)
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

"""Give a Keras model another filter distribution at the same cost, and save it.

The result is an untrained plain Keras model of the same layers, which loads without this package.
Printed are the widths before and after, with the slot that each follows or the reason why it is
fixed, the cost, and how far the budget is missed.

Try:
  nasbench-templates retemplate --model=applications:ResNet50 --template=c --output=narrow.keras
  nasbench-templates retemplate --model=network.keras --template=b --budget=0.5x --divisor=8
  nasbench-templates retemplate --model=network.keras --template=d --slots=layer --keep=stem
"""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.cli.flags import keras_flags, match_flags, path_flags
from nasbench_templates.design.settings import Budget, MatchSettings
from nasbench_templates.distributions import template as distributions
from nasbench_templates.distributions.matching import MATCH_RULES
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    keras_flags.define_keras_model_flags(flag_values)
    keras_flags.define_import_flags(flag_values)
    texts = {
        "template": (None, "registered template (see: list templates)"),
        "output": (None, "file for the new model, NEW.keras; without it nothing is built"),
        "budget": ("1x", "a multiple of the model's own cost (0.5x) or an amount"),
        "plot": (None, "file for a picture of the widths (.png, .pdf, .svg)"),
    }
    for name, (default, text) in texts.items():
        flags.DEFINE_string(name, default, text, flag_values=flag_values)
    for name, default, choices, text in (
        ("match_on", "macs", match_flags.MATCHED_ON, "quantity to match"),
        ("match_rule", "closest", MATCH_RULES, match_flags.RULES_HELP),
        ("init", "new", ("new", "slice"), "new weights, or the leading filters of the model's own"),
    ):
        flags.DEFINE_enum(name, default, list(choices), text, flag_values=flag_values)
    for name, number, text in (
        ("n_min", None, "smallest width of a slot (default: the first one's, at most a quarter of "
         "the mean)"),
        ("divisor", 1, "every free width is a multiple of this"),
    ):  # fmt: skip
        flags.DEFINE_integer(name, number, text, lower_bound=1, flag_values=flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Matches, prints, and saves if asked to; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if not flag_values.template:
        raise ConfigError("expected --template=..., received none; see: list templates")
    source = keras_flags.model_source(flag_values)
    path = None
    if flag_values.output is not None:
        path = _output(flag_values)
    matching = MatchSettings(
        match_on=flag_values.match_on,
        rule=flag_values.match_rule,
        budget=Budget.parse(flag_values.budget),
        n_min=flag_values.n_min,
        divisor=flag_values.divisor,
    )
    from nasbench_templates.keras_io import api

    changed = api.plan_retemplate(
        source,
        flag_values.template,
        matching,
        keras_flags.import_settings(flag_values, flag_values.divisor),
        keras_flags.input_shapes(flag_values),
    )
    if path is not None:
        changed.build(flag_values.init).save(path)
    if flag_values.plot is not None:
        from nasbench_templates.report import plots

        rows = {"base": changed.base.filters, changed.design.template: changed.design.filters}
        plots.plot_widths(rows, flag_values.plot)
    _print(changed.to_json(), flag_values.format)
    return 0


def _output(flag_values: flags.FlagValues) -> pathlib.Path:
    path = pathlib.Path(flag_values.output)
    if path.suffix != ".keras":
        raise ConfigError(f"--output={path}: expected a name that ends in .keras")
    source = pathlib.Path(flag_values.model)
    if path.exists() and source.is_file() and path.samefile(source):
        raise ConfigError(f"--output={path}: expected another file than --model, which stays")
    return path_flags.output_file(flag_values)


def _print(content: dict[str, Any], form: str) -> None:
    if form == "json":
        print(json.dumps(content, indent=1, allow_nan=False))
        return
    slots = [{**slot, "layers": " ".join(slot["layers"])} for slot in content["slots"]]
    if form == "csv":
        print(output.render_csv(slots))
        return
    rows = [
        {
            "layer": slot["name"],
            "why": slot["reason"],
            "before": str(slot["before"]),
            "after": str(slot["after"]),
        }
        for slot in slots
    ]
    print(output.render_table(rows))
    print()
    print(
        output.render_pairs(
            {
                "template": distributions.title(content["template"]),
                "MACs": f"{content['macs_before']:,} -> {content['macs_after']:,} "
                f"({content['macs_percent_of_base']:.1f} % of the base's)",
                "params": f"{content['params_before']:,} -> {content['params_after']:,}",
                f"gap {content['gap_quantity']} %": f"{100 * content['gap']:+.3f}",
            }
        )
    )

"""List architectures, templates, cells, data sets, recipes and studies.

Try:
  nasbench-templates list
  nasbench-templates list cells
  nasbench-templates list templates --format=json
"""

import importlib
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.support.registry import Registry

# kind -> module and name of its registry
_KINDS = {
    "architectures": ("nasbench_templates.networks.architecture", "architectures"),
    "templates": ("nasbench_templates.distributions.template", "templates"),
    "cells": ("nasbench_templates.networks.named_cells", "named_cells"),
    "datasets": ("nasbench_templates.data.core.dataset", "datasets"),
    "recipes": ("nasbench_templates.training.recipes", "recipes"),
    "studies": ("nasbench_templates.papers.registered", "studies"),
}


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Prints the entries of the kinds asked for; returns 0."""
    kinds = arguments or list(_KINDS)
    rows = []
    for kind in kinds:
        if kind not in _KINDS:
            raise ConfigError(f"expected one of {', '.join(_KINDS)}, received {kind!r}")
        module, name = _KINDS[kind]
        registry: Registry = getattr(importlib.import_module(module), name)
        rows += [
            {"kind": kind, "name": entry, "description": registry.get(entry).description}
            for entry in registry
        ]
        rows += [
            {"kind": kind, "name": family.usage, "description": family.description}
            for family in registry.families
        ]
    if flag_values.format == "json":
        print(output.render_json(rows))
    elif flag_values.format == "csv":
        print(output.render_csv(rows))
    else:
        print(output.render_table(rows, num_text_columns=3))
    return 0

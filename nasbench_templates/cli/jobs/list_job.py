"""List architectures, templates, cells, data sets, recipes and studies.

Try:
  nasbench-templates list
  nasbench-templates list cells
  nasbench-templates list 'resnet*'
  nasbench-templates list networks 'mobile*' 'mnas*'
  nasbench-templates list templates --format=json
"""

import fnmatch
import importlib
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.distributions import template as distributions
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.support.registry import Registry

# What people also call them.
_ALSO = {"networks": "architectures", "models": "architectures", "data": "datasets"}
_PATTERN = frozenset("*?[")
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
    """Prints the entries of the kinds asked for, whose names match the patterns; returns 0."""
    patterns = [each for each in arguments if _PATTERN & set(each)]
    kinds = [_ALSO.get(each, each) for each in arguments if each not in patterns]
    for kind in kinds:
        if kind not in _KINDS:
            also = ", ".join((*_KINDS, *_ALSO))
            raise ConfigError(
                f"expected one of {also}, or a pattern such as 'resnet*', received {kind!r}"
            )
    rows = [
        row
        for kind in dict.fromkeys(kinds or _KINDS)
        for row in _entries(kind)
        if not patterns
        or any(fnmatch.fnmatch(row["name"].lower(), each.lower()) for each in patterns)
    ]
    if not rows:
        raise ConfigError(f"expected a name that matches {' or '.join(patterns)}, found none")
    if flag_values.format == "json":
        print(output.render_json(rows))
    elif flag_values.format == "csv":
        print(output.render_csv(rows))
    else:
        print(output.render_table([_shown(row) for row in rows], num_text_columns=3))
    return 0


def _entries(kind: str) -> list[dict[str, str]]:
    module, name = _KINDS[kind]
    registry: Registry = getattr(importlib.import_module(module), name)
    found = [(entry, registry.get(entry).description) for entry in registry]
    found += [(family.usage, family.description) for family in registry.families]
    return [{"kind": kind, "name": entry, "description": text} for entry, text in found]


def _shown(row: Mapping[str, str]) -> dict[str, str]:
    """Returns a row for people: templates with their words."""
    is_template = (
        row["kind"] == "templates" and row["name"] in distributions.templates.known_names()
    )
    return {**row, "name": distributions.title(row["name"]) if is_template else row["name"]}

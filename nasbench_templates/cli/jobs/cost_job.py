"""Count the operations and parameters of a network exactly, layer by layer.

MACs are products with weights, for one input; FLOPs are two for each. Rows sum to the totals: what
is shared multiplies at every call and is stored once, nested models are opened. Layers that no rule
counts are named, and nothing is guessed for them. The registered networks and cells are counted as
published, without loading Keras; their layers that count nothing have no row.

Try:
  nasbench-templates cost --model=vgg19
  nasbench-templates cost --cell=best --format=csv
  nasbench-templates cost --model=applications:ResNet50
  nasbench-templates cost --model=network.keras --format=json
  nasbench-templates cost --model=package.module:build --input_shape=224,224,3 --depth=1
"""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.cli.flags import keras_flags, network_flags
from nasbench_templates.networks import cost_rows
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    from nasbench_templates.measure.profiled_layers import Profiled
    from nasbench_templates.networks.cost_rows import ModelCost

_TABLES = {"table": "simple", "markdown": "github", "latex": "latex"}


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    network_flags.define_input_flags(flag_values)
    output.define_format_flag(flag_values, "markdown", "latex")
    flags.DEFINE_integer(
        "depth",
        None,
        "levels of nested models that have rows of their own, 1 for none (default: all)",
        lower_bound=1,
        flag_values=flag_values,
    )
    flags.DEFINE_bool(
        "profiler",
        False,
        "also count by TensorFlow's profiler, and name what it leaves out (builds the model's "
        "graph, which takes seconds)",
        flag_values=flag_values,
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Counts and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    is_ours = network_flags.names_registered(flag_values)
    counted, profiled = _registered(flag_values) if is_ours else _of_keras(flag_values)
    if flag_values.format == "json":
        content = counted.to_json()
        if profiled is not None:
            content |= profiled.to_json()
        print(json.dumps(content, indent=1, allow_nan=False))
    elif flag_values.format == "csv":
        print(output.render_csv([row.to_json() for row in counted.layers]))
    else:
        print(counted.to_table(_TABLES[flag_values.format]))
        if profiled is not None:
            print(f"\n{profiled}")
    if counted.uncounted:
        names = ", ".join(counted.uncounted)
        print(f"not counted, no rule for these layers: {names}", file=sys.stderr)
    return 0


def _registered(flag_values: flags.FlagValues) -> "tuple[ModelCost, None]":
    """Returns the cost of a registered network.

    Raises:
        ConfigError: flags that say something of Keras models only.
    """
    if flag_values.profiler or flag_values.depth is not None:
        raise ConfigError(
            "--profiler and --depth: expected a Keras model; for a registered network, profile "
            "counts by TensorFlow's profiler"
        )
    return cost_rows.graph_cost(network_flags.asked_network(flag_values).build()), None


def _of_keras(flag_values: flags.FlagValues) -> "tuple[ModelCost, Profiled | None]":
    """Returns the cost of a Keras model, and what the profiler says of it on request."""
    source = keras_flags.model_source(flag_values)
    shapes = keras_flags.input_shapes(flag_values) if flag_values["input_shape"].present else None
    from nasbench_templates.keras_io import api, model_sources

    model = model_sources.load(source, shapes)
    counted = api.cost(model, input_shape=shapes, depth=flag_values.depth)
    if not flag_values.profiler:
        return counted, None
    from nasbench_templates.measure import profiled_layers

    # Every layer by itself, so that what is left out can be named.
    return counted, profiled_layers.compare(model, api.cost(model, input_shape=shapes))

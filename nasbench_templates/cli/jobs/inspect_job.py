"""Describe cells: one JSON object a line in, one JSON line out for each, in order.

A line is {"matrix": [[...], ...], "ops": [...]}. Out comes the pruned cell with its benchmark hash,
the channels of its vertices and the exact cost of its network, or {"valid": false, "error": ...,
"message": ...}; a bad line never stops the rest.

Try:
  nasbench-templates inspect --input=cells.jsonl
  echo '{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}' | nasbench-templates inspect
"""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from absl import flags

from nasbench_templates.cli.flags import cell_flag, network_flags, number_flags
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import Cell, vertex_channels
from nasbench_templates.support.errors import ConfigError, SpecError, describe


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string(
        "input",
        "-",
        "file with one JSON object a line; - is standard input",
        flag_values=flag_values,
    )
    network_flags.define_input_flags(flag_values)
    for name, default, text in (
        ("in_channels", 128, "channels that enter the module, for vertex_channels"),
        ("out_channels", 128, "channels that leave it"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=flag_values)
    network_flags.define_skeleton_flags(flag_values)
    network_flags.define_order_flag(flag_values)
    flags.DEFINE_string(
        "plot", None, "file for a picture of the first valid cell", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Reads, describes and prints; returns 0 also when lines are bad."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    shape = number_flags.image_shape("input_shape", flag_values.input_shape)
    options = network_flags.skeleton_options(flag_values)
    # A wrong skeleton is a wrong command, not a wrong line.
    architecture.build("nasbench101", shape, flag_values.num_classes, {**options, "cell": _DIRECT})
    first_valid = None
    with _lines(flag_values.input) as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                if len(line) > cell_flag.MOST_BYTES:
                    raise SpecError(f"expected a cell in at most {cell_flag.MOST_BYTES:,} bytes")
                cell = cell_flag.parse_json(line)
                described = _describe(cell, shape, options, flag_values)
                first_valid = first_valid or cell
            except (SpecError, ConfigError) as error:
                described = {
                    "valid": False,
                    "error": type(error).__name__,
                    "message": describe(error),
                }
            print(json.dumps(described), flush=flag_values.input == "-")
    if flag_values.plot is not None:
        if first_valid is None:
            raise SpecError("--plot: expected a valid cell to draw, received none")
        from nasbench_templates.report import plots

        plots.plot_cell(first_valid, flag_values.plot)
    return 0


_DIRECT = Cell.parse([[0, 1], [0, 0]], ["input", "output"])


@contextlib.contextmanager
def _lines(path: str) -> Iterator[Iterable[str]]:
    if path == "-":
        if sys.stdin is None:
            raise ConfigError("--input=-: expected standard input, it is closed")
        sys.stdin.reconfigure(errors="replace")
        yield _short_lines(sys.stdin)
    else:
        with open(path, encoding="utf-8", errors="replace") as file:
            yield _short_lines(file)


def _short_lines(file: TextIO) -> Iterator[str]:
    """Yields the lines of a file; of one that is too long to be a cell only so much."""
    while line := file.readline(cell_flag.MOST_BYTES + 1):
        yield line
        # What follows of it is passed over in pieces: it may be larger than the memory.
        while len(line) > cell_flag.MOST_BYTES and not line.endswith("\n"):
            line = file.readline(cell_flag.MOST_BYTES + 1)


def _describe(
    cell: Cell,
    shape: tuple[int, int, int],
    options: Mapping[str, object],
    flag_values: flags.FlagValues,
) -> dict[str, object]:
    if flag_values.order == "canonical":
        cell = cell.canonical()
    channels = vertex_channels(cell.matrix, flag_values.in_channels, flag_values.out_channels)
    network = architecture.build(
        "nasbench101", shape, flag_values.num_classes, {**options, "cell": cell}
    )
    cost = CostModel(network.graph).cost(network.base_filters)
    return {
        "valid": True,
        "in_space": cell.in_space,
        "hash": cell.hash(),
        "matrix": [list(row) for row in cell.matrix],
        "ops": list(cell.ops),
        "num_vertices": cell.num_vertices,
        "num_edges": cell.num_edges,
        "vertex_channels": list(channels),
        "params": cost.params,
        "trainable_params": cost.trainable_params,
        "macs": cost.macs,
    }

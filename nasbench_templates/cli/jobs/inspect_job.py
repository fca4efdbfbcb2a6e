"""Describe cells: one JSON object a line in, one JSON line out for each, in order.

A line is {"matrix": [[...], ...], "ops": [...]}. Out comes the pruned cell with its benchmark hash,
the channels of its vertices and the exact cost of its network, or {"valid": false, "error": ...,
"message": ...}; a bad line never stops the rest.

Where channels do not divide evenly, the cost may depend on the order of a cell's vertices, though
its hash does not: "order_sensitive" is then true (null beyond 7 vertices). --order=canonical
describes each cell in the order that the benchmark stores.

Try:
  nasbench-templates inspect --input=cells.jsonl
  echo '{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}' | nasbench-templates inspect
"""

import contextlib
import dataclasses
import functools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from nasbench_templates.benchmark_records import cell_texts
from nasbench_templates.cli.flags import network_flags, number_flags, option_flags, path_flags
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.layers import Cost
from nasbench_templates.networks.cells import Cell, Matrix, vertex_channels
from nasbench_templates.space import cell_orders
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, SpecError, describe

if TYPE_CHECKING:
    from nasbench_templates.space.cell_costs import CellCosts

# Read at once, where so much has arrived.
_BLOCK_BYTES = 1 << 20
# From so many cells on, arrays are worth the import of NumPy and their preparation.
_MANY = 64
_DIRECT = Cell.parse([[0, 1], [0, 0]], ["input", "output"])


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
    network_flags.define_cell_option_flags(flag_values, "slots")
    flags.DEFINE_string(
        "plot", None, "file for a picture of the first valid cell", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Reads, describes and prints; returns 0 also when lines are bad."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    shape = number_flags.image_shape("input_shape", flag_values.input_shape)
    # Cells arrive in the order asked for.
    options = {**option_flags.given_options(flag_values), "order": "given"}
    network = NetworkSettings(network_flags.CELL_MODEL, shape, flag_values.num_classes, options)
    # A wrong skeleton is a wrong command, not a wrong line.
    cell_orders.cost(_DIRECT, network)
    inspector = _Inspector(
        network,
        (flag_values.in_channels, flag_values.out_channels),
        flag_values.order == "canonical",
    )
    first_valid = None
    with _stream(flag_values.input) as stream:
        for lines in _batches(stream):
            found = [_parse(line) for line in lines if line.strip()]
            for answer in inspector.answers(found):
                print(json.dumps(answer))
            # Who writes line by line waits for each answer.
            sys.stdout.flush()
            first_valid = first_valid or next(
                (each for each in found if isinstance(each, Cell)), None
            )
    if flag_values.plot is not None:
        if first_valid is None:
            raise SpecError("--plot: expected a valid cell to draw, received none")
        from nasbench_templates.report import plots

        plots.plot_cell(first_valid, flag_values.plot)
    return 0


@contextlib.contextmanager
def _stream(path: str) -> Iterator[Any]:
    # Its `read1` is in no type that standard input and files share.
    if path == "-":
        if sys.stdin is None:
            raise ConfigError("--input=-: expected standard input, it is closed")
        yield sys.stdin.buffer
    else:
        (path,) = path_flags.existing_paths("input", [path])
        with open(path, "rb") as file:
            yield file


def _batches(stream: Any) -> Iterator[list[str]]:
    """Yields the lines of a stream as they arrive, as many at once as there are.

    Of a line that is too long to be a cell only so much is kept: it may exceed the memory.
    """
    rest = b""
    while block := stream.read1(_BLOCK_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[: texts.LONGEST_LINE + 1]
        yield [line.decode("utf-8", "replace") for line in lines]
    yield [rest.decode("utf-8", "replace")]


def _parse(line: str) -> Cell | ValueError:
    try:
        if len(line) > texts.LONGEST_LINE:
            raise SpecError(f"expected a cell in at most {texts.LONGEST_LINE:,} characters")
        return cell_texts.parse_json(line)
    except (SpecError, ConfigError) as error:
        return error


class _Inspector:
    """Descriptions of cells, a graph for each of a few and arrays for many.

    Args:
        network: around the cells.
        widths: channels that enter and leave the module, for the channels of vertices.
        is_canonical: whether cells are described in canonical order.
    """

    def __init__(self, network: NetworkSettings, widths: tuple[int, int], is_canonical: bool):
        self._network = network
        self._widths = widths
        self._is_canonical = is_canonical

    def answers(self, found: Sequence[Cell | ValueError]) -> Iterator[Mapping[str, object]]:
        """Yields what is printed for each cell, or for what is wrong with it, in order."""
        in_space = [each for each in found if isinstance(each, Cell) and each.in_space]
        known = self._many(in_space) if len(in_space) >= _MANY else iter(())
        for each in found:
            facts = None
            if isinstance(each, Cell) and each.in_space:
                facts = next(known, None)
            try:
                if not isinstance(each, Cell):
                    raise each
                yield self._describe(facts or self._one(each))
            except (SpecError, ConfigError) as error:
                yield {"valid": False, "error": type(error).__name__, "message": describe(error)}

    def _one(self, cell: Cell) -> "_Facts":
        cell = cell.canonical() if self._is_canonical else cell
        _channels(cell.matrix, *self._widths)  # a wrong width here is told before the network's
        return _Facts(
            cell,
            cell.hash(),
            cell_orders.cost(cell, self._network),
            cell_orders.is_order_sensitive(cell, self._network),
        )

    def _many(self, cells: Sequence[Cell]) -> Iterator["_Facts | None"]:
        """Yields what arrays know about cells of the space; `None` without a network."""
        from nasbench_templates.networks import cell_arrays, cell_hashes

        arrays = cell_arrays.from_cells(cells)
        if self._is_canonical:
            arrays = cell_arrays.canonical(arrays)
            cells = [arrays.cell(place) for place in range(len(arrays))]
        costs = self._costs.of(arrays)
        names = cell_hashes.module_hashes(arrays).astype(str).tolist()
        for cell, name, values, is_sensitive, is_known in zip(
            cells, names, costs.values.tolist(), costs.is_order_sensitive.tolist(),
            costs.is_known.tolist(), strict=True,
        ):  # fmt: skip
            yield _Facts(cell, name, Cost(*values), is_sensitive) if is_known else None

    @functools.cached_property
    def _costs(self) -> "CellCosts":
        from nasbench_templates.space.cell_costs import CellCosts

        return CellCosts(self._network)

    def _describe(self, facts: "_Facts") -> dict[str, object]:
        cell, cost = facts.cell, facts.cost
        return {
            "valid": True,
            "in_space": cell.in_space,
            "hash": facts.name,
            "matrix": cell.matrix,
            "ops": cell.ops,
            "num_vertices": cell.num_vertices,
            "num_edges": cell.num_edges,
            "vertex_channels": _channels(cell.matrix, *self._widths),
            "params": cost.params,
            "trainable_params": cost.trainable_params,
            "macs": cost.macs,
            "order_sensitive": facts.is_order_sensitive,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class _Facts:
    """What is known about a cell."""

    cell: Cell
    name: str | None
    cost: Cost
    is_order_sensitive: bool | None


# Many cells share a graph.
@functools.lru_cache(maxsize=65536)
def _channels(matrix: Matrix, in_channels: int, out_channels: int) -> tuple[int, ...]:
    widths = vertex_channels(matrix, in_channels, out_channels)
    return tuple(width for width in widths if isinstance(width, int))  # all, of numbers

"""List every cell of the benchmark's search space with its hash, in the benchmark's order.

Of the cells that are the same but for the order of their vertices, the first one in the order of
enumeration stands for all; it is the one that the benchmark stores. With 7 vertices there are
423,624. All cores work on the hashes.

Try:
  nasbench-templates enumerate --max_vertices=4
  nasbench-templates enumerate --format=table
  nasbench-templates enumerate --output=cells.csv
"""

import contextlib
import functools
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import numpy as np
from absl import flags

from nasbench_templates.cli import output, progress
from nasbench_templates.cli.flags import path_flags, space_flags
from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import MAX_EDGES
from nasbench_templates.space import enumeration, hashes
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    space_flags.define_space_flags(flag_values)
    flags.DEFINE_enum(
        "format",
        "jsonl",
        ["jsonl", "csv", "table"],
        "one JSON object a line; the matrix' rows joined by ; and the operations by |; or how many "
        "cells there are with so many vertices and edges",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "output", None, "file to write instead of standard output", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Enumerates and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    form = output.form(flag_values)
    with _sink(flag_values) as sink:
        cells = enumeration.canonical_cells(flag_values.max_vertices)
        if form == "table":
            print(output.render_table(_counts(cells)), file=sink)
            return 0
        render = _json_lines if form == "jsonl" else _csv_lines
        if form == "csv":
            print("hash,matrix,ops", file=sink)
        is_alone = flag_values.output is not None or not sys.stdout.isatty()
        with progress.bar(total=len(cells), unit="cell", is_alone=is_alone) as bar:
            processes = space_flags.num_processes(flag_values)
            for part, names in hashes.hashed_chunks(cells, processes):
                sink.writelines(render(part, names))
                bar.update(len(part))
    return 0


@contextlib.contextmanager
def _sink(flag_values: flags.FlagValues) -> Iterator[TextIO]:
    if flag_values.output is None:
        yield sys.stdout
        sys.stdout.flush()
    else:
        with files.replacing_text(path_flags.output_file(flag_values)) as file:
            yield file


def _counts(cells: CellArrays) -> list[dict[str, str]]:
    rows = []
    for vertices in range(2, int(cells.num_vertices.max()) + 1):
        edges = cells[cells.with_vertices(vertices)].num_edges.tolist()
        counts = [edges.count(number) for number in range(1, MAX_EDGES + 1)]
        rows.append(_count_row(str(vertices), counts))
    edges = cells.num_edges.tolist()
    rows.append(_count_row("all", [edges.count(number) for number in range(1, MAX_EDGES + 1)]))
    return rows


def _count_row(vertices: str, counts: Sequence[int]) -> dict[str, str]:
    cells = {f"{number} edges": f"{count:,}" for number, count in enumerate(counts, 1)}
    return {"vertices": vertices, **cells, "total": f"{sum(counts):,}"}


def _json_lines(cells: CellArrays, names: np.ndarray) -> Iterator[str]:
    for name, (vertices, mask, labelling) in _columns(cells, names):
        matrix, ops = _json_matrix(vertices, mask), _json_ops(vertices, labelling)
        yield f'{{"hash": "{name}", "matrix": {matrix}, "ops": {ops}}}\n'


def _csv_lines(cells: CellArrays, names: np.ndarray) -> Iterator[str]:
    for name, (vertices, mask, labelling) in _columns(cells, names):
        yield f"{name},{_csv_matrix(vertices, mask)},{_csv_ops(vertices, labelling)}\n"


def _columns(cells: CellArrays, names: np.ndarray) -> Iterator[tuple[str, tuple[int, int, int]]]:
    numbers = zip(
        cells.num_vertices.tolist(), cells.masks.tolist(), cells.labellings.tolist(), strict=True
    )
    return zip(names.astype(str).tolist(), numbers, strict=True)


# Few matrices and labellings are shared by many cells.
@functools.cache
def _json_matrix(vertices: int, mask: int) -> str:
    return json.dumps(cell_arrays.matrix(vertices, mask))


@functools.cache
def _json_ops(vertices: int, labelling: int) -> str:
    return json.dumps(cell_arrays.ops(vertices, labelling))


@functools.cache
def _csv_matrix(vertices: int, mask: int) -> str:
    rows = cell_arrays.matrix(vertices, mask)
    return ";".join("".join(map(str, row)) for row in rows)


@functools.cache
def _csv_ops(vertices: int, labelling: int) -> str:
    return "|".join(cell_arrays.ops(vertices, labelling))

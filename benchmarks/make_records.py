"""Writes a synthetic table in the format of the published TFRecord files.

    python benchmarks/make_records.py OUTPUT.tfrecord [--cells=423624] [--budgets=108] [--seed=0]

Every cell has three runs in each budget. Hashes are in ascending order; where the job `enumerate`
is there, cells and hashes are the benchmark's own, otherwise hashes are digests of numbers and
graphs repeat.
Accuracies and times are random multiples of the benchmark's units; none is a measurement.
"""

import argparse
import hashlib
import json
import operator
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from nasbench_templates.benchmark_records import metrics_message, table_rows, tfrecord
from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.cli import command
from nasbench_templates.networks.cells import Cell

# Hash, adjacency bits and operations.
Row = tuple[str, str, str]

ALL_CELLS = 423_624
# Cells by the most vertices that they may have. Source: docs/nasbench101.md, section 4.
SPACES = {4: 91, 5: 2532, 6: 64_542, 7: ALL_CELLS}
REPEATS = 3
_AT_ONCE = 8192
_EVALUATED_IMAGES = 9984
_GRAPHS = 1000


def some_cells(count: int) -> list[Row]:
    """Returns cells of the benchmark if the job `enumerate` is there, else made-up ones."""
    return real_cells(count) if "enumerate" in command.job_names() else synthetic_cells(count)


def real_cells(count: int) -> list[Row]:
    """Returns the first cells of the benchmark's smallest space that has so many."""
    vertices = next(vertices for vertices, total in SPACES.items() if count <= total)
    flags = (f"--max_vertices={vertices}", "--format=jsonl")
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", "enumerate", *flags],
        check=True,
        stdout=subprocess.PIPE,
    )
    cells = sorted(map(json.loads, done.stdout.splitlines()), key=operator.itemgetter("hash"))
    return [
        (cell["hash"], "".join(str(edge) for row in cell["matrix"] for edge in row),
         ",".join(cell["ops"]))
        for cell in cells[:count]
    ]  # fmt: skip


def synthetic_cells(count: int) -> list[Row]:
    """Returns cells whose hashes are digests of numbers."""
    generator = np.random.default_rng(0)
    graphs = []
    while len(graphs) < min(count, _GRAPHS):
        matrix = np.triu(generator.integers(0, 2, (7, 7)), 1)
        matrix[np.arange(6), np.arange(1, 7)] = 1
        ops = generator.choice(["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"], 5)
        cell = Cell.parse(matrix, ["input", *map(str, ops), "output"])
        bits = "".join(str(edge) for row in cell.matrix for edge in row)
        graphs.append((bits, ",".join(cell.ops)))
    hashes = sorted(
        hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
        for number in range(count)
    )
    return [(name, *graphs[index % len(graphs)]) for index, name in enumerate(hashes)]


def random_metrics(generator: np.random.Generator, epochs: int, count: int) -> np.ndarray:
    """Returns runs of shape `(count, 8)`, in the units and the precision of the published ones."""
    accuracies = generator.integers(998, _EVALUATED_IMAGES + 1, (count, len(METRICS)))
    values = (accuracies / _EVALUATED_IMAGES).astype(np.float32)
    final = generator.uniform(4, 40, count) * epochs
    values[:, METRICS.index("final_training_time")] = final.round(3)
    values[:, METRICS.index("halfway_training_time")] = (final / 2).round(3)
    return values.astype(np.float64)


def payloads(cells: Sequence[Row], budgets: Sequence[int], seed: int) -> Iterator[bytes]:
    """Yields the rows of a table, cell after cell, within a cell by budget and repeat."""
    generator = np.random.default_rng(seed)
    for first in range(0, len(cells), _AT_ONCE):
        chunk = cells[first : first + _AT_ONCE]
        parameters = np.repeat(generator.integers(227_274, 49_979_275, len(chunk)), REPEATS)
        messages = {
            epochs: metrics_message.encode(
                epochs, parameters, random_metrics(generator, epochs, len(parameters))
            )
            for epochs in budgets
        }
        for index, (module_hash, bits, operations) in enumerate(chunk):
            for epochs in budgets:
                for message in messages[epochs][index * REPEATS : (index + 1) * REPEATS]:
                    yield table_rows.encode_row(module_hash, epochs, bits, operations, message)


def write_table(
    path: pathlib.Path, count: int = ALL_CELLS, budgets: Sequence[int] = (108,), seed: int = 0
) -> None:
    """Writes a table."""
    with path.open("wb") as stream:
        tfrecord.write_frames(stream, payloads(some_cells(count), budgets, seed))


def main() -> None:
    """Parses the command line and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--cells", type=int, default=ALL_CELLS, help=f"1 to {ALL_CELLS}")
    parser.add_argument("--budgets", default="108", help="epochs, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    budgets = [int(epochs) for epochs in options.budgets.split(",")]
    write_table(options.output, options.cells, budgets, options.seed)
    print(f"{options.cells * REPEATS * len(budgets)} records in {options.output}")


if __name__ == "__main__":
    main()

"""The whole search space: enumeration and atlas as commands, beside cell by cell in the same run.

    python benchmarks/space.py [SAMPLE]

Ours are whole processes, from nothing to the written file, on all cores. The peers are what the
package's own functions for one cell need for SAMPLE random cells (`Cell.hash` and `plan`), in one
process; their time for the whole space is that, times the cells, and so marked "extrapolated". A
plain enumeration also hashes the 869,584 labelled graphs that are duplicates, which is in the
estimate.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks.cells import Cell
from nasbench_templates.space import enumeration, workers

COMMAND = (sys.executable, "-m", "nasbench_templates")
TEMPLATES = ("a", "b", "c", "d", "e")
# docs/nasbench101.md, section 4.
LABELLED_GRAPHS = 1_293_208


def seconds(command: tuple[str, ...]) -> tuple[float, float]:
    """Returns the wall time of a process, and the processor time of it and its workers."""
    start, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    worked = after.children_user + after.children_system
    return time.perf_counter() - start, worked - before.children_user - before.children_system


def seconds_each(work: Callable[[Cell], object], cells: list[Cell]) -> float:
    """Returns the median time for one cell."""
    times = []
    for cell in cells:
        start = time.perf_counter()
        work(cell)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def matched(cell: Cell) -> object:
    """Returns one cell under the templates."""
    return plan(NetworkSettings("nasbench101", options={"cell": cell}), TEMPLATES)


def main() -> None:
    """Prints one table."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    cells = enumeration.canonical_cells()
    sample = [cells.cell(place) for place in np.random.default_rng(0).integers(0, len(cells), size)]
    hashed, planned = seconds_each(Cell.hash, sample), seconds_each(matched, sample)
    plain = hashed * LABELLED_GRAPHS
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "output"
        for name, command, peer, peer_name in (
            ("enumerate, JSON lines", ("enumerate",), plain, "Cell.hash of each labelled graph"),
            (
                "atlas of five templates",
                ("atlas", f"--templates={','.join(TEMPLATES)}"),
                plain + planned * len(cells),
                "the same, then plan of each cell",
            ),
        ):
            wall, worked = seconds((*COMMAND, *command, f"--output={file}"))
            file.unlink()
            rows.append((name, wall, worked, peer, peer_name))
    print(f"{len(cells):,} cells, {workers.num_processes()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<24} {'wall s':>7} {'cpu s':>7} {'peer cpu s, extrapolated':>25} {'ratio':>6}")
    for name, wall, worked, peer, peer_name in rows:
        print(
            f"{name:<24} {wall:7.1f} {worked:7.1f} {peer:25.0f} {peer / worked:6.1f}  {peer_name}"
        )
    print(f"one cell: hash {1e6 * hashed:.0f} us, plan {1e6 * planned:.0f} us (medians of {size})")


if __name__ == "__main__":
    main()

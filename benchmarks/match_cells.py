"""Matching of 1,000 random cells under five templates, beside the original way of counting.

    python benchmarks/match_cells.py [CELLS]

The peer is what a user of the published code does: build the Keras model of every candidate and ask
the TensorFlow profiler for its operations. One such step is measured for a few cells; a match takes
as many steps as ours evaluates candidates, so its time is steps times that, said as an estimate.
"""

import itertools
import os
import statistics
import sys
import time

import numpy as np

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distributions import matching
from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_EDGES, MAX_VERTICES, Cell
from nasbench_templates.support.errors import SpecError

TEMPLATES = ("a", "b", "c", "d", "e")
PEER_CELLS = 3


def random_cells(count: int, seed: int = 0) -> list[Cell]:
    """Returns distinct cells of the benchmark's space, drawn by rejection."""
    generator = np.random.default_rng(seed)
    found: dict[str, Cell] = {}
    while len(found) < count:
        matrix = np.triu(generator.integers(0, 2, (MAX_VERTICES, MAX_VERTICES)), 1)
        ops = ["input", *generator.choice(BENCHMARK_OPS, MAX_VERTICES - 2), "output"]
        try:
            cell = Cell.parse(matrix, [str(op) for op in ops])
        except SpecError:  # no path from input to output
            continue
        if cell.num_edges <= MAX_EDGES:
            found.setdefault(cell.hash(), cell)
    return list(found.values())


def seconds_to_match(cells: list[Cell]) -> float:
    """Returns the time to match every cell under all five templates."""
    start = time.perf_counter()
    for cell in cells:
        plan(NetworkSettings("nasbench101", options={"cell": cell}), TEMPLATES)
    return time.perf_counter() - start


def candidates_per_match(cell: Cell) -> float:
    """Returns how many candidates one match evaluates, on average over the templates."""
    counter = itertools.count()
    original = matching.match_budget

    def counting(filters_of, cost_of, *args, **kwargs):
        def counted(filters):
            next(counter)
            return cost_of(filters)

        return original(filters_of, counted, *args, **kwargs)

    import nasbench_templates.design.planning as planning

    planning.match_budget = counting
    try:
        plan(NetworkSettings("nasbench101", options={"cell": cell}), TEMPLATES)
    finally:
        planning.match_budget = original
    return next(counter) / len(TEMPLATES)


def seconds_to_profile(cell: Cell) -> float:
    """Returns the time to build one candidate in Keras and profile it."""
    import tensorflow as tf

    from nasbench_templates.keras_io.keras_builder import build_keras

    network = architecture.build("nasbench101", (32, 32, 3), 10, {"cell": cell})
    start = time.perf_counter()
    model = build_keras(network.graph, network.base_filters)
    traced = tf.function(lambda images: model(images, training=False)).get_concrete_function(
        tf.TensorSpec((1, 32, 32, 3), tf.float32)
    )
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    tf.compat.v1.profiler.profile(traced.graph, cmd="op", options=options)
    elapsed = time.perf_counter() - start
    tf.keras.backend.clear_session()
    return elapsed


def main() -> None:
    """Prints both figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    cells = random_cells(count)
    ours = seconds_to_match(cells)
    print(f"{count} cells x {len(TEMPLATES)} templates matched in {ours:.2f} s")
    seconds_to_profile(cells[0])  # TensorFlow's first use is not counted
    step = statistics.median(seconds_to_profile(cell) for cell in cells[:PEER_CELLS])
    steps = statistics.mean(candidates_per_match(cell) for cell in cells[:PEER_CELLS])
    estimate = count * len(TEMPLATES) * steps * step
    print(
        f"build and profile one candidate: {step:.2f} s (median of {PEER_CELLS} cells); with "
        f"{steps:.1f} candidates a match that is about {estimate / 3600:.0f} h for all "
        f"({estimate / ours:,.0f} times as long)"
    )


if __name__ == "__main__":
    main()

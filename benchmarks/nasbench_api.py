"""Programs written for `nasbench.api` on our distribution, beside the original's own code.

    git clone https://github.com/google-research/nasbench DIR
    python benchmarks/nasbench_api.py [STORE] [--upstream=DIR] [--cells=3000]

Measures a cell's specification, its hash, a query, all metrics of a hash, a pass over the whole
table, a repeated look into a dictionary, and evolution by the protocol of the benchmark's notebook.
Without a store a synthetic table of the whole space is written and imported first. Times are of
processor time in microseconds, the best of three rounds; the peer runs in the same rounds. Of the
original only `lib/graph_util.py` and `lib/model_spec.py` can be imported with a current TensorFlow,
so its query is what its `api` does with them and two dictionaries.
"""

import argparse
import copy
import importlib.util
import pathlib
import random
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterable

import make_records
import numpy as np

OURS = pathlib.Path(__file__).parents[1] / "third_party" / "nasbench"
ROUNDS = 3
VERTICES = 7
POPULATION, TOURNAMENT = 50, 10


def microseconds(function: Callable[[object], object], arguments: Iterable[object]) -> float:
    """Returns processor time per call."""
    arguments = list(arguments)
    start = time.process_time()
    for argument in arguments:
        function(argument)
    return 1e6 * (time.process_time() - start) / len(arguments)


def original_specifications(folder: pathlib.Path) -> type:
    """Returns the original's `ModelSpec`, without importing it as `nasbench`."""
    # Its module imports its sibling by the full name; here that is the original's.
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if name[:8] == "nasbench"
             and name.split(".")[0] == "nasbench"}  # fmt: skip
    library = types.ModuleType("nasbench.lib")
    sys.modules |= {"nasbench": types.ModuleType("nasbench"), "nasbench.lib": library}
    try:
        for name in ("graph_util", "model_spec"):
            path = folder / "nasbench" / "lib" / f"{name}.py"
            spec = importlib.util.spec_from_file_location(f"nasbench.lib.{name}", path)
            module = importlib.util.module_from_spec(spec)
            setattr(library, name, module)
            sys.modules[f"nasbench.lib.{name}"] = module
            spec.loader.exec_module(module)
        return library.model_spec.ModelSpec
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "nasbench"]:
            del sys.modules[name]
        sys.modules |= known


class Peer:
    """What the original's `api` does: everything in two dictionaries, copies of what is asked."""

    def __init__(self, statistics: dict[str, tuple[dict, dict]], operations: list[str]):
        self._statistics = statistics
        self._operations = operations

    def metrics(self, module_hash: str) -> tuple[dict, dict]:
        """Returns copies of both sides of a cell."""
        return tuple(copy.deepcopy(side) for side in self._statistics[module_hash])

    def query(self, spec: object) -> dict:
        """Returns one run of a cell."""
        assert np.sum(spec.matrix) <= 9  # noqa: S101 - a part of what is measured
        assert all(op in self._operations for op in spec.ops[1:-1])  # noqa: S101
        fixed, computed = self.metrics(spec.hash_spec(self._operations))
        point = computed[108][random.randint(0, 2)]
        return {**fixed, **{name: point[f"final_{name}"] for name in
                            ("training_time", "validation_accuracy", "test_accuracy")}}  # fmt: skip


def random_spec(
    spec_class: type, operations: list[str], is_wanted: Callable[[object], bool]
) -> object:
    """Draws a random specification as the notebook does, until one is wanted."""
    while True:
        matrix = np.triu(np.random.choice([0, 1], (VERTICES, VERTICES)), 1)  # noqa: NPY002
        ops = np.random.choice(operations, VERTICES).tolist()  # noqa: NPY002
        ops[0], ops[-1] = "input", "output"
        spec = spec_class(matrix, ops)
        if is_wanted(spec):
            return spec


def mutated_spec(
    parent: object, spec_class: type, operations: list[str], is_wanted: Callable[[object], bool]
) -> object:
    """Mutates a specification as the notebook does, until a child is wanted."""
    while True:
        matrix = copy.deepcopy(parent.original_matrix)
        ops = copy.deepcopy(parent.original_ops)
        for source in range(VERTICES - 1):
            for target in range(source + 1, VERTICES):
                if random.random() < 1 / VERTICES:
                    matrix[source, target] = 1 - matrix[source, target]
        for vertex in range(1, VERTICES - 1):
            if random.random() < 1 / (VERTICES - 2):
                ops[vertex] = random.choice([op for op in operations if op != ops[vertex]])
        spec = spec_class(matrix, ops)
        if is_wanted(spec):
            return spec


def evolve(
    bench: object,
    spec_class: type,
    goes_on: Callable[[], bool],
    is_wanted: Callable[[object], bool] | None = None,
) -> tuple[float, int]:
    """Searches as the notebook does: a tournament of ten, the oldest of fifty dies.

    Returns:
        The highest validation accuracy, and the number of queries.
    """
    operations = bench.config["available_ops"]
    is_wanted = is_wanted or bench.is_valid
    population, best, queries = [], 0.0, 0
    while goes_on():
        if len(population) < POPULATION:
            spec = random_spec(spec_class, operations, is_wanted)
        else:
            places = sorted(random.sample(range(POPULATION), TOURNAMENT))
            chosen = sorted((population[place] for place in places), key=lambda each: each[0])
            # Stable: of equal ones the youngest.
            spec = mutated_spec(chosen[-1][1], spec_class, operations, is_wanted)
        accuracy = bench.query(spec)["validation_accuracy"]
        best, queries = max(best, accuracy), queries + 1
        bench.get_budget_counters()
        population.append((accuracy, spec))
        if len(population) > POPULATION:
            population.pop(0)
    return best, queries


def report(store: pathlib.Path, upstream: pathlib.Path | None, count: int) -> None:
    """Measures and prints."""
    sys.path.insert(0, str(OURS))
    from nasbench import api
    from nasbench.lib import model_spec

    bench = api.NASBench(store, seed=0)
    operations = bench.config["available_ops"]
    names = random.Random(0).sample(list(bench.hash_iterator()), count)
    statistics = {name: bench.get_metrics_from_hash(name) for name in names}
    cells = [
        (fixed["module_adjacency"].tolist(), fixed["module_operations"])
        for fixed, _ in statistics.values()
    ]
    peer_spec = None if upstream is None else original_specifications(upstream)
    peer = Peer(statistics, operations)
    best: dict[str, list[float]] = {}

    def measure(name: str, ours: Callable, theirs: Callable | None, ours_of, theirs_of) -> None:
        model_spec._hash.cache_clear()
        row = [microseconds(ours, ours_of)]
        row.append(microseconds(theirs, theirs_of) if theirs and peer_spec else float("nan"))
        best[name] = [min(pair) for pair in zip(best.get(name, row), row, strict=True)]

    specs = [api.ModelSpec(*cell) for cell in cells]
    theirs = [peer_spec(*cell) for cell in cells] if peer_spec else []
    view = bench.fixed_statistics
    view[names[0]]
    for _ in range(ROUNDS):
        measure("ModelSpec", lambda c: api.ModelSpec(*c), lambda c: peer_spec(*c), cells, cells)
        measure("hash_spec", lambda s: s.hash_spec(operations),
                lambda s: s.hash_spec(operations), specs, theirs)  # fmt: skip
        measure("query", bench.query, peer.query, specs, theirs)
        measure("get_metrics_from_hash", bench.get_metrics_from_hash, peer.metrics, names, names)
        measure("statistics[hash] again", lambda _: view[names[0]], None, range(10000), ())
    for name, (own, other) in best.items():
        ratio = "" if other != other else f"{other:10.2f} us  {own / other:.2f} x"
        print(f"{name:<26}{own:10.2f} us{ratio}")
    start = time.process_time()
    for name in bench.hash_iterator():
        bench.get_metrics_from_hash(name)
    print(f"{'pass over all cells':<26}{time.process_time() - start:10.2f} s, {len(view)} cells")
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the protocol's generator
    start = time.process_time()
    left = iter(range(5000))
    evolve(bench, api.ModelSpec, lambda: next(left, None) is not None)
    print(f"{'evolution':<26}{5000 / (time.process_time() - start):10.0f} evaluations/s")


def main() -> None:
    """Parses the command line, makes what is missing, and reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", nargs="?", type=pathlib.Path)
    parser.add_argument("--upstream", type=pathlib.Path, help="a checkout of the original")
    parser.add_argument("--cells", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = options.store
        if store is None:
            store = pathlib.Path(folder) / "synthetic.tfrecord"
            make_records.write_table(store)
        report(store, options.upstream, options.cells)


if __name__ == "__main__":
    main()

"""Searches on records as arrays, beside the benchmark's notebook run one query at a time.

    python benchmarks/records_search.py [RECORDS] [--runs=500] [--peer_runs=5]

Regularised evolution for 5e6 simulated seconds. The peer is the notebook's protocol written out: a
specification is pruned and hashed for each child, and `nasbench.api` of our distribution answers
each query. Without records a synthetic table of the whole space is written and imported first; its
numbers mean nothing, the times do. Times are of processor time. The incumbents' validation
accuracies of both are compared, as they come from one distribution.
"""

import argparse
import pathlib
import random
import sys
import tempfile
import time

import make_records
import nasbench_api
import numpy as np

from nasbench_templates.benchmark_records import conversion
from nasbench_templates.space import record_search, search_table
from nasbench_templates.space.record_search import SearchSettings
from nasbench_templates.space.search_objective import AccuracyObjective


def sequential_evolution(bench: object, spec_class: type, seconds: float) -> tuple[float, int]:
    """Returns the incumbent's validation accuracy and the number of queries of one run."""
    operations, known = bench.config["available_ops"], bench.fixed_statistics
    bench.reset_budget_counters()
    return nasbench_api.evolve(
        bench,
        spec_class,
        lambda: bench.get_budget_counters()[0] <= seconds,
        lambda spec: bench.is_valid(spec) and spec.hash_spec(operations) in known,
    )


def report(records: pathlib.Path, settings: SearchSettings, peer_runs: int) -> None:
    """Measures both and prints."""
    start = time.process_time()
    table = search_table.read_table(conversion.open_records(records))
    print(f"{table.description}\ntable and space as arrays: {time.process_time() - start:.1f} s")
    start = time.process_time()
    found = record_search.search(AccuracyObjective(table), table, "evolution", settings)
    ours_s = time.process_time() - start
    best = np.zeros(found.runs)
    np.maximum.at(best, found.incumbents.run, found.incumbents.fitness)
    _tell("ours", ours_s, best, int(found.evaluations.sum()))
    sys.path.insert(0, str(nasbench_api.OURS))
    from nasbench import api

    random.seed(settings.seed)
    np.random.seed(settings.seed)  # noqa: NPY002 - the protocol's generator
    bench = api.NASBench(records, seed=settings.seed)
    if (table.num_runs < 3).any():
        # The original draws one of three repeats, which an extract does not have.
        bench.config["num_repeats"] = int(table.num_runs.min())
    start = time.process_time()
    peer = [
        sequential_evolution(bench, api.ModelSpec, settings.simulated_seconds)
        for _ in range(peer_runs)
    ]
    peer_s = time.process_time() - start
    _tell("peer", peer_s, np.array([run[0] for run in peer]), sum(run[1] for run in peer))
    print(f"a run of ours takes {ours_s / settings.runs / (peer_s / peer_runs):.5f} of the peer's")


def _tell(name: str, seconds: float, best: np.ndarray, queries: int) -> None:
    print(
        f"{name}: {len(best)} runs in {seconds:.1f} s of processor time, {queries / seconds:,.0f} "
        f"queries/s, {seconds / len(best):.4f} s a run; incumbents' validation accuracy "
        f"{best.mean():.6f} +- {best.std():.6f}"
    )


def main() -> None:
    """Parses the command line, makes what is missing, and reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="?", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--peer_runs", type=int, default=5)
    parser.add_argument("--simulated_seconds", type=float, default=5e6)
    options = parser.parse_args()
    settings = SearchSettings(runs=options.runs, simulated_seconds=options.simulated_seconds)
    with tempfile.TemporaryDirectory() as folder:
        records = options.records
        if records is None:
            records = pathlib.Path(folder) / "synthetic.tfrecord"
            make_records.write_table(records)
        report(records, settings, options.peer_runs)


if __name__ == "__main__":
    main()

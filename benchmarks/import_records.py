"""Importing a full-size table and asking it, beside the standard library's bare reading of it.

    python benchmarks/import_records.py [TABLE.tfrecord] [--cells=423624] [--budgets=108]

Without a table, a synthetic one is written to a temporary folder first. Times of the import and of
the peer (split the frames, parse the JSON, check nothing) are those of whole processes, in turn;
`cpu` is processor time, which other work on the machine disturbs less.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import make_records

ROUNDS = 3

PEER = """
import json, struct, sys
with open(sys.argv[1], "rb") as file:
    while header := file.read(12):
        json.loads(file.read(struct.unpack("<Q", header[:8])[0]))
        file.read(4)
"""
IMPORT = """
import sys
from nasbench_templates.benchmark_records import importing
importing.import_records(sys.argv[1], sys.argv[2])
"""
NOTHING = ""
FIRST_QUERY = """
import sys
from nasbench_templates.benchmark_records.store import RecordStore
assert RecordStore.open(sys.argv[1]).get(sys.argv[2]).runs
"""
WARM_QUERY = """
import random, sys, timeit
from nasbench_templates.benchmark_records.store import RecordStore
store = RecordStore.open(sys.argv[1])
hashes = list(store.hashes())
asked = random.Random(0).sample(hashes, min(20_000, len(hashes)))
def ask():
    for name in asked:
        store.get(name)
cold = timeit.timeit(ask, number=1)
warm = min(timeit.repeat(ask, number=1, repeat=5))
print(1e6 * cold / len(asked), 1e6 * warm / len(asked))
"""
# Runs a program and prints wall seconds, processor seconds and peak memory of it.
MEASURE = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
seconds = time.perf_counter() - start
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""


def measure(program: str, *arguments: object) -> tuple[float, float, float]:
    """Returns wall seconds, processor seconds and peak MiB of a Python program as a process."""
    command = [sys.executable, "-c", MEASURE, sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return tuple(json.loads(done.stdout))


def median(rows: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Returns the median of each figure."""
    return tuple(statistics.median(column) for column in zip(*rows, strict=True))


def report(table: pathlib.Path, folder: pathlib.Path) -> None:
    """Measures and prints."""
    peers, imports = [], []
    for number in range(ROUNDS):
        peers.append(measure(PEER, table))
        imports.append(measure(IMPORT, table, folder / f"store{number}"))
    peer, own = median(peers), median(imports)
    size = table.stat().st_size / 1e6
    print(f"{table.name}: {size:.0f} MB; medians of {ROUNDS} rounds in turn")
    print(f"{'frames + JSON, standard library':<34} {peer[0]:8.2f} s  cpu {peer[1]:7.2f} s")
    print(
        f"{'import, all checksums':<34} {own[0]:8.2f} s  cpu {own[1]:7.2f} s  "
        f"{own[0] / peer[0]:.2f} x ({own[1] / peer[1]:.2f} x cpu), peak {own[2]:.0f} MiB"
    )
    store = folder / "store0"
    name = middle_hash(store)
    bare = median([measure(NOTHING) for _ in range(10)])
    first = median([measure(FIRST_QUERY, store, name) for _ in range(10)])
    print(
        f"{'fresh process to first answer':<34} {1e3 * (first[0] - bare[0]):8.0f} ms and "
        f"{first[2] - bare[2]:.0f} MiB beyond the interpreter's"
    )
    done = subprocess.run(
        [sys.executable, "-c", WARM_QUERY, store], check=True, stdout=subprocess.PIPE
    )
    cold, warm = map(float, done.stdout.split())
    print(f"{'look-up by hash':<34} {warm:8.1f} us warm, {cold:.1f} us cold")


def middle_hash(store: pathlib.Path) -> str:
    """Returns a hash from the middle of a store."""
    from nasbench_templates.benchmark_records.store import RecordStore

    opened = RecordStore.open(store)
    return opened.record(len(opened) // 2).module_hash


def main() -> None:
    """Parses the command line, makes what is missing, and reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", type=pathlib.Path)
    parser.add_argument("--cells", type=int, default=make_records.ALL_CELLS)
    parser.add_argument("--budgets", default="108", help="epochs, separated by commas")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        table = options.table
        if table is None:
            table = folder / "synthetic.tfrecord"
            budgets = [int(epochs) for epochs in options.budgets.split(",")]
            make_records.write_table(table, options.cells, budgets)
        report(table, folder)


if __name__ == "__main__":
    main()

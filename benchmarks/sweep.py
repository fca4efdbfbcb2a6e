"""A sweep of small runs: worker processes of one thread beside one process with two threads.

    python benchmarks/sweep.py [--runs 60] [--rounds 1] [--output FILE]

Both carry out the same real runs of tiny cells on the digits of scikit-learn, from nothing, through
the same loop and files: `workers` by the job's own engine with a process for each core, `one
process` by the same engine with one, which then has all threads. Time is from before the first
process starts to after the last run's result, start-up and tracing included. Load is told beside.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

NETWORKS = ("resnet", "best", "inception")
TEMPLATES = ("base", "b")
OPTIONS = {"stem_filters": 8, "num_stacks": 2, "num_modules_per_stack": 1}


def request(num_runs: int) -> dict:
    """Returns what the sweep asks for."""
    each = len(NETWORKS) * len(TEMPLATES)
    return {
        "networks": list(NETWORKS),
        "options": OPTIONS,
        "templates": list(TEMPLATES),
        "budgets": "0.9x",
        "datasets": "digits",
        "training": {"recipe": "short", "epochs": 3},
        "seeds": list(range(num_runs // each)),
    }


def carry_out(num_runs: int, workers: int) -> dict:
    """Returns time and accuracy of one sweep into a new folder; a process of its own."""
    from nasbench_templates.sweeps import carrying_out, planning
    from nasbench_templates.sweeps import request as requests

    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        plan = planning.plan(requests.parse(request(num_runs)), root)
        load = os.getloadavg()[0]
        start = time.perf_counter()
        outcomes = carrying_out.carry_out(plan.runs, root, workers=workers)
        seconds = time.perf_counter() - start
    finished = [each.result for each in outcomes if each.is_finished]
    return {
        "workers": workers,
        "seconds": seconds,
        "runs": len(outcomes),
        "finished": len(finished),
        "train_seconds": sum(each["train_seconds"] for each in finished),
        "mean_val_accuracy": statistics.fmean(each["val_accuracy"] for each in finished),
        "load_before": load,
    }


def measured(num_runs: int, workers: int) -> dict:
    """Returns what `carry_out` gives in a process of its own."""
    command = [sys.executable, __file__, f"--runs={num_runs}", f"--workers={workers}"]
    # Threads follow from the number of workers.
    hidden = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NPROC")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measures both sides in turn and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--output")
    parser.add_argument("--workers", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.workers is not None:
        print(json.dumps(carry_out(asked.runs, asked.workers)))
        return
    cores = len(os.sched_getaffinity(0))
    rounds = [
        {"one_process": measured(asked.runs, 1), "workers": measured(asked.runs, cores)}
        for _ in range(asked.rounds)
    ]
    ratios = [each["one_process"]["seconds"] / each["workers"]["seconds"] for each in rounds]
    told = json.dumps(
        {
            "machine": f"{platform.machine()}, {cores} cores",
            "rounds": rounds,
            "speed_up": statistics.median(ratios),
        },
        indent=2,
    )
    print(told)
    if asked.output:
        pathlib.Path(asked.output).write_text(told + "\n", "utf-8")


if __name__ == "__main__":
    main()

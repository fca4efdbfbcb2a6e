"""The main job from the command to the table: its time, beside another checkout, and its parts.

    python benchmarks/main_job.py [--rounds 1] [--against CHECKOUT [--against_python PYTHON]]
                                  [--epochs 20] [--profile]

The job is `evaluate --cell=resnet --dataset=digits`: six templates of one cell, trained and
tabulated. Each side is a process of its own with a new folder for its runs, in turn; the package is
that of the checkout it starts in. `--profile` runs the job once more in one process and says where
the time goes; what it does not name is data, matching, files and Python.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
JOB = ("evaluate", "--cell=resnet", "--dataset=digits")


def measure(checkout: pathlib.Path, python: str, epochs: int | None) -> float:
    """Returns the wall time of the job as a process, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", "nasbench_templates", *_arguments_of_job(folder, epochs)]
        start = time.perf_counter()
        # `-m` finds the package in the folder where it starts.
        done = subprocess.run(
            command, cwd=checkout, env=_environment(), capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode or "template" not in done.stdout:
        raise SystemExit(f"{checkout}: the job failed: {done.stderr.strip()[-500:]}")
    return seconds


def _arguments_of_job(folder: str, epochs: int | None) -> list[str]:
    return [*JOB, f"--output_dir={folder}", *([f"--epochs={epochs}"] if epochs else [])]


def _environment() -> dict[str, str]:
    # Another checkout must not find this one's package first.
    found = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    found.pop("PYTHONPATH", None)
    return found


def profile(epochs: int | None) -> dict[str, float]:
    """Returns the seconds of the job's parts, in this process."""
    parts: dict[str, float] = {}
    start = time.perf_counter()
    from nasbench_templates import __main__ as program
    from nasbench_templates.training import trainer  # loads Keras and its backend

    parts["import of Keras and its backend"] = time.perf_counter() - start
    import keras

    from nasbench_templates.measure import latency

    for owner, name, part in (
        (trainer.Trainer, "_build", "networks, built"),
        (trainer.Trainer, "_trace", "training step, traced and compiled"),
        (trainer.Trainer, "_train_epoch", "training steps"),
        (trainer.Trainer, "evaluate", "evaluation"),
        (latency, "measure_latency", "latency"),
        (keras.Model, "save", "networks, saved"),
    ):
        _time_calls(parts, owner, name, part)
    with tempfile.TemporaryDirectory() as folder:
        program.main([*_arguments_of_job(folder, epochs), "--workers=1"])
    parts["all else"] = time.perf_counter() - start - sum(parts.values())
    return parts


def _time_calls(parts: dict[str, float], owner: object, name: str, part: str) -> None:
    timed = getattr(owner, name)

    def call(*arguments, **settings):
        start = time.perf_counter()
        try:
            return timed(*arguments, **settings)
        finally:
            parts[part] = parts.get(part, 0.0) + time.perf_counter() - start

    setattr(owner, name, call)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1, help="jobs of each side, in turn")
    parser.add_argument("--against", type=pathlib.Path, help="another checkout of this package")
    parser.add_argument("--against_python", default=sys.executable, help="interpreter for it")
    parser.add_argument("--epochs", type=int, help="fewer epochs, for a quick look")
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    return parser.parse_args()


def main() -> None:
    """Measures all sides in turn and prints the medians, their ratio and the profile."""
    arguments = _arguments()
    sides = {"this checkout": (HERE, sys.executable)}
    if arguments.against is not None:
        sides["the other"] = (arguments.against.resolve(), arguments.against_python)
    print(f"load average {os.getloadavg()[0]:.1f} before")
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(arguments.rounds):
        for side, (checkout, python) in sides.items():
            seconds[side].append(measure(checkout, python, arguments.epochs))
    medians = {side: statistics.median(values) for side, values in seconds.items()}
    for side, median in medians.items():
        print(f"{side:<16} {median:8.1f} s")
    if arguments.against is not None:
        print(f"{'ratio':<16} {medians['this checkout'] / medians['the other']:8.2f}")
    if arguments.profile:
        parts = profile(arguments.epochs)
        for part, value in parts.items():
            print(f"  {part:<36} {value:7.1f} s  {100 * value / sum(parts.values()):5.1f} %")
    print(f"load average {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()

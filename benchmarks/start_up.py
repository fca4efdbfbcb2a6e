"""Start-up of the package and of `match` as whole processes, beside `python -c "import numpy"`.

    python benchmarks/start_up.py [REPEATS]

Prints the median wall time of each command, in turn, and the ratio of the medians.
"""

import statistics
import subprocess
import sys
import time

PEER = (sys.executable, "-c", "import numpy")
FACE = (
    sys.executable,
    "-c",
    "import numpy; import nasbench_templates as nt; [getattr(nt, name) for name in nt.__all__]",
)
MATCH = (sys.executable, "-m", "nasbench_templates", "match", "--format=json")
COMMANDS = {
    "python -c 'import numpy'": PEER,
    "the same and every name of ours": FACE,
    "match --model=vgg19": (*MATCH, "--model=vgg19"),
    "match --model=resnet50": (*MATCH, "--model=resnet50"),
    "match --cell=best": (*MATCH, "--cell=best"),
    "match --cell=best, as a table": (*MATCH[:-1], "--cell=best"),
    "match --help": (*MATCH[:-1], "--help"),
}


def seconds(command: tuple[str, ...]) -> float:
    """Returns the wall time of one process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Measures all commands in turn, after one uncounted round."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for counted in range(repeats + 1):
        for name, command in COMMANDS.items():
            elapsed = seconds(command)
            if counted:
                times[name].append(elapsed)
    peer = statistics.median(times["python -c 'import numpy'"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<32} {1e3 * median:7.1f} ms  {median / peer:5.2f} x")


if __name__ == "__main__":
    main()

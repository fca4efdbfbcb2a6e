"""Training throughput of cell networks and image classifiers, beside the same in PyTorch.

    python benchmarks/throughput.py [--networks resnet,best,...] [--steps 30] [--batch_size 64]
                                    [--threads 2] [--rounds 1] [--output FILE]
                                    [--peer_python /path/to/python]

Cells (stem of 16, three stacks of one module) stand beside the package nasbench-pytorch; VGG-19,
ResNet-20 and MobileNetV2 beside plain PyTorch (`torch_networks.py`). Each row is a process of its
own: build the network, then train it with SGD (rate 0.01, momentum 0.9, no weight decay) on one
batch of synthetic 32x32 images. A step takes uint8 images from the host, normalises them and
updates the weights, on both sides. Timed are single steps after five of warm-up; `first step` is
the time from the network's name to the end of the first step, imports left out. `speed` is ours by
the peer's, of the medians over the rounds. The peer is optional (`pip install '.[bench]'`, or its
own environment through --peer_python); without it its rows say so.
"""

import argparse
import importlib
import itertools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

CELLS = ("resnet", "best")
NETWORKS = (*CELLS, "vgg19", "resnet20", "mobilenet_v2")
STEM_FILTERS, NUM_STACKS, NUM_MODULES, SIDE = 16, 3, 1, 32
THREADS = 2
LEAST_STEPS = 30
OURS, PEER = "ours", "pytorch"
_MISSING = 3


def measure_ours(request: dict) -> dict:
    """Returns times and size of our network; runs in a process of its own."""
    import keras
    import step_times

    from nasbench_templates.graph.cost import CostModel

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(request["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(request["threads"])
    # What the first step would import is no part of its time, as with the peer.
    importlib.import_module("nasbench_templates.training.trainer")
    images, labels = step_times.synthetic_batch(request["batch_size"], SIDE, SIDE)
    start = time.perf_counter()
    graph, filters = _our_network(request)
    step = step_times.make_train_step(graph, filters, images, labels, "float32")
    built = time.perf_counter()
    float(step())
    return {
        "library": f"keras {keras.__version__}, {keras.backend.backend()}",
        "build_s": built - start,
        "first_step_s": time.perf_counter() - start,
        "trainable_params": CostModel(graph).cost(filters).trainable_params,
        **_summary(step_times.time_steps(step, float, blocks=request["steps"]), request),
    }


def _our_network(request: dict) -> tuple:
    """Returns a graph and its widths."""
    from nasbench_templates.networks import architecture
    from nasbench_templates.networks.cells import Cell

    model, options = request["network"], {}
    if "matrix" in request:
        model = "nasbench101"
        options = {
            "cell": Cell.parse(request["matrix"], request["ops"]),
            "stem_filters": STEM_FILTERS,
            "num_stacks": NUM_STACKS,
            "num_modules_per_stack": NUM_MODULES,
        }
    network = architecture.build(model, (SIDE, SIDE, 3), _num_classes(), options)
    # As the paper builds it: ResNet's first stage has no projection.
    return network.base_graph or network.graph, network.base_filters


def _peer_network(request: dict):
    """Returns the same network in PyTorch."""
    if "matrix" not in request:
        import torch_networks

        return torch_networks.NETWORKS[request["network"]](_num_classes())
    from nasbench_pytorch.model import Network

    return Network(
        (request["matrix"], request["ops"]),
        num_labels=_num_classes(),
        stem_out_channels=STEM_FILTERS,
        num_stacks=NUM_STACKS,
        num_modules_per_stack=NUM_MODULES,
    )


def _num_classes() -> int:
    import step_times  # beside this script

    return step_times.NUM_CLASSES


def measure_peer(request: dict) -> dict:
    """Returns times and size of the peer's network; runs in a process of its own."""
    import step_times
    import torch

    torch.set_num_threads(request["threads"])
    images, labels = step_times.synthetic_batch(request["batch_size"], SIDE, SIDE)
    start = time.perf_counter()
    network = _peer_network(request)
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    objective = torch.nn.CrossEntropyLoss()
    mean = torch.tensor(step_times.MEAN).view(1, 3, 1, 1)
    std = torch.tensor(step_times.STD).view(1, 3, 1, 1)

    def step() -> torch.Tensor:
        inputs = (torch.from_numpy(images).permute(0, 3, 1, 2).float() - mean) / std
        optimizer.zero_grad()
        loss = objective(network(inputs), torch.from_numpy(labels).long())
        loss.backward()
        optimizer.step()
        return loss

    built = time.perf_counter()
    float(step())
    # Its cells hold parameters that no operation uses; they are no part of the network.
    trained = [value for value in network.parameters() if value.grad is not None]
    return {
        "library": f"torch {torch.__version__}",
        "build_s": built - start,
        "first_step_s": time.perf_counter() - start,
        "trainable_params": sum(value.numel() for value in trained),
        **_summary(step_times.time_steps(step, float, blocks=request["steps"]), request),
    }


def _summary(times, request: dict) -> dict:
    return {
        "step_s": times.median_s,
        "step_quartiles_s": times.quartiles_s,
        "images_per_second": request["batch_size"] / times.median_s,
    }


def measure_in_child(side: str, python: str, request: dict) -> dict:
    """Returns the row of one side and cell, or why there is none."""
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    environment = {
        **os.environ,
        **dict.fromkeys(variables, str(request["threads"])),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [python, __file__, "--measure", side],
        input=json.dumps(request),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    row = {"side": side, "network": request["network"]}
    if done.returncode == 0:
        return {**row, **json.loads(done.stdout.splitlines()[-1])}
    reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return {**row, "reason": reason, "is_missing": done.returncode == _MISSING}


def _run_child(side: str) -> int:
    request = json.load(sys.stdin)
    try:
        result = {OURS: measure_ours, PEER: measure_peer}[side](request)
    except ModuleNotFoundError as error:
        print(f"not measured: {error.name} is not installed", file=sys.stderr)
        return _MISSING
    print(json.dumps(result))
    return 0


def print_table(rows: list[dict]) -> None:
    """Prints a line for each row, with the reason where nothing was measured."""
    print(
        f"{'network':<12} {'side':<8} {'images/s':>9} {'ms a step (quartiles)':>24} "
        f"{'build s':>8} {'first step s':>13} {'params':>9}  library"
    )
    for row in rows:
        start = f"{row['network']:<12} {row['side']:<8}"
        if "reason" in row:
            print(f"{start} {row['reason']}")
            continue
        first, third = (1e3 * each for each in row["step_quartiles_s"])
        step = f"{1e3 * row['step_s']:.1f} ({first:.1f}-{third:.1f})"
        print(
            f"{start} {row['images_per_second']:>9.1f} {step:>24} {row['build_s']:>8.2f} "
            f"{row['first_step_s']:>13.2f} {row['trainable_params']:>9,}  {row['library']}"
        )


def print_speeds(rows: list[dict]) -> None:
    """Prints for each network how many times the peer's images a second ours are."""
    for network in dict.fromkeys(row["network"] for row in rows):
        ours, peers = (
            [
                row["images_per_second"]
                for row in rows
                if (row["network"], row["side"]) == (network, side) and "reason" not in row
            ]
            for side in (OURS, PEER)
        )
        if ours and peers:
            speed = statistics.median(ours) / statistics.median(peers)
            print(f"{network:<12} speed {speed:5.2f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=LEAST_STEPS, help="counted steps, at least 30")
    parser.add_argument("--batch_size", type=int, default=64, help="images in a step")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="some of the rows")
    parser.add_argument("--threads", type=int, default=THREADS, help="of either side")
    parser.add_argument("--rounds", type=int, default=1, help="processes for each row, in turn")
    parser.add_argument("--peer_python", default=sys.executable, help="interpreter with the peer")
    parser.add_argument("--output", type=pathlib.Path, help="file for the rows as JSON")
    parser.add_argument("--measure", choices=(OURS, PEER), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.steps < LEAST_STEPS:
        parser.error(f"expected --steps >= {LEAST_STEPS}, received {arguments.steps}")
    if arguments.batch_size < 1:
        parser.error(f"expected --batch_size >= 1, received {arguments.batch_size}")
    if unknown := set(arguments.networks.split(",")) - set(NETWORKS):
        parser.error(f"expected --networks among {', '.join(NETWORKS)}, received {unknown}")
    return arguments


def main() -> int:
    """Measures both sides in turn, prints the table and writes it; returns 1 if ours failed."""
    arguments = _arguments()
    if arguments.measure is not None:
        return _run_child(arguments.measure)
    from nasbench_templates.networks.named_cells import named_cells
    from nasbench_templates.support import files

    rows = []
    load = os.getloadavg()[0]
    names = arguments.networks.split(",")
    for _, name in itertools.product(range(arguments.rounds), names):
        request = {
            "network": name,
            "batch_size": arguments.batch_size,
            "steps": arguments.steps,
            "threads": arguments.threads,
        }
        if name in CELLS:
            cell = named_cells.get(name).cell
            request |= {"matrix": cell.matrix, "ops": cell.ops}
        for side, python in ((OURS, sys.executable), (PEER, arguments.peer_python)):
            rows.append(measure_in_child(side, python, request))
    print_table(rows)
    print_speeds(rows)
    print(f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    if arguments.output is not None:
        files.write_json(
            arguments.output,
            {
                "rows": rows,
                "command": sys.argv,
                "steps": arguments.steps,
                "batch_size": arguments.batch_size,
                "threads": arguments.threads,
                "load": (load, os.getloadavg()[0]),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
                "python": platform.python_version(),
            },
        )
    return int(any("reason" in row for row in rows if row["side"] == OURS))


if __name__ == "__main__":
    sys.exit(main())

"""Throughput, utilisation and memory on an accelerator, and a short training: one command.

    KERAS_BACKEND=jax python benchmarks/gpu.py --output gpu.json [--data_dir DIR]
    python benchmarks/gpu.py --smoke

Needs this package, Keras with its own requirements and the backend (TensorFlow or JAX), nothing
else; the Parquet form of CIFAR-10 also needs pyarrow and Pillow. For each network at base and under
one template, in float32 and in mixed precision, a process of its own trains on one synthetic batch
and predicts it: images a second (median over blocks of steps, quartiles in the JSON), the device's
peak memory over both, and the share of the card's peak rate that training uses, at 2 operations
for each MAC and three passes (forward, and backward for activations and weights). With --data_dir a
cell network then trains on CIFAR-10 for a few epochs.

Rows are written as they come, so that a run that is cut short keeps what it has. --smoke runs tiny
networks on whatever device there is, in a minute, to try the command: its figures mean nothing.
Exit status: 0 done, 1 no accelerator or a row failed, 2 wrong usage.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import cards
import numpy as np
import step_times

from nasbench_templates.data import loading
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.runs import provenance
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import devices

FLOAT32 = "float32"
# Forward pass, gradient of the activations, gradient of the weights.
PASSES = 3
_TRAINING_CELL = "resnet"
# Exit status of a process that lacks a library.
_MISSING = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """What is measured and how.

    Attributes:
        networks: architectures, or `best` for the NAS-Bench network around that cell.
        template: beside the base.
        side: of the images, in pixels.
        batch_size: images in a step.
        blocks: counted blocks of steps.
        steps_per_block: steps in each.
        skeleton: options of the NAS-Bench network.
    """

    networks: tuple[str, ...] = ("resnet50", "vgg19", "mobilenet_v2", "best")
    template: str = "d"
    side: int = 32
    batch_size: int = 256
    blocks: int = 30
    steps_per_block: int = 5
    skeleton: dict | None = None


SMOKE = Settings(
    networks=("best",),
    side=16,
    batch_size=4,
    blocks=3,
    steps_per_block=1,
    skeleton={"stem_filters": 4, "num_modules_per_stack": 1},
)


def plan_network(request: dict) -> Design:
    """Returns the network of a row under its template."""
    name, options = request["network"], {}
    # Some names are both; the architecture is meant then.
    if name not in architectures:
        options = {"cell": named_cells.get(name).cell, **(request["skeleton"] or {})}
        name = "nasbench101"
    shape = (request["side"], request["side"], 3)
    settings = NetworkSettings(name, shape, step_times.NUM_CLASSES, options)
    (network,) = planning.plan(settings, [request["template"]])
    return network


def measure(request: dict) -> dict:
    """Returns the figures of one row; runs in a process of its own."""
    import keras

    from nasbench_templates.measure import memory

    network = plan_network(request)
    graph, filters, policy = network.architecture.graph, network.filters, request["policy"]
    images, labels = step_times.synthetic_batch(
        request["batch_size"], request["side"], request["side"]
    )
    counts = {"blocks": request["blocks"], "steps_per_block": request["steps_per_block"]}
    start = time.perf_counter()
    step = step_times.make_train_step(graph, filters, images, labels, policy)
    float(step())
    first_step_s = time.perf_counter() - start
    train = step_times.time_steps(step, float, **counts)
    predict = _prediction(graph, filters, images, policy)
    inference = step_times.time_steps(predict, keras.ops.convert_to_numpy, **counts)
    peak = memory.device_peak()
    return {
        "macs": network.cost.macs,
        "trainable_params": network.cost.trainable_params,
        "first_step_s": first_step_s,
        "train_step_s": train.median_s,
        "train_step_quartiles_s": train.quartiles_s,
        "train_images_per_second": request["batch_size"] / train.median_s,
        "inference_step_s": inference.median_s,
        "inference_step_quartiles_s": inference.quartiles_s,
        "inference_images_per_second": request["batch_size"] / inference.median_s,
        "device_peak_bytes": peak.num_bytes if peak else None,
    }


def _prediction(
    graph: LayerGraph, filters: Sequence[int], images: np.ndarray, policy: str
) -> Callable[[], object]:
    import keras

    from nasbench_templates.keras_io import keras_builder
    from nasbench_templates.measure import prediction

    model = keras_builder.build_keras(graph, filters, dtype=policy)
    predict = prediction.compile_prediction(model)
    on_device = keras.ops.convert_to_tensor(images.astype("float32"))
    return lambda: predict(on_device)


def train_cifar10(request: dict) -> dict:
    """Returns the epochs of a short training on CIFAR-10; runs in a process of its own."""
    from nasbench_templates.training.recipes import recipes
    from nasbench_templates.training.trainer import Trainer

    cifar10 = loading.load_dataset("cifar10", request["data_dir"])
    if request["is_smoke"]:
        cifar10 = cifar10.with_limited_splits(256)
    # Its batch-norm momentum is made for few steps.
    config = recipes.get("short").config(request["epochs"], request["batch_size"])
    network = plan_network({**request, "network": _TRAINING_CELL, "template": "base"})
    start = time.perf_counter()
    trainer = Trainer(network.architecture.graph, network.filters, cifar10, config)
    built_s = time.perf_counter() - start
    result = trainer.run(seed=0)
    return {
        "network": f"nasbench101, cell {_TRAINING_CELL}",
        "trainable_params": network.cost.trainable_params,
        "training": config.to_dict(),
        "data_source": cifar10.source,
        "data_checksum": cifar10.checksum,
        "num_images": cifar10.train.num_images,
        "build_and_trace_s": built_s,
        "history": [asdict(epoch) for epoch in result.history],
        "val_accuracy": result.val_accuracy,
        "test_accuracy": result.test_accuracy,
        "train_seconds": result.train_seconds,
    }


def describe_machine(request: dict) -> dict:
    """Returns device and versions; runs in a process of its own, which gives the device back."""
    return {"device": devices.describe(), "versions": provenance.versions()}


TASKS = {"measure": measure, "train": train_cifar10, "machine": describe_machine}


def run_task(task: str, request: dict) -> dict:
    """Returns what a task gives in a fresh process, or `{"reason": ...}`."""
    done = subprocess.run(
        [sys.executable, __file__, "--task", task],
        input=json.dumps(request),
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == _MISSING:
        return {"reason": done.stderr.strip().splitlines()[-1]}
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"reason": f"ended with {done.returncode}: {reason[:300]}"}
    return json.loads(done.stdout.splitlines()[-1])


def _run_child(task: str) -> int:
    try:
        found = TASKS[task](json.load(sys.stdin))
    except ModuleNotFoundError as error:
        print(f"skipped: {error.name} is not installed", file=sys.stderr)
        return _MISSING
    print(json.dumps(found))
    return 0


def driver_version() -> str | None:
    """Returns the NVIDIA driver's version, `None` where nvidia-smi does not tell."""
    command = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.split() or [None])[0]


def rows_to_measure(settings: Settings, half_policy: str, is_smoke: bool) -> list[dict]:
    """Returns the requests of all rows; a smoke run has two that touch everything."""
    pairs = [
        (template, policy)
        for template in ("base", settings.template)
        for policy in (FLOAT32, half_policy)
    ]
    if is_smoke:
        pairs = [("base", FLOAT32), (settings.template, half_policy)]
    return [
        {**asdict(settings), "network": network, "template": template, "policy": policy}
        for network in settings.networks
        for template, policy in pairs
    ]


def complete(request: dict, found: dict, device: str) -> dict:
    """Returns a row: what was asked for, what was measured and the utilisation."""
    keys = ("network", "template", "policy", "batch_size", "side", "blocks", "steps_per_block")
    row = {key: request[key] for key in keys} | found
    if "reason" not in found:
        row["train_utilisation"] = cards.utilisation(
            device,
            request["policy"],
            2 * PASSES * found["macs"],
            found["train_images_per_second"],
        )
    return row


HEADER = (
    f"{'network':<13} {'template':<8} {'policy':<15} {'train img/s':>12} {'utilisation %':>13} "
    f"{'infer img/s':>12} {'peak MB':>9} {'first step s':>12}"
)


def line(row: dict) -> str:
    """Returns a row for people; `-` is what could not be measured or is not known."""
    start = f"{row['network']:<13} {row['template']:<8} {row['policy']:<15}"
    if "reason" in row:
        return f"{start} {row['reason']}"
    share, peak = row["train_utilisation"], row["device_peak_bytes"]
    return (
        f"{start} {row['train_images_per_second']:>12.0f} "
        f"{'-' if share is None else f'{100 * share:.1f}':>13} "
        f"{row['inference_images_per_second']:>12.0f} "
        f"{'-' if peak is None else f'{peak / 1e6:.0f}':>9} {row['first_step_s']:>12.1f}"
    )


def short_training(arguments: argparse.Namespace, settings: Settings) -> dict:
    """Returns the outcome of the short training, or the reason why there is none."""
    if arguments.data_dir is None:
        return {"reason": "skipped: no --data_dir"}
    return run_task(
        "train",
        {
            **asdict(settings),
            "data_dir": str(arguments.data_dir),
            "epochs": arguments.epochs,
            "batch_size": min(settings.batch_size, 256),
            "side": 32,
            "is_smoke": arguments.smoke,
        },
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=pathlib.Path, help="file for all figures as JSON")
    parser.add_argument("--data_dir", type=pathlib.Path, help="folder with CIFAR-10 (see README)")
    parser.add_argument("--epochs", type=int, default=3, help="of the short training (default: 3)")
    parser.add_argument("--networks", help="some of them, e.g. resnet50,best (default: all four)")
    parser.add_argument("--time_limit_s", type=float, help="no new row after this many seconds")
    parser.add_argument("--smoke", action="store_true", help="tiny networks on any device")
    parser.add_argument("--task", choices=tuple(TASKS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = arguments.networks.split(",") if arguments.networks else []
    unknown = set(names) - set(Settings().networks)
    if unknown:
        parser.error(
            f"expected --networks among {', '.join(Settings().networks)}, "
            f"received {', '.join(sorted(unknown))}"
        )
    if arguments.epochs < 1:
        parser.error(f"expected --epochs >= 1, received {arguments.epochs}")
    return arguments


def _settings(arguments: argparse.Namespace) -> Settings:
    if arguments.smoke:
        return SMOKE
    if arguments.networks:
        return Settings(networks=tuple(arguments.networks.split(",")))
    return Settings()


def _fail(status: int, message: str) -> int:
    print(f"gpu.py: error: {message}", file=sys.stderr)
    return status


def _write(path: pathlib.Path | None, content: dict) -> None:
    if path is not None:
        files.write_json(path, content)


def main() -> int:
    """Measures every row, trains if there are data, prints and writes; returns the exit status."""
    arguments = _arguments()
    if arguments.task is not None:
        return _run_child(arguments.task)
    try:
        backend = devices.keras_backend()
    except ConfigError as error:
        return _fail(2, str(error))
    machine = run_task("machine", {})
    if "reason" in machine:
        return _fail(1, machine["reason"])
    device = machine["device"]
    if device.startswith("cpu") and not arguments.smoke:
        return _fail(1, f"expected an accelerator, found {device}; --smoke runs anywhere")
    card = cards.find_card(device)
    half_policy = card.half_policy if card else cards.DEFAULT_HALF_POLICY
    settings = _settings(arguments)
    report = {
        **machine,
        "driver": driver_version(),
        "command": sys.argv,
        "keras_backend": backend,
        "is_smoke": arguments.smoke,
        "card": asdict(card) if card else None,
        "rows": [],
    }
    return _run(arguments, settings, half_policy, report)


def _run(arguments: argparse.Namespace, settings: Settings, half_policy: str, report: dict) -> int:
    started = time.monotonic()
    print(f"device: {report['device']}; driver: {report['driver'] or 'unknown'}"
          + ("; SMOKE RUN: figures mean nothing" if arguments.smoke else ""))  # fmt: skip
    print(HEADER, flush=True)
    for request in rows_to_measure(settings, half_policy, arguments.smoke):
        limit = arguments.time_limit_s
        if limit is not None and time.monotonic() - started > limit:
            found = {"reason": f"not measured: --time_limit_s={limit:g} was over"}
        else:
            found = run_task("measure", request)
        row = complete(request, found, report["device"])
        report["rows"].append(row)
        print(line(row), flush=True)
        _write(arguments.output, report)
    report["training"] = training = short_training(arguments, settings)
    _write(arguments.output, report)
    if "reason" in training:
        print(f"CIFAR-10: {training['reason']}")
    else:
        print(
            f"CIFAR-10: {training['network']}, epochs: {arguments.epochs}, "
            f"{training['train_seconds']:.1f} s, accuracy {100 * training['val_accuracy']:.2f} % "
            f"(validation), {100 * training['test_accuracy']:.2f} % (test), one seed"
        )
    is_broken = any(row.get("reason", "").startswith("ended") for row in report["rows"])
    return int(is_broken or training.get("reason", "").startswith("ended"))


if __name__ == "__main__":
    sys.exit(main())

"""One tidy table of all runs below a folder: networks, widths, costs, accuracies, times, origins.

It is made from the run folders alone, each time anew, and replaced as a whole: whoever writes it
last under its lock has seen every run that was finished before, however many write.
"""

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from absl import logging

from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import folders, identity, stored_runs
from nasbench_templates.runs.stored_runs import Run
from nasbench_templates.support import files, locks, tables
from nasbench_templates.support.errors import DataError, SpecError
from nasbench_templates.sweeps import folder as sweep_folder

if TYPE_CHECKING:
    import pandas

_CSV, _PARQUET, _LOCK = "table.csv", "table.parquet", ".table.lock"
# Column -> its type in pandas; units are in the names.
COLUMNS: Mapping[str, str] = {
    "run": "string",
    "status": "string",
    "reason": "string",
    "failed_attempts": "Int64",
    "network": "string",
    "model": "string",
    "module_hash": "string",
    "template": "string",
    "budget": "string",
    "filters": "object",
    "gap": "Float64",
    "macs": "Int64",
    "params": "Int64",
    "trainable_params": "Int64",
    "activations": "Int64",
    "dataset": "string",
    "num_train": "Int64",
    "num_validation": "Int64",
    "num_test": "Int64",
    "recipe": "string",
    "epochs": "Int64",
    "epochs_done": "Int64",
    "batch_size": "Int64",
    "optimizer": "string",
    "learning_rate": "Float64",
    "weight_decay": "Float64",
    "seed": "Int64",
    "deterministic": "boolean",
    "smoke": "boolean",
    "val_accuracy": "Float64",
    "test_accuracy": "Float64",
    "train_seconds": "Float64",
    "latency_ms": "Float64",
    "device": "string",
    "backend": "string",
    "data_source": "string",
    "data_checksum": "string",
    "graph_sha256": "string",
    "versions": "string",
}


def collect(root: pathlib.Path) -> "pandas.DataFrame":
    """Returns one row for each run below a folder, by path; `filters` are lists of integers.

    Args:
        root: of a sweep, or any folder with runs of `train`, `evaluate` and the studies.

    Raises:
        DataError: the folder does not exist.
    """
    import pandas

    if not root.is_dir():
        raise DataError(f"{root}: expected a folder with runs, there is none")
    faults: dict[str, str] = {}
    rows = [row(root, run) for run in stored_runs.read(root, faults)]
    for path, fault in faults.items():
        logging.warning("%s is left out: %s", path, fault)
    found = pandas.DataFrame(rows, columns=list(COLUMNS))
    return found.astype(COLUMNS)


def write(root: pathlib.Path) -> "pandas.DataFrame":
    """Writes `table.csv` and `table.parquet` into a folder with runs; returns the table.

    Raises:
        DataError: the folder does not exist.
        OSError: it cannot be written to.
    """
    if not root.is_dir():
        raise DataError(f"{root}: expected a folder with runs, there is none")
    lock = root / _LOCK
    # Reading belongs under the lock: else an older table might replace a newer one.
    with locks.held(lock, root / _CSV, is_waiting=True):
        found = collect(root)
        with files.replacing(root / _PARQUET) as partial:
            found.to_parquet(partial, index=False)
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        with files.replacing_text(root / _CSV) as file:
            file.write(tables.csv_text(list(COLUMNS), rows))
    return found


def row(root: pathlib.Path, run: Run) -> dict[str, Any]:
    """Returns the table's row of one run.

    Args:
        root: the folder that was read.
        run: as it was read there.
    """
    path = root / run.path
    architecture = files.read_json(path / "architecture.json") or {}
    planned = (files.read_json(path / sweep_folder.SPEC) or {}).get("planned", {})
    run_folder = folders.RunFolder(path, run.config)
    config, result, cost = run.config, run.result, architecture.get("cost", {})
    training = config["training"]
    images = result.get("num_images") or (None, None, None)
    versions = result.get("versions") or {}
    return {
        **{name: value for name, value in result.items() if name in COLUMNS},
        "run": run.path,
        "status": run.status,
        "failed_attempts": len(run_folder.read_failures()),
        "network": planned.get("network") or run.network,
        "model": config["model"],
        "module_hash": _module_hash(architecture.get("cell")),
        "template": config["template"],
        "budget": planned.get("budget"),
        "filters": list(config["filters"]),
        "gap": architecture.get("gap"),
        **{name: cost.get(name, result.get(name)) for name in _COSTS},
        "dataset": config["dataset"],
        **dict(zip(("num_train", "num_validation", "num_test"), images, strict=True)),
        "recipe": planned.get("recipe"),
        **{name: training.get(name, identity.REFERENCE.get(name)) for name in _OF_TRAINING},
        "epochs_done": result.get("epochs"),
        "seed": config["seed"],
        "smoke": run.is_smoke,
        "backend": config["backend"],
        "data_checksum": config["data_checksum"],
        "graph_sha256": config["graph_sha256"],
        "versions": ", ".join(f"{name} {value}" for name, value in sorted(versions.items())),
    }


_COSTS = ("macs", "params", "trainable_params", "activations")
_OF_TRAINING = (
    "epochs", "batch_size", "optimizer", "learning_rate", "weight_decay", "deterministic",
)  # fmt: skip


def _module_hash(cell: Mapping[str, Any] | None) -> str | None:
    if cell is None:
        return None
    try:
        return Cell.parse(cell["matrix"], cell["ops"]).hash()
    except (KeyError, TypeError, SpecError):
        return None

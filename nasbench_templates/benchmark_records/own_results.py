"""Results of `evaluate` as records, so that users extend the benchmark with cells of their own.

Of every finished run under the base widths the cell, its parameter count and the measured values
are taken; the budget is the number of epochs. Half-way values are there for an even number. The
accuracy on training images is not measured after training, so it is absent.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from absl import logging

from nasbench_templates.benchmark_records import cell_record
from nasbench_templates.benchmark_records.benchmark_setting import Setting
from nasbench_templates.benchmark_records.cell_record import CellRecord, Run
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import Skeleton
from nasbench_templates.runs import folders, stored
from nasbench_templates.support import files, texts
from nasbench_templates.support.errors import RecordError, SpecError

_BASE = "base"
# In the names of a network's nodes.
_MODULE = re.compile(r"stack(\d+)_module(\d+)")
# What the runs of one table must have in common, besides the network around the cell.
_SHARED = ("dataset", "data_checksum")


def is_results(path: Path) -> bool:
    """Returns whether a folder is the output of `evaluate`, or one run of it."""
    return next(_run_folders(path), None) is not None


def read(path: Path, module_hash: str | None = None) -> Iterator[CellRecord]:
    """Yields a record for each cell with finished runs under its base widths.

    Other templates, networks that are no cells of the benchmark's operations, smoke runs and
    unfinished ones are passed over.

    Args:
        path: the output folder of `evaluate`, or one run.
        module_hash: gives only this cell.

    Raises:
        RecordError: no such run, a damaged one, or runs on different data or networks.
    """
    shared: dict[str, Any] = {}
    cells: dict[str, dict[Path, CellRecord]] = {}
    for folder in sorted(_run_folders(path)):
        record = _read_run(folder, shared)
        if record is not None:
            cells.setdefault(record.module_hash, {})[folder] = record
    if not cells:
        raise RecordError(
            f"{path}: expected a finished run of a cell under the template base, found none"
        )
    for name, records in cells.items():
        if module_hash in (None, name):
            yield cell_record.combine(list(records.values()), list(records))


def setting_of(path: Path) -> Setting | None:
    """Returns what the first finished run under base widths was trained in; `None` without one."""
    for folder in sorted(_run_folders(path)):
        result = files.read_json(folder / "result.json") or {}
        if result.get("status") == folders.FINISHED and result.get("template") == _BASE:
            found = _setting(folder)
            if found is not None:
                return found
    return None


def _setting(folder: Path) -> Setting | None:
    """Returns what a run was trained in; `None` where its files do not say."""
    architecture = files.read_json(folder / "architecture.json") or {}
    config = files.read_json(folder / "config.json") or {}
    try:
        nodes = architecture["graph"]["nodes"]
        places = [match.groups() for node in nodes if (match := _MODULE.match(node["name"]))]
        stem = next(node["filters"] for node in nodes if "filters" in node)
        stacks, modules = zip(*places, strict=True)
        skeleton = Skeleton(stem, 1 + max(map(int, stacks)), 1 + max(map(int, modules)))
        return Setting(config["dataset"], tuple(architecture["input_shape"]), skeleton)
    except (KeyError, TypeError, ValueError, StopIteration):
        return None


def _run_folders(path: Path) -> Iterator[Path]:
    for pattern in ("result.json", "*/result.json", "runs/*/result.json"):
        for result in path.glob(pattern):
            if (result.parent / "architecture.json").is_file():
                yield result.parent


def _read_run(folder: Path, shared: dict[str, Any]) -> CellRecord | None:
    result = files.read_json(folder / "result.json") or {}
    architecture = files.read_json(folder / "architecture.json") or {}
    config = files.read_json(folder / "config.json") or {}
    fault = stored.config_fault(config or None) or stored.result_fault(result, config)
    if fault is not None:
        logging.warning("%s is left out: %s", folder, fault)
        return None
    if result["status"] != folders.FINISHED or result["template"] != _BASE:
        return None
    # The figures of a smoke run mean nothing.
    if architecture.get("cell") is None or config.get("smoke"):
        return None
    try:
        cell = Cell.parse(architecture["cell"]["matrix"], architecture["cell"]["ops"])
        module_hash = cell.hash()
        if module_hash is None:
            return None
        for name in _SHARED:
            if shared.setdefault(name, config[name]) != config[name]:
                raise RecordError(
                    f"expected runs with one {name}, received {shared[name]} and {config[name]}"
                )
        return cell_record.check(
            CellRecord(
                module_hash,
                {result["epochs"]: (_run(folder, result),)},
                result["trainable_params"],
                cell.matrix,
                cell.ops,
            )
        )
    except (KeyError, TypeError, SpecError, RecordError) as error:
        raise RecordError(f"{folder}: expected a run of evaluate: {error}") from error


def _run(folder: Path, result: dict[str, Any]) -> Run:
    run = Run(
        final_training_time=result["train_seconds"],
        final_validation_accuracy=result["val_accuracy"],
        final_test_accuracy=result["test_accuracy"],
    )
    half, rest = divmod(result["epochs"], 2)
    if rest:
        return run
    try:
        lines = texts.read_lines(folder / "metrics.jsonl")
        epochs = [json.loads(line) for line in lines]
        return run._replace(
            halfway_training_time=sum(epoch["seconds"] for epoch in epochs[:half]),
            halfway_validation_accuracy=epochs[half - 1]["val_accuracy"],
        )
    except (OSError, ValueError, LookupError) as error:
        raise RecordError(f"metrics.jsonl: expected a line for each epoch: {error}") from None

"""Finished runs in the trackers that labs use, each once.

    track(root, "mlflow")         # root/mlflow.db, or a store or server that --tracking_uri names
    track(root, "tensorboard")    # root/tensorboard/RUN

A run is known there by its path below the folder, in a sweep below its `runs`. What is there
already is asked of the tracker itself, under a lock of the folder; what a killed command left
half-written there is replaced.
"""

import importlib.util
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from nasbench_templates.runs import folders, stored_runs
from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.stored_runs import Run
from nasbench_templates.support import locks
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import table
from nasbench_templates.training import event_logs
from nasbench_templates.training.metrics import EpochMetrics

_TAG = "nasbench_templates.run"
_MLFLOW, _TENSORBOARD = "mlflow", "tensorboard"
_SCORES = ("val_accuracy", "test_accuracy", "train_seconds", "latency_ms")
_CHOSEN = (
    "network", "model", "template", "budget", "dataset", "recipe", "epochs", "batch_size",
    "optimizer", "learning_rate", "weight_decay", "seed", "macs", "trainable_params", "gap",
)  # fmt: skip
# The folder of a sweep's runs, whose names differ.
_OF_SWEEP = "runs"
# Of what is not yet whole, for TensorBoard.
_PARTIAL = ".partial-"
# MLflow refuses longer batches.
_MOST_METRICS = 1000


def check(name: str, uri: str | None) -> None:
    """Checks that a tracker can be written to as far as that is known without it.

    Raises:
        ConfigError: a library that is not installed, or an address that the tracker does not have.
    """
    if name == _MLFLOW and importlib.util.find_spec("mlflow") is None:
        raise ConfigError(
            "--tracker=mlflow needs MLflow, which is not installed; try: pip install "
            "'nasbench_templates[trackers]'"
        )
    if name == _TENSORBOARD and uri is not None:
        raise ConfigError("expected --tracking_uri with --tracker=mlflow only")


def track(root: pathlib.Path, name: str, uri: str | None = None) -> int:
    """Writes the finished runs below a folder to a tracker; returns how many were new there.

    Args:
        root: the folder of a sweep.
        name: one of `TRACKERS`.
        uri: of MLflow's store or server; `None`: a file in `root`.

    Raises:
        ConfigError: as `check`.
        OSError: the folder cannot be written to.
    """
    check(name, uri)
    found = stored_runs.read(root, {})
    runs = [run for run in found if run.status == folders.FINISHED]
    lock = root / f".{name}.lock"
    with locks.held(lock, root, is_waiting=True):
        return TRACKERS[name](root, runs, uri)


def _to_mlflow(root: pathlib.Path, runs: list[Run], uri: str | None) -> int:
    from mlflow import MlflowClient
    from mlflow.entities import Param

    client = MlflowClient(uri or f"sqlite:///{(root / 'mlflow.db').resolve()}")
    title = root.resolve().name
    experiment = client.get_experiment_by_name(title)
    number = client.create_experiment(title) if experiment is None else experiment.experiment_id
    known = _known_to_mlflow(client, number)
    missing = [run for run in runs if _name(run) not in known]
    for run in missing:
        row, folder = _row(root, run), RunFolder(root / run.path, run.config)
        made = client.create_run(number, tags={_TAG: _name(run)}, run_name=_name(run)).info.run_id
        params = [Param(key, str(row[key])) for key in _CHOSEN if row[key] is not None]
        client.log_batch(made, params=params)
        metrics = _mlflow_metrics(folder, row)
        for first in range(0, len(metrics), _MOST_METRICS):
            client.log_batch(made, metrics=metrics[first : first + _MOST_METRICS])
        client.set_terminated(made)
    return len(missing)


def _known_to_mlflow(client: Any, experiment: str) -> set[str]:
    """Returns the runs that are whole there; removes those that a killed command began."""
    known, token = set(), None
    while True:
        page = client.search_runs([experiment], page_token=token)
        for each in page:
            if _TAG not in each.data.tags:
                continue
            if each.info.status == "FINISHED":
                known.add(each.data.tags[_TAG])
            else:
                client.delete_run(each.info.run_id)
        token = page.token
        if not token:
            return known


def _mlflow_metrics(folder: RunFolder, row: Mapping[str, Any]) -> list[Any]:
    from mlflow.entities import Metric

    at = int(1000 * (folder.path / folders.RESULT).stat().st_mtime)
    metrics = [Metric(key, row[key], at, 0) for key in _SCORES if row[key] is not None]
    for epoch in folder.read_epochs():
        metrics += [
            Metric(f"epoch_{key}", value, at, epoch["epoch"])
            for key, value in epoch.items()
            if key != "epoch" and value is not None
        ]
    return metrics


def _to_tensorboard(root: pathlib.Path, runs: list[Run], uri: str | None) -> int:
    del uri  # checked to be none
    from tensorboardX import SummaryWriter

    place = root / "tensorboard"
    place.mkdir(exist_ok=True)
    for left in place.glob(f"{_PARTIAL}*"):
        shutil.rmtree(left)
    missing = [run for run in runs if not (place / _name(run)).is_dir()]
    for run in missing:
        row, folder = _row(root, run), RunFolder(root / run.path, run.config)
        partial = pathlib.Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=place))
        try:
            for epoch in folder.read_epochs():
                event_logs.write_epoch(partial, EpochMetrics(**epoch))
            chosen = {key: row[key] for key in _CHOSEN if row[key] is not None}
            scores = {key: row[key] for key in _SCORES if row[key] is not None}
            with SummaryWriter(logdir=str(partial)) as writer:
                writer.add_hparams(chosen, scores, name="hparams")
            partial.chmod(0o755)
            (place / _name(run)).parent.mkdir(parents=True, exist_ok=True)
            partial.rename(place / _name(run))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return len(missing)


def _name(run: Run) -> str:
    return "run" if run.path == "." else run.path.removeprefix(f"{_OF_SWEEP}/")


def _row(root: pathlib.Path, run: Run) -> dict[str, Any]:
    row = table.row(root, run)
    return {key: row.get(key) for key in (*_CHOSEN, *_SCORES)}


TRACKERS: Mapping[str, Callable[[pathlib.Path, list[Run], str | None], int]] = {
    _MLFLOW: _to_mlflow,
    _TENSORBOARD: _to_tensorboard,
}

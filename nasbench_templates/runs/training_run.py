"""One training run with its folder: what identifies it, how it is carried out, what it leaves.

`evaluation` makes many of them, the job `train` one.
"""

import dataclasses
import functools
import hashlib
import json
import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph import graph_json
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import folders, provenance
from nasbench_templates.support import files
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training import checkpoints, devices
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.metrics import EpochMetrics, TrainResult

if TYPE_CHECKING:
    import numpy as np

    from nasbench_templates.data.core.dataset import Dataset
    from nasbench_templates.training.distribution import Distribution
    from nasbench_templates.training.trainer import Trainer

# Of each split, where data are cut for a trial of the whole chain.
SMOKE_IMAGES = 256


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingRun:
    """What one run trains.

    Attributes:
        settings: of the network.
        network: what is built of it, under a template.
        dataset: what it is trained on.
        config: how.
        seed: at least 0.
        is_smoke: whether data were cut to a few images, for a trial of the whole chain.
        first_weights: what it starts from, in the order of the network's weights; by default the
            seed decides.
    """

    settings: NetworkSettings
    network: Design
    dataset: "Dataset"
    config: TrainConfig
    seed: int
    is_smoke: bool = False
    first_weights: "Sequence[np.ndarray] | None" = dataclasses.field(
        default=None, compare=False, repr=False
    )

    def identity(self) -> dict[str, object]:
        """Returns what makes two runs the same, without paths and machine names."""
        # The graph itself, not the options it came from: the same network asked for in other words,
        # or with a default spelled out, is the same run.
        graph = json.dumps(self._graph(), sort_keys=True)
        found = {
            "model": self.settings.model,
            "graph_sha256": hashlib.sha256(graph.encode()).hexdigest(),
            "template": self.network.template,
            "filters": list(self.network.filters),
            "dataset": self.dataset.name,
            "data_checksum": self.dataset.checksum,
            "training": self.config.to_dict(),
            "seed": self.seed,
            "backend": devices.keras_backend(),
            "smoke": self.is_smoke,
        }
        if self.first_weights is not None:
            digest = hashlib.sha256()
            for each in self.first_weights:
                digest.update(each.tobytes())
            found["first_weights_sha256"] = digest.hexdigest()
        return found

    def description(self) -> dict[str, object]:
        """Returns the network and the data set in full."""
        architecture = self.network.architecture
        return {
            "name": architecture.name,
            "network": self.settings.name,
            "filters": list(self.network.filters),
            "cost": self.network.cost._asdict(),
            "gap": self.network.gap,
            "input_shape": list(architecture.input_shape),
            "num_classes": architecture.num_classes,
            "classes": list(self.dataset.classes),
            "is_audio": self.dataset.is_audio,
            "num_images": dict(
                zip(("train", "validation", "test"), self.dataset.num_images, strict=True)
            ),
            "graph": self._graph(),
            "cell": self._cell(),
        }

    def trainer(self, distribution: "Distribution | None" = None) -> "Trainer":
        """Returns what trains it, built and traced; other seeds may share it."""
        from nasbench_templates.training.trainer import Trainer

        graph = self.network.architecture.graph
        return Trainer(
            graph,
            self.network.filters,
            self.dataset,
            self.config,
            distribution,
            self.first_weights,
        )

    def result(
        self, status: str, reason: str | None, outcome: TrainResult, device: str
    ) -> dict[str, object]:
        """Returns the figures of the machine-readable contract.

        Args:
            status: one of `runs.FINISHED`, `INTERRUPTED` and `FAILED`.
            reason: why it did not finish.
            outcome: what the trainer returned.
            device: what computed.
        """
        return {
            "status": status,
            "reason": reason,
            "model": self.network.architecture.name,
            "template": self.network.template,
            "filters": list(self.network.filters),
            "macs": self.network.cost.macs,
            "params": self.network.cost.params,
            "trainable_params": self.network.cost.trainable_params,
            "dataset": self.dataset.name,
            "data_source": self.dataset.source,
            "data_checksum": self.dataset.checksum,
            "num_images": list(self.dataset.num_images),
            "seed": self.seed,
            "epochs": len(outcome.history),
            "val_accuracy": outcome.val_accuracy,
            "test_accuracy": outcome.test_accuracy,
            "train_seconds": outcome.train_seconds,
            "versions": provenance.versions(),
            "device": device,
        }

    def _graph(self) -> dict[str, object]:
        return graph_json.to_json(self.network.architecture.graph)

    def _cell(self) -> dict[str, object] | None:
        """Returns the cell in the vertex order that is built; `None` for other networks."""
        options = self.settings.options
        if options.get("cell") is None:
            return None
        cell = Cell.of(options["cell"])
        if options.get("order") == "canonical":
            cell = cell.canonical()
        return {"matrix": [list(row) for row in cell.matrix], "ops": list(cell.ops)}


@dataclasses.dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on while a run trains.

    Attributes:
        on_start: told the complete epochs before the first step and the steps made since.
        on_epoch: told of every epoch.
        on_step: told the epoch and its steps so far, after every step.
        stop_reason: asked after every step; anything but `None` saves and ends the run.
        checkpoint_interval_s: least number of seconds between two checkpoints.
        has_event_logs: whether epochs are also written for TensorBoard.
        is_writer: whether this process writes the files; with several workers only one does.
    """

    on_start: Callable[[tuple[EpochMetrics, ...], int], None] | None = None
    on_epoch: Callable[[EpochMetrics], None] | None = None
    on_step: Callable[[int, int], None] | None = None
    stop_reason: Callable[[], str | None] | None = None
    checkpoint_interval_s: float = checkpoints.INTERVAL_S
    has_event_logs: bool = False
    is_writer: bool = True


def train(
    run: TrainingRun, folder: folders.RunFolder, trainer: "Trainer", watch: Watch | None = None
) -> dict[str, object]:
    """Trains or resumes a run in its folder and returns its result, which is also in the folder.

    Raises:
        TrainingError: the loss is not finite; the folder says so.
        ConfigError: the folder's checkpoint belongs to another run.
        OSError: the folder cannot be written to.
    """
    watch = watch or Watch()
    device = devices.describe(trainer.is_distributed)
    if watch.is_writer:
        folder.start(run.description())
    try:
        outcome = trainer.run(
            run.seed,
            checkpoint=folder.checkpoints,
            checkpoint_interval_s=watch.checkpoint_interval_s,
            on_start=functools.partial(_report_start, folder, watch),
            on_epoch=functools.partial(_report, folder, watch),
            on_step=watch.on_step,
            stop_reason=watch.stop_reason,
        )
    except TrainingError as error:
        if watch.is_writer:
            folder.record(run.result(folders.FAILED, str(error), _so_far(folder), device))
        raise
    if outcome.stopped is not None:
        result = run.result(folders.INTERRUPTED, outcome.stopped, outcome, device)
        if watch.is_writer:
            folder.record(result)
        return result
    result = run.result(folders.FINISHED, None, outcome, device)
    if watch.is_writer:
        _keep(folder, trainer, result)
    return result


def validate_unfinished(
    run: TrainingRun,
    folder: folders.RunFolder,
    trainer: "Trainer",
    result: dict[str, object],
    watch: Watch,
) -> dict[str, object]:
    """Returns the result of an interrupted run with its validation accuracy as far as it came.

    The test split is for the end of a run: who stops often must not choose by it.
    """
    validation = run.dataset.validation
    if validation is None:
        return result
    result = {**result, "val_accuracy": trainer.evaluate(validation)[1]}
    if watch.is_writer:
        folder.record(result)
    return result


def _so_far(folder: folders.RunFolder) -> TrainResult:
    history = tuple(EpochMetrics(**row) for row in folder.read_epochs())
    return TrainResult(
        history=history,
        val_accuracy=history[-1].val_accuracy if history else None,
        test_accuracy=None,
        train_seconds=sum(each.seconds for each in history),
    )


def _report_start(
    folder: folders.RunFolder, watch: Watch, history: tuple[EpochMetrics, ...], num_steps: int
) -> None:
    # An attempt that was killed may have written epochs that its last checkpoint does not hold.
    if watch.is_writer:
        folder.write_epochs(map(dataclasses.asdict, history))
    if watch.on_start is not None:
        watch.on_start(history, num_steps)


def _report(folder: folders.RunFolder, watch: Watch, metrics: EpochMetrics) -> None:
    if watch.is_writer:
        folder.write_epoch(dataclasses.asdict(metrics))
        if watch.has_event_logs:
            from nasbench_templates.training import event_logs

            event_logs.write_epoch(folder.event_logs, metrics)
    if watch.on_epoch is not None:
        watch.on_epoch(metrics)


def _keep(folder: folders.RunFolder, trainer: "Trainer", result: dict[str, object]) -> None:
    from nasbench_templates.measure.latency import measure_latency

    latency = measure_latency(trainer.model)
    result |= {"latency_ms": latency.median_ms, "latency": dataclasses.asdict(latency)}
    with files.replacing(folder.model) as partial:
        trainer.model.save(pathlib.Path(partial))
    folder.finish(result)

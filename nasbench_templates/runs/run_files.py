"""What a run writes into its folder: its description, its result, its network."""

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasbench_templates.graph import graph_json
from nasbench_templates.runs import finished_run, provenance
from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support import files
from nasbench_templates.training.metrics import EpochMetrics, TrainResult

if TYPE_CHECKING:
    import keras

    from nasbench_templates.data.core.dataset import Dataset


def description(spec: RunSpec, dataset: "Dataset") -> dict[str, Any]:
    """Returns the network and the data set in full, for `architecture.json`."""
    design = spec.design
    architecture = design.architecture
    return {
        "name": architecture.name,
        "network": design.name,
        "filters": list(design.filters),
        "cost": design.cost._asdict(),
        "gap": design.gap,
        "input_shape": list(architecture.input_shape),
        "num_classes": architecture.num_classes,
        "classes": list(dataset.classes),
        "is_audio": dataset.is_audio,
        "num_images": dict(zip(("train", "validation", "test"), dataset.num_images, strict=True)),
        "graph": graph_json.to_json(architecture.graph),
        "cell": spec.cell(),
    }


def result(
    spec: RunSpec,
    dataset: "Dataset",
    status: str,
    reason: str | None,
    trained: TrainResult,
    device: str,
) -> dict[str, Any]:
    """Returns the figures of the machine-readable contract, for `result.json`.

    Args:
        spec: what was trained.
        dataset: on what.
        status: `"finished"`, `"interrupted"` or `"failed"`.
        reason: why it did not finish.
        trained: what the trainer returned.
        device: what computed.
    """
    design = spec.design
    cost = design.cost
    return {
        "status": status,
        "reason": reason,
        "model": design.architecture.name,
        "template": design.template,
        "filters": list(design.filters),
        "macs": cost.macs,
        "params": cost.params,
        "trainable_params": cost.trainable_params,
        "dataset": dataset.name,
        "data_source": dataset.source,
        "data_checksum": dataset.checksum,
        "num_images": list(dataset.num_images),
        "data_notes": [note.to_json() for note in dataset.notes],
        "seed": spec.seed,
        "epochs": len(trained.history),
        "val_accuracy": trained.val_accuracy,
        "test_accuracy": trained.test_accuracy,
        "train_seconds": trained.train_seconds,
        "versions": provenance.versions(),
        "device": device,
    }


def trained_so_far(folder: RunFolder) -> TrainResult:
    """Returns what the epochs that a folder holds say of a run that failed."""
    history = tuple(EpochMetrics(**row) for row in folder.read_epochs())
    return TrainResult(
        history=history,
        val_accuracy=history[-1].val_accuracy if history else None,
        test_accuracy=None,
        train_seconds=sum(each.seconds for each in history),
    )


def keep(
    folder: RunFolder, name: str, model: "keras.Model", figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Writes the network and the result of a finished run, drops its checkpoints; as `record`.

    Args:
        folder: of the run.
        name: what the network is called in its file, for example `vgg19_c`.
        model: the trained network.
        figures: of the result.

    Raises:
        OSError: the folder cannot be written to.
    """
    model.name = name
    with files.replacing(folder.model) as partial:
        model.save(pathlib.Path(partial))
    return folder.finish(figures)


def load_model(path: pathlib.Path) -> "keras.Model":
    """Returns the network of a finished run.

    Raises:
        DataError: its file is damaged.
    """
    return finished_run.load_network(finished_run.read(path))

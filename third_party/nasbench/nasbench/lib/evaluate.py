"""Training of a cell from scratch, by the trainer of nasbench_templates.

The settings are the benchmark's recipe with the epochs and the batch size of the configuration.
CIFAR-10 is read from the folder `config["data_dir"]`, as python batches or Parquet shards. The
accuracy on training images is that of the last epoch's batches, augmentation included.
"""

import os
import pathlib
from collections.abc import Mapping

import numpy as np

from nasbench.lib import model_builder
from nasbench.lib.model_spec import ModelSpec
from nasbench_templates.support import files

_DATA_DIR = "data_dir"


def train_and_evaluate(
    spec: ModelSpec, config: Mapping[str, object], model_dir: str | os.PathLike
) -> dict[str, object]:
    """Returns the metrics after training, and writes them to `metadata.json`.

    Args:
        spec: a valid cell, also one outside the benchmark's space.
        config: of `config.build_config()`, with the key `data_dir` added.
        model_dir: folder for `metadata.json`.

    Raises:
        ValueError: an invalid cell, or no folder with the data.
    """
    if not config.get(_DATA_DIR):
        raise ValueError(
            f'expected a folder with CIFAR-10 in config["{_DATA_DIR}"], received none; '
            "nasbench-templates evaluate trains on other data sets too"
        )
    network = model_builder.network_of(spec, config)
    folder = pathlib.Path(model_dir)
    files.check_writable(folder)

    from nasbench_templates.data.loading import load_dataset
    from nasbench_templates.graph.cost import CostModel
    from nasbench_templates.training.recipes import recipes
    from nasbench_templates.training.trainer import Trainer

    dataset = load_dataset("cifar10", config[_DATA_DIR])
    settings = recipes.get("nasbench101").config(
        epochs=config["train_epochs"], batch_size=config["batch_size"]
    )
    result = Trainer(network.graph, network.base_filters, dataset, settings).run(seed=0)
    params = CostModel(network.graph).cost(network.base_filters).trainable_params
    metrics = {
        "trainable_parameters": params,
        "training_time": result.train_seconds,
        "train_accuracy": result.history[-1].accuracy,
        "validation_accuracy": result.val_accuracy,
        "test_accuracy": result.test_accuracy,
    }
    files.write_json(folder / "metadata.json", metrics)
    return {
        "module_adjacency": np.array(spec.matrix, np.int8),
        "module_operations": list(spec.ops),
        **metrics,
    }

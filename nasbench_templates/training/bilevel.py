"""Filters and mixing shares trained on two parts of the training images, one step of each in turn.

Which images belong to which part follows from their labels alone, so that every run and every
machine divides them alike.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", section 3.4.
"""

import keras
import numpy as np

from nasbench_templates.data.core import sampling
from nasbench_templates.data.core.splits import AnySplit
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.keras_io import mixtures
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import optimizers
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.steps import common


def mixing_rows(train: AnySplit, config: TrainConfig) -> np.ndarray:
    """Returns which rows of the training split the shares are learned on, rising.

    Args:
        train: the whole training split.
        config: gives the share of the rows; without mixing there are none.

    Raises:
        ConfigError: one of the parts holds less than a batch.
    """
    if config.mixing is None:
        return np.zeros(0, "int64")
    rows = sampling.stratified_rows(train.labels, round(config.mixing.share * train.num_images))
    for num_images in (len(rows), train.num_images - len(rows)):
        config.check_fits(num_images)
    return rows


def without_rows(train: AnySplit, rows: np.ndarray) -> AnySplit:
    """Returns the other rows of a split; the split itself where there are none to leave out."""
    if not len(rows):
        return train
    return train.take(np.delete(np.arange(train.num_images), rows))


def make_mixing(
    network: keras.Model, graph: LayerGraph, config: TrainConfig
) -> common.Mixing | None:
    """Returns what the mixing step moves, with an optimizer that is built; `None` without mixing.

    Raises:
        ConfigError: the network has no learned shares.
    """
    if config.mixing is None:
        return None
    logits = mixtures.logits(network, graph)
    if not logits:
        raise ConfigError(
            "mixing: expected a network with learned shares, such as --model=multires with "
            "variant=learned, received one without; for the others take --recipe=filter_size"
        )
    optimizer = optimizers.make_mixing_optimizer(config.mixing)
    optimizer.build(logits)
    return common.Mixing(logits, optimizer, config.mixing.learning_rate, config.mixing.weight_decay)

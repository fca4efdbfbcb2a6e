"""A recipe's settings on a data set: its own batch shrinks to fit, a chosen one is refused."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from absl import logging

from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.training import recipes
from nasbench_templates.training.config import TrainConfig


def config_on(
    info: DatasetInfo,
    recipe: str,
    epochs: int | None,
    settings: Mapping[str, Any],
    *,
    is_validation_trained_on: bool = False,
    limits: Iterable[int | None] = (),
    is_trial: bool = False,
) -> TrainConfig:
    """Returns a recipe's settings on a data set, with those that were chosen.

    Args:
        info: the data set; the recipe `auto` fits its augmentation to it.
        recipe: registered name.
        epochs: `None`: the recipe's own.
        settings: fields of `TrainConfig` that replace the recipe's; a `batch_size` of `None` is
            none that was chosen.
        is_validation_trained_on: whether validation images join the training images.
        limits: what training images are cut to; `None`: not.
        is_trial: whether a chosen batch shrinks too, as the chain is what is tried.

    Raises:
        UnknownNameError: no such recipe.
        ConfigError: a value that no run can have, a batch larger than the training split, or a
            cutout that covers the images.
    """
    others = {name: value for name, value in settings.items() if name != "batch_size"}

    def config(batch_size: int | None) -> TrainConfig:
        return recipes.config_for_images(
            recipe,
            info.input_shape,
            info.is_streamed,
            info.is_audio,
            epochs,
            batch_size=batch_size,
            **others,
        )

    count = most_training_images(info, is_validation_trained_on, limits)
    return fitted(config, settings.get("batch_size"), count, is_trial=is_trial)


def fitted(
    make: Callable[[int | None], TrainConfig],
    batch_size: int | None,
    num_images: int | None,
    *,
    is_trial: bool = False,
) -> TrainConfig:
    """Returns settings whose batch is no larger than the training split.

    Args:
        make: the settings for a batch size, `None` for the recipe's own.
        batch_size: what was asked for; `None`: nothing.
        num_images: of the training split; `None` where that is known only after reading.
        is_trial: whether a batch that was asked for shrinks too.

    Raises:
        ConfigError: a batch that was asked for is larger, and it is no trial; the message names one
            that works.
    """
    found = make(batch_size)
    most = None if num_images is None else found.smallest_part(num_images)
    if most is None or found.batch_size <= most:
        return found
    if (batch_size is not None and not is_trial) or most == 0:
        found.check_fits(most)
    # A power of two, as the recipes' own; their rates follow.
    fitting = 1 << (most.bit_length() - 1)
    whose = "recipe's" if batch_size is None else "chosen"
    logging.warning("batch size: %d, since the %s %d is larger than the %d training images",
                    fitting, whose, found.batch_size, most)  # fmt: skip
    return make(fitting)


def fitted_to(
    config: TrainConfig,
    data: DataRequest,
    info: DatasetInfo,
    *,
    is_batch_chosen: bool = False,
    is_rate_chosen: bool = False,
) -> TrainConfig:
    """Returns settings that are made already, with a batch no larger than the training split.

    Args:
        config: the settings.
        data: what they are for.
        info: what is known of it.
        is_batch_chosen: whether somebody asked for the batch size, which is refused then.
        is_rate_chosen: whether somebody asked for the rate, which stays then.

    Raises:
        ConfigError: a batch that was asked for is larger; the message names one that works.
    """

    def make(batch_size: int | None) -> TrainConfig:
        if batch_size in (None, config.batch_size):
            return config
        smaller = config.with_batch_size(batch_size)
        rate = config.learning_rate if is_rate_chosen else smaller.learning_rate
        return dataclasses.replace(smaller, learning_rate=rate)

    limits = (data.train_images, data.split_images, data.smoke_images)
    count = most_training_images(info, data.is_validation_trained_on, limits)
    return fitted(make, config.batch_size if is_batch_chosen else None, count)


def most_training_images(
    info: DatasetInfo, is_validation_trained_on: bool, limits: Iterable[int | None]
) -> int | None:
    """Returns how many images are trained on; `None` where nothing is known before reading.

    A part of a known set may have fewer than its published number; that is found when it is read.

    Args:
        info: the data set.
        is_validation_trained_on: whether validation images join the training images.
        limits: what training images are cut to; `None`: not.
    """
    known = [limit for limit in limits if limit is not None]
    sizes = info.num_images or info.split_sizes
    if sizes is not None:
        known.append(sum(sizes[:2]) if is_validation_trained_on else sizes[0])
    return min(known, default=None)

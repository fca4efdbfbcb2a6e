"""Flags that say what is trained on and how, and how their values become settings."""

from typing import Any

from absl import flags

from nasbench_templates.cli.flags import audio_flags, path_flags, setting_flags
from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.runs import batch_sizes
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import SMOKE_IMAGES
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import TrainConfig

# Of these flags in --help.
SECTION = "training"
_DATA = ("dataset", "data_dir", "image_size", "image_column", "label_column", "train_on",
         "limit_train_images")  # fmt: skip
SECTION_OF = {**dict.fromkeys(_DATA, "data"), "smoke": "output"}

_GENERAL = setting_flags.names(TrainConfig, is_general=True)
_SINGLE = setting_flags.names(TrainConfig, is_general=False)


def define_data_flags(
    flag_values: flags.FlagValues, default: str | None, folds: str = "a number"
) -> None:
    """Defines the flags that choose a data set: `default` its name, `folds` what `--fold` takes."""
    define_source_flags(flag_values, default)
    flags.DEFINE_integer(
        "image_size",
        None,
        "height and width that images are scaled to, for imagenet and sets of your own",
        lower_bound=1,
        flag_values=flag_values,
    )
    audio_flags.define_flags(flag_values, folds)


def define_source_flags(flag_values: flags.FlagValues, default: str | None) -> None:
    """Defines the flags for a data set's name, by default `default`, and its folder."""
    flags.DEFINE_string(
        "dataset",
        default,
        "data set (see: list datasets), or any name of one of your own in --data_dir",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "data_dir", None, "folder with the data set's files", flag_values=flag_values
    )
    for what in ("image", "label"):
        flags.DEFINE_string(
            f"{what}_column",
            None,
            f"column of Parquet shards of your own that holds the {what}s (default: {what}, ...)",
            flag_values=flag_values,
        )


def define_recipe_flags(flag_values: flags.FlagValues, default: str | None, text: str) -> None:
    """Defines the recipe and what most people change about it; `text` tells the default."""
    flags.DEFINE_string(
        "recipe", default, f"how to train (see: list recipes{text})", flag_values=flag_values
    )
    define_general_flags(flag_values)


def define_general_flags(flag_values: flags.FlagValues) -> None:
    """Defines what most people change about a recipe."""
    setting_flags.define(flag_values, TrainConfig, _GENERAL)


def define_deterministic_flag(flag_values: flags.FlagValues) -> None:
    """Defines whether numbers must repeat."""
    setting_flags.define(flag_values, TrainConfig, ("deterministic",))


def define_setting_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags that override single settings of the recipe."""
    setting_flags.define(flag_values, TrainConfig, _SINGLE)


def define_amount_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags for how much of a data set is trained on."""
    flags.DEFINE_enum(
        "train_on",
        "train",
        ["train", "all"],
        "all: the validation images too, as in the papers; nothing is evaluated before the end",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "limit_train_images",
        None,
        "train on so many images, drawn evenly from the classes, for a quick look",
        lower_bound=1,
        flag_values=flag_values,
    )


def define_smoke_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for a trial of the whole chain."""
    flags.DEFINE_bool(
        "smoke",
        False,
        f"one epoch on {SMOKE_IMAGES} images of each split, to try the whole chain",
        flag_values=flag_values,
    )


def data_request(flag_values: flags.FlagValues) -> DataRequest:
    """Returns the data set that the flags ask for.

    Args:
        flag_values: parsed flags of `define_data_flags` and `define_amount_flags`.

    Raises:
        ConfigError: no data set, a folder that does not exist, or choices that no audio set can
            have.
    """
    if not flag_values.dataset:
        raise ConfigError("expected --dataset=..., received none; see: list datasets")
    return DataRequest(
        name=flag_values.dataset,
        folder=data_folder(flag_values),
        image_size=flag_values.image_size,
        audio=audio_flags.audio_options(flag_values),
        image_column=flag_values.image_column,
        label_column=flag_values.label_column,
        is_validation_trained_on=flag_values.train_on == "all",
        train_images=flag_values.limit_train_images,
        smoke_images=SMOKE_IMAGES if flag_values.smoke else None,
    )


def data_folder(flag_values: flags.FlagValues) -> str | None:
    """Returns the folder with the data set's files, `None` where none is given.

    Raises:
        ConfigError: it does not exist.
    """
    if flag_values.data_dir is None:
        return None
    return path_flags.existing_paths("data_dir", [flag_values.data_dir])[0]


def train_config(
    flag_values: flags.FlagValues,
    info: DatasetInfo,
    recipe: str | None = None,
    epochs: int | None = None,
) -> TrainConfig:
    """Returns the recipe's settings with those that flags override.

    Args:
        flag_values: parsed flags of `define_recipe_flags`, `define_setting_flags`,
            `define_amount_flags` and `define_smoke_flag`.
        info: the data set; the recipe `auto` fits its augmentation to it.
        recipe: where no flag names one.
        epochs: where no flag gives them, and it is no smoke run, which has one.

    Raises:
        UnknownNameError: no such recipe.
        ConfigError: a value that no run can have, a batch larger than the training split, or a
            cutout that covers the images.
    """
    return batch_sizes.config_on(
        info,
        flag_values.recipe or recipe or "auto",
        flag_values.epochs or (1 if flag_values.smoke else epochs),
        {**overrides(flag_values), "batch_size": flag_values.batch_size},
        is_validation_trained_on=flag_values.train_on == "all",
        limits=(flag_values.limit_train_images, SMOKE_IMAGES if flag_values.smoke else None),
        is_trial=flag_values.smoke,
    )


def overrides(flag_values: flags.FlagValues) -> dict[str, Any]:
    """Returns the settings that flags name, as fields of `TrainConfig`.

    Args:
        flag_values: parsed flags of `define_setting_flags` and `define_deterministic_flag`.

    Raises:
        ConfigError: a malformed list.
    """
    return setting_flags.given(flag_values, TrainConfig, (*_SINGLE, "deterministic"))

"""Flags of Keras models that come from outside: which one, its input, and what of it is free."""

from typing import TYPE_CHECKING

from absl import flags

from nasbench_templates.cli.flags import network_flags, number_flags
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks.architecture import Architecture
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    from nasbench_templates.keras_io.importing.importer import ImportSettings

_SCHEMES = ("stage", "layer")


def names_keras_model(text: str | None) -> bool:
    """Returns whether a --model is a Keras model rather than a registered architecture."""
    return text is not None and (":" in text or text.endswith(".keras"))


def network_or_model(flag_values: flags.FlagValues) -> NetworkSettings | Architecture:
    """Returns what --model or --cell names: a registered network, or a Keras model as one.

    Args:
        flag_values: parsed flags of a job that defines those of networks, of their input and of
            matching.

    Raises:
        ConfigError: neither, or a Keras model that cannot be loaded.
        DataError: a damaged file.
        SpecError: a model that cannot be read.
    """
    if not names_keras_model(flag_values.model):
        return network_flags.network_settings(
            flag_values,
            number_flags.image_shape("input_shape", flag_values.input_shape),
            flag_values.num_classes,
        )
    from nasbench_templates.keras_io import api

    is_given = flag_values["input_shape"].present
    return api.from_keras(
        flag_values.model,
        input_shape=input_shapes(flag_values) if is_given else None,
        slots=flag_values.slots or "stage",
        divisor=flag_values.divisor,
    )


def define_keras_model_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags for a Keras model and its input."""
    flags.DEFINE_string(
        "model",
        None,
        "FILE.keras, applications:ResNet50 (keras.applications, no weights are downloaded) or "
        "module:function, which returns a Keras model",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "input_shape",
        None,
        "height,width,channels (or another number of axes), where the model leaves it open; of "
        "several inputs separated by semicolons",
        flag_values=flag_values,
    )


def define_import_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags for what of a Keras model may change."""
    flags.DEFINE_enum(
        "slots",
        "stage",
        list(_SCHEMES),
        "what has a width of its own: all that shares a cumulative stride, or every layer",
        flag_values=flag_values,
    )
    flags.DEFINE_list(
        "keep",
        [],
        "layers whose widths stay: names, patterns such as conv1_*, or stem for the first one",
        flag_values=flag_values,
    )


def model_source(flag_values: flags.FlagValues) -> str:
    """Returns what --model names.

    Raises:
        ConfigError: nothing.
    """
    if not flag_values.model:
        raise ConfigError(
            "expected --model=FILE.keras, --model=applications:NAME or --model=module:function"
        )
    return flag_values.model


def input_shapes(flag_values: flags.FlagValues) -> tuple[tuple[int, ...], ...] | None:
    """Returns the shape of every input, if it is given.

    Raises:
        ConfigError: malformed numbers.
    """
    text = flag_values.input_shape
    if text is None:
        return None
    return tuple(number_flags.integers("input_shape", each) for each in text.split(";"))


def import_settings(flag_values: flags.FlagValues, divisor: int = 1) -> "ImportSettings":
    """Returns what of a Keras model may change."""
    from nasbench_templates.keras_io.importing.importer import ImportSettings

    return ImportSettings(flag_values.slots, tuple(flag_values.keep), divisor=divisor)

"""Flags of Keras models that come from outside: which one, its input, and what of it is free."""

from typing import TYPE_CHECKING

from absl import flags

from nasbench_templates.cli.flags import number_flags
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    from nasbench_templates.keras_io.importing.importer import ImportSettings

# Of these flags in --help.
SECTION = "network"

_SCHEMES = ("stage", "layer")


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
    return None if text is None else number_flags.shapes("input_shape", text)


def import_settings(flag_values: flags.FlagValues, divisor: int = 1) -> "ImportSettings":
    """Returns what of a Keras model may change."""
    from nasbench_templates.keras_io.importing.importer import ImportSettings

    return ImportSettings(flag_values.slots, tuple(flag_values.keep), divisor=divisor)

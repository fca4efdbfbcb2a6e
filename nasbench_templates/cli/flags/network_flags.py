"""Flags of the network: architecture or cell, the skeleton around it, input and output.

Every function here either defines flags on the `FlagValues` it is given or reads them; nothing
happens on import.
"""

from typing import Any

from absl import flags

from nasbench_templates.benchmark_records import cell_texts
from nasbench_templates.cli.flags import cell_flag, number_flags, option_flags, path_flags
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks import named_cells
from nasbench_templates.networks.architecture import architectures, parse_options, resolve
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import CELL_MODEL, Skeleton
from nasbench_templates.networks.registered import outside
from nasbench_templates.support.errors import ConfigError

# Of these flags in --help.
SECTION = "network"


def define_network_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags that choose an architecture or a cell, and the options of each."""
    flags.DEFINE_string(
        "model",
        None,
        f"registered architecture (see: list architectures); {CELL_MODEL} when --cell is given; or "
        "a Keras model: FILE.keras, applications:ResNet50 (keras.applications, no weights are "
        "downloaded) or module:function, which returns one",
        flag_values=flag_values,
    )
    cell_flag.define_cell_flag(flag_values)
    path_flags.define_records_flag(flag_values)
    names = [*architectures.known_names(), *outside.known_names()]
    option_flags.define_option_flags(flag_values, names)
    option_flags.define_other_options_flag(flag_values)


def define_cell_option_flags(flag_values: flags.FlagValues, *left_out: str) -> None:
    """Defines the flags of the network around a cell, but for some options."""
    option_flags.define_option_flags(flag_values, [CELL_MODEL], left_out=left_out)


def define_input_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of the network's input and output."""
    flags.DEFINE_string(
        "input_shape",
        "32,32,3",
        "height,width,channels of the network; of a Keras model by default its own",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "num_classes",
        10,
        "outputs of the network; of a Keras model by default its own",
        lower_bound=1,
        flag_values=flag_values,
    )


def names_registered(flag_values: flags.FlagValues) -> bool:
    """Returns whether --model or --cell names a network of the registry, not one from outside."""
    model = flag_values.model
    return flag_values.cell is not None or (
        model is not None and resolve(model, {})[0] in architectures
    )


def asked_network(flag_values: flags.FlagValues) -> NetworkSettings:
    """Returns the network that the flags describe, for the input that they name.

    Args:
        flag_values: parsed flags of `define_network_flags` and `define_input_flags`.

    Raises:
        ConfigError, DataError, SpecError, RecordError: as `network_settings`.
    """
    model = flag_values.model
    is_outside = model is not None and resolve(model, {})[0] in outside
    if not is_outside:
        shape = number_flags.image_shape("input_shape", flag_values.input_shape)
        return network_settings(flag_values, shape, flag_values.num_classes)
    asked: Any = None
    if flag_values["input_shape"].present:
        shapes = number_flags.shapes("input_shape", flag_values.input_shape)
        asked = shapes[0] if len(shapes) == 1 else shapes
    classes = flag_values.num_classes if flag_values["num_classes"].present else None
    return network_settings(flag_values, asked, classes)


def network_options(
    flag_values: flags.FlagValues, skeleton: Skeleton | None = None
) -> dict[str, object]:
    """Returns the options that the flags set explicitly, ready for `architecture.build`.

    Where a flag of the skeleton is not given, `skeleton` decides, else the one that a named cell is
    known with.

    Raises:
        ConfigError: a malformed list, or a cell that cannot be found.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    options = option_flags.given_options(flag_values)
    paths = path_flags.record_paths(flag_values)
    if flag_values.cell is not None:
        found = cell_texts.resolve(flag_values.cell, paths)
        options["cell"] = found.cell
        skeleton = skeleton or found.skeleton
    return named_cells.with_skeleton(options, skeleton)


def network_settings(
    flag_values: flags.FlagValues,
    input_shape: Any,
    num_classes: Any,
    skeleton: Skeleton | None = None,
) -> NetworkSettings:
    """Returns the network that the flags describe, for an input and a number of classes.

    Args:
        flag_values: parsed flags of `define_network_flags`.
        input_shape: `(height, width, channels)`; `None`: as of `NetworkSettings`.
        num_classes: outputs; `None` likewise.
        skeleton: for networks around a cell, where flags do not say otherwise.

    Raises:
        ConfigError: neither a model nor a cell, or a Keras model that there is not.
        DataError: a damaged file of a Keras model.
        SpecError: a Keras model that cannot be read for its own input.
    """
    model = flag_values.model
    if model is None:
        if flag_values.cell is None:
            raise ConfigError("expected --model=... or --cell=..., received neither; see: list")
        model = CELL_MODEL
    model, named = resolve(model, {})
    if flag_values.cell is not None and model != CELL_MODEL:
        raise ConfigError(
            f"expected no --model beside --cell, or {CELL_MODEL}, received {flag_values.model!r}"
        )
    options = named | network_options(flag_values, skeleton if model == CELL_MODEL else None)
    if flag_values.model_options:
        options |= parse_options(model, flag_values.model_options)
    return NetworkSettings(model, input_shape, num_classes, options)


def label(cell_text: str | None, network: NetworkSettings) -> str:
    """Returns what a network is called in folder names: its cell, as it was given, or its model."""
    cell = network.options.get("cell")
    if not isinstance(cell, Cell):
        return network.title
    if cell_text is not None and cell_text in named_cells.named_cells:
        return named_cells.named_cells.canonical(cell_text)
    return (cell.hash() or "cell")[:8]

"""Flags of the network: architecture or cell, the skeleton around it, input and output.

Every function here either defines flags on the `FlagValues` it is given or reads them; nothing
happens on import.
"""

from absl import flags

from nasbench_templates.cli.flags import cell_flag, number_flags, path_flags
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks.architecture import architectures, parse_options
from nasbench_templates.networks.named_cells import Skeleton
from nasbench_templates.support.errors import ConfigError

# The architecture that --cell implies.
CELL_MODEL = "nasbench101"
_SKELETON_FLAGS = ("stem_filters", "num_stacks", "num_modules_per_stack")


def define_skeleton_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of the network around a cell."""
    integers = {
        "stem_filters": "filters of the stem; the first stack has as many, each next twice as many "
        "(default: 128, or what the named cell is known with)",
        "num_stacks": "stacks (default: 3)",
        "num_modules_per_stack": "copies of the cell in each stack (default: 3; resnet50: 6)",
    }
    for name, text in integers.items():
        flags.DEFINE_integer(name, None, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_string(
        "stack_filters",
        None,
        "base width of every stack, e.g. 128,256,512; overrides the doubling",
        flag_values=flag_values,
    )


def define_order_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the order of a given cell's vertices."""
    flags.DEFINE_enum(
        "order",
        "given",
        ["given", "canonical"],
        "order of the cell's vertices; uneven channel counts depend on it, and the benchmark's "
        "belong to the canonical order (up to 7 vertices)",
        flag_values=flag_values,
    )


def define_network_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags that choose an architecture or a cell, and its slots."""
    flags.DEFINE_string(
        "model",
        None,
        "registered architecture (see: list architectures); nasbench101 when --cell is given",
        flag_values=flag_values,
    )
    cell_flag.define_cell_flag(flag_values)
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_string(
        "slots",
        None,
        "what has a width of its own: stack or module for cells (default: stack), inner or stage "
        "for resnet50 and resnet101 (default: inner; stage for the redistributions)",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "stem",
        None,
        ["auto", "cifar", "imagenet"],
        "input stage and strides of the image classifiers, and where --head does not say, the head "
        "of vgg (default: auto, by the input's size)",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "head",
        None,
        ["auto", "average", "flatten", "three_dense"],
        "what follows vgg's last map: its average and one dense layer, one dense layer on all of "
        "it, or the original three (default: auto, as --stem says)",
        flag_values=flag_values,
    )
    flags.DEFINE_list(
        "model_options",
        [],
        "options of the model that have no flag of their own, as NAME=VALUE; of multires: "
        "variant=no_pooling|pooling|scale_invariant|learned, block=conv|eff_conv, depth=10, "
        "channels=64, num_resolutions=4, learn_depth=false, batch_norm=shared|per_resolution",
        flag_values=flag_values,
    )
    define_skeleton_flags(flag_values)
    define_order_flag(flag_values)


def define_input_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of the network's input and output."""
    flags.DEFINE_string(
        "input_shape", "32,32,3", "height,width,channels of the network", flag_values=flag_values
    )
    flags.DEFINE_integer(
        "num_classes", 10, "outputs of the network", lower_bound=1, flag_values=flag_values
    )


def network_options(
    flag_values: flags.FlagValues, skeleton: Skeleton | None = None
) -> dict[str, object]:
    """Returns the options that the flags set explicitly, ready for `arch.architecture.build`.

    Where a flag of the skeleton is not given, `skeleton` decides, else the one that a named cell is
    known with.

    Raises:
        ConfigError: a malformed list, or a cell that cannot be found.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    options = skeleton_options(flag_values)
    for name in ("slots", "stem", "head"):
        if flag_values[name].value is not None:
            options[name] = flag_values[name].value
    paths = path_flags.record_paths(flag_values)
    if flag_values.cell is not None:
        found = cell_flag.resolve(flag_values.cell, paths)
        options["cell"] = found.cell
        skeleton = skeleton or found.skeleton
    if skeleton is not None:
        for name in _SKELETON_FLAGS:
            # The widths of all stacks say how many there are.
            if name != "num_stacks" or "stack_filters" not in options:
                options.setdefault(name, getattr(skeleton, name))
    return options


def skeleton_options(flag_values: flags.FlagValues) -> dict[str, object]:
    """Returns the skeleton flags that were given, as options."""
    options: dict[str, object] = {}
    for name in _SKELETON_FLAGS:
        if flag_values[name].value is not None:
            options[name] = flag_values[name].value
    if flag_values.stack_filters is not None:
        options["stack_filters"] = number_flags.integers("stack_filters", flag_values.stack_filters)
    if "order" in flag_values and flag_values["order"].present:
        options["order"] = flag_values.order
    return options


def network_settings(
    flag_values: flags.FlagValues,
    input_shape: tuple[int, int, int],
    num_classes: int,
    skeleton: Skeleton | None = None,
) -> NetworkSettings:
    """Returns the network that the flags describe, for an input and a number of classes.

    Args:
        flag_values: parsed flags of `define_network_flags`.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        skeleton: for networks around a cell, where flags do not say otherwise.

    Raises:
        ConfigError: neither a model nor a cell.
    """
    model = flag_values.model
    if model is None:
        if flag_values.cell is None:
            raise ConfigError("expected --model=... or --cell=..., received neither; see: list")
        model = CELL_MODEL
    model = architectures.canonical(model)
    options = network_options(flag_values, skeleton if model == CELL_MODEL else None)
    if flag_values.model_options:
        options |= parse_options(model, flag_values.model_options)
    return NetworkSettings(model, input_shape, num_classes, options)

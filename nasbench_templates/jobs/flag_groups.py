"""Flags that several jobs share, and how their values become settings.

Every function here either defines flags on the `FlagValues` it is given or reads them; nothing
happens on import.
"""

import pathlib

from absl import flags

from nasbench_templates.arch.architecture import parse_options
from nasbench_templates.arch.cost import QUANTITIES
from nasbench_templates.arch.named_cells import Skeleton
from nasbench_templates.errors import ConfigError
from nasbench_templates.jobs import cell_flag
from nasbench_templates.planning import Budget, MatchSettings, NetworkSettings, exact_number
from nasbench_templates.templates.matching import MATCH_RULES
from nasbench_templates.templates.template import BASE
from nasbench_templates.training import devices

_DEFAULT_TEMPLATES = (BASE, "a", "b", "c", "d", "e")
MOST_MULTIPLIER = 1000
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


def define_cell_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag that names a cell."""
    flags.DEFINE_string(
        "cell",
        None,
        "a named cell (see: list cells), a 32-digit module hash that --records contains, or a JSON "
        'file or inline JSON {"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}',
        flag_values=flag_values,
    )


def define_records_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the sources of benchmark records."""
    flags.DEFINE_list(
        "records",
        [],
        "files or folders with benchmark records (a folder of import_records; TFRecord, CSV or "
        "JSON files; results of evaluate)",
        flag_values=flag_values,
    )


def record_paths(flag_values: flags.FlagValues) -> list[str]:
    """Returns the sources of benchmark records.

    Raises:
        ConfigError: one of them does not exist.
    """
    return existing_paths("records", flag_values.records)


def existing_paths(flag: str, paths: list[str]) -> list[str]:
    """Returns the values of a flag that names files or folders.

    Raises:
        ConfigError: one of them does not exist.
    """
    for path in paths:
        if not pathlib.Path(path).exists():
            raise ConfigError(f"--{flag}: expected a file or folder, {path} does not exist")
    return paths


def define_network_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags that choose an architecture or a cell, and its slots."""
    flags.DEFINE_string(
        "model",
        None,
        "registered architecture (see: list architectures); nasbench101 when --cell is given",
        flag_values=flag_values,
    )
    define_cell_flag(flag_values)
    define_records_flag(flag_values)
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


def output_file(flag_values: flags.FlagValues) -> pathlib.Path:
    """Returns the file that `--output` names, in a folder that can be written to.

    Raises:
        ConfigError: no name, or that of a folder.
        OSError: the folder cannot be created or written to.
    """
    from nasbench_templates.results import files

    if not flag_values.output:
        raise ConfigError("expected a file for --output, received none")
    path = pathlib.Path(flag_values.output)
    if path.is_dir():
        raise ConfigError(f"--output={path}: expected a file to write, found a folder")
    files.check_writable(path.parent)
    return path


def define_templates_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the templates of a table."""
    flags.DEFINE_list(
        "templates",
        list(_DEFAULT_TEMPLATES),
        "templates in the order of the rows (see: list templates)",
        flag_values=flag_values,
    )


def define_match_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of budgets and of how templates are matched to them."""
    flags.DEFINE_enum(
        "match_on",
        "published_flops",
        list(QUANTITIES),
        "quantity to match: the operation count of the paper, multiply-accumulates, trainable "
        "parameters or the sum of the slots' widths",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "match_rule",
        "at_most",
        list(MATCH_RULES),
        "the largest peak not above the budget, or the nearest one",
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "budget",
        "1x",
        "a multiple of the base's own cost (0.5x) or an amount in the matched quantity's unit; the "
        "redistributions keep the base's total of filters instead",
        flag_values=flag_values,
    )
    for name, default, text in (
        ("n_min", None, "smallest width of a, c, d, e (default: the base's first; the published "
         "NAS-Bench table used 128 for a, 64 for c, d, e)"),
        ("peak_step", 1, "the peak is a multiple of this (the published NAS-Bench table: 10)"),
    ):  # fmt: skip
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_string(
        "match_input_shape",
        None,
        "height,width,channels of the network that the base is matched on (default: the one being "
        "built; the published VGG19 filters come from 224,224,3 and 1000 classes)",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "match_num_classes",
        None,
        "outputs of the network that the base is matched on",
        lower_bound=1,
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "width_multiplier",
        "1",
        "factor on the widths of the redistributions, e.g. 0.5",
        flag_values=flag_values,
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
    paths = record_paths(flag_values)
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
        options["stack_filters"] = integers("stack_filters", flag_values.stack_filters)
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
    options = network_options(flag_values, skeleton if model == CELL_MODEL else None)
    if flag_values.model_options:
        options |= parse_options(model, flag_values.model_options)
    return NetworkSettings(model, input_shape, num_classes, options)


def match_settings(flag_values: flags.FlagValues) -> MatchSettings:
    """Returns how to match.

    Raises:
        ConfigError: a malformed budget, factor or shape.
    """
    shape = None
    if flag_values.match_input_shape is not None:
        shape = image_shape("match_input_shape", flag_values.match_input_shape)
    multiplier = exact_number(flag_values.width_multiplier)
    if multiplier is None or multiplier > MOST_MULTIPLIER:
        raise ConfigError(
            f"expected --width_multiplier above 0 and at most {MOST_MULTIPLIER}, "
            f"received {flag_values.width_multiplier[:80]!r}"
        )
    return MatchSettings(
        match_on=flag_values.match_on,
        rule=flag_values.match_rule,
        budget=Budget.parse(flag_values.budget),
        n_min=flag_values.n_min,
        peak_step=flag_values.peak_step,
        width_multiplier=multiplier,
        input_shape=shape,
        num_classes=flag_values.match_num_classes,
    )


def template_names(flag_values: flags.FlagValues) -> tuple[str, ...]:
    """Returns the templates asked for, at least one and each once.

    Raises:
        ConfigError: none, or one of them twice.
    """
    names = tuple(name.strip() for name in flag_values.templates if name.strip())
    if not names:
        raise ConfigError("expected at least one name in --templates, received none")
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"expected each template once, received {name} twice")
    return names


def integers(flag: str, text: str) -> tuple[int, ...]:
    """Returns comma-separated whole numbers of at least 0.

    Raises:
        ConfigError: anything else.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 0:
        raise ConfigError(f"expected --{flag} as whole numbers such as 1,2,3, received {text!r}")
    return numbers


def numbers(flag: str, text: str) -> tuple[float, ...]:
    """Returns comma-separated numbers.

    Raises:
        ConfigError: anything else.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(
            f"expected --{flag} as numbers such as 60,120.5, received {text!r}"
        ) from None


def image_shape(flag: str, text: str) -> tuple[int, int, int]:
    """Returns `height,width,channels`.

    Raises:
        ConfigError: not three numbers of at least 1.
    """
    shape = integers(flag, text)
    if len(shape) != 3 or min(shape) < 1:
        raise ConfigError(
            f"expected --{flag} as height,width,channels such as 32,32,3, received {text!r}"
        )
    return shape


def define_device_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag that chooses the devices; its value is for `training.devices.select`."""
    flags.DEFINE_string(
        "device",
        "auto",
        "auto, cpu, gpu, or one of several GPUs: gpu:1; some, gpu:0,1, where they share each batch "
        "(--distribution of train)",
        flag_values=flag_values,
    )
    flags.register_validator(
        "device", devices.is_device, "expected auto, cpu, gpu or gpu:0,1", flag_values=flag_values
    )


def define_format_flag(flag_values: flags.FlagValues, *more: str) -> None:
    """Defines the flag for the form of the results; `more` names forms besides the usual ones."""
    flags.DEFINE_enum(
        "format",
        "table",
        ["table", "json", "csv", *more],
        "how results are printed on standard output",
        flag_values=flag_values,
    )

"""Flags of sweeps: the grid, limits of each run, what shares out the runs."""

import pathlib
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from nasbench_templates.cli.flags import (
    match_flags,
    network_flags,
    number_flags,
    option_flags,
    path_flags,
    training_flags,
)
from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.design.settings import exact_number
from nasbench_templates.execution.engine import MakeEngine
from nasbench_templates.runs.context import RunLimits
from nasbench_templates.runs.spec import SMOKE_IMAGES
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import request, trackers

_MATCHING = ("match_on", "n_min", "peak_step", "divisor")
_LOCAL, _RAY = "local", "ray"
_UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def define_grid_flags(flag_values: flags.FlagValues) -> None:
    """Defines what a sweep runs over; all but the file may have several values."""
    flags.DEFINE_string(
        "file", None, "YAML, TOML or JSON file with the sweep; what flags name replaces what it "
        "says", flag_values=flag_values,
    )  # fmt: skip
    for name, text in (
        ("networks", "architectures, named cells, module hashes that --records contains, files "
         "with a cell a line (.jsonl, .txt) or a Keras model (.keras)"),
        ("budgets", "multiples of the base's own cost (0.5x) or amounts in the matched quantity"),
        ("datasets", "data sets (see: list datasets)"),
        ("data_dir", "folder with a subfolder for each data set, or with the files; NAME=FOLDER "
         "for single sets"),
        ("recipes", "how to train (see: list recipes; default: by the images' size)"),
    ):  # fmt: skip
        flags.DEFINE_list(name, [], text, flag_values=flag_values)
    flags.DEFINE_list(
        "templates", [], "templates (see: list templates; default: base)", flag_values=flag_values
    )
    flags.DEFINE_string(
        "seeds", None, "one run for each of these, e.g. 0,1,2", flag_values=flag_values
    )
    path_flags.define_records_flag(flag_values)
    network_flags.define_cell_option_flags(flag_values, "cell")
    match_flags.define_match_flags(flag_values, with_budget=False)
    training_flags.define_general_flags(flag_values)
    training_flags.define_setting_flags(flag_values)
    training_flags.define_amount_flags(flag_values)
    training_flags.define_smoke_flag(flag_values)


def content(flag_values: flags.FlagValues) -> dict[str, Any]:
    """Returns what the file and the flags ask for together, as `request.parse` takes it.

    Raises:
        ConfigError: a malformed file, list or number, or a folder that does not exist.
    """
    found = {} if flag_values.file is None else request.read_file(pathlib.Path(flag_values.file))
    for name in ("networks", "templates", "budgets"):
        if values := [each.strip() for each in flag_values[name].value if each.strip()]:
            _replace(found, name, values)
    if flag_values.seeds is not None:
        _replace(found, "seeds", list(number_flags.integers("seeds", flag_values.seeds)))
    if options := option_flags.given_options(flag_values):
        _update(found, "options", options)
    if matching := _matching(flag_values):
        _update(found, "matching", matching)
    _put_data(flag_values, found)
    _put_training(flag_values, found)
    return found


def _matching(flag_values: flags.FlagValues) -> dict[str, Any]:
    given = {name: flag_values[name].value for name in _MATCHING if flag_values[name].present}
    if flag_values["match_rule"].present:
        given["rule"] = flag_values.match_rule
    if flag_values["width_multiplier"].present:
        if exact_number(flag_values.width_multiplier) is None:
            raise ConfigError(
                f"expected --width_multiplier above 0, received {flag_values.width_multiplier!r}"
            )
        given["width_multiplier"] = flag_values.width_multiplier
    if flag_values.match_input_shape is not None:
        shape = number_flags.image_shape("match_input_shape", flag_values.match_input_shape)
        given["input_shape"] = list(shape)
    if flag_values.match_num_classes is not None:
        given["num_classes"] = flag_values.match_num_classes
    return given


def _replace(found: dict[str, Any], key: str, value: object) -> None:
    """Replaces a value wherever the sweep says one."""
    for grid in _grids(found, key):
        grid[key] = value


def _update(found: dict[str, Any], key: str, change: Mapping[str, Any]) -> None:
    """Changes a mapping wherever the sweep says one."""
    for grid in _grids(found, key):
        value = grid.get(key, {})
        # What is none is refused with its place by `request.parse`.
        if isinstance(value, dict):
            grid[key] = {**value, **change}


def _each(found: dict[str, Any], key: str, change: Mapping[str, Any], name: str) -> None:
    """Changes all entries of a list of texts or mappings wherever the sweep says one."""
    for grid in _grids(found, key):
        value = grid.get(key, request.DEFAULTS[key])
        entries = value if isinstance(value, list) else [value]
        named = [{name: each} if isinstance(each, str) else each for each in entries]
        # What is neither is refused with its place by `request.parse`.
        grid[key] = [{**each, **change} if isinstance(each, dict) else each for each in named]


def _grids(found: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Returns the outer grid, and the inner ones that do not take a key's value from there."""
    inner = found.get("runs")
    entries = inner if isinstance(inner, list) else []
    return [found, *(each for each in entries if isinstance(each, dict) and key in each)]


def _put_data(flag_values: flags.FlagValues, found: dict[str, Any]) -> None:
    if flag_values.datasets:
        _replace(found, "datasets", list(flag_values.datasets))
    change: dict[str, Any] = {}
    if flag_values.limit_train_images is not None:
        change["train_images"] = flag_values.limit_train_images
    if flag_values.train_on == "all":
        change["is_validation_trained_on"] = True
    if flag_values.smoke:
        change["smoke_images"] = SMOKE_IMAGES
    _each(found, "datasets", change, "name")
    folders = DataFolders.parse(flag_values.data_dir)
    for grid in _grids(found, "datasets"):
        for entry in grid["datasets"]:
            name = entry.get("name") if isinstance(entry, dict) else None
            folder = folders.of(name) if isinstance(name, str) else None
            if folder is not None:
                entry["folder"] = folder


def _put_training(flag_values: flags.FlagValues, found: dict[str, Any]) -> None:
    if flag_values.recipes:
        _replace(found, "training", list(flag_values.recipes))
    change = training_flags.overrides(flag_values)
    for name in ("epochs", "batch_size"):
        if flag_values[name].value is not None:
            change[name] = flag_values[name].value
    if flag_values.smoke:
        change.setdefault("epochs", 1)
    _each(found, "training", change, "recipe")


def define_limit_flags(flag_values: flags.FlagValues) -> None:
    """Defines what each run may take and how often it is tried."""
    flags.DEFINE_float(
        "run_seconds", None, "end an attempt at a run after so many seconds (default: none)",
        lower_bound=0.0, flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "run_memory", None, "end an attempt at a run whose process takes more memory, e.g. 4GB; "
        "with --engine=ray what is reserved for each run (default: none)", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "retries", 1, "further attempts at a run that fails, hangs or is killed, each from its "
        "last checkpoint", lower_bound=0, flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "shard", None, "I/N: only every N-th run from the I-th on, counted from 0",
        flag_values=flag_values,
    )  # fmt: skip


def define_engine_flags(flag_values: flags.FlagValues) -> None:
    """Defines what shares out the runs."""
    flags.DEFINE_enum(
        "engine", _LOCAL, [_LOCAL, _RAY], "local: processes of this machine; ray: a Ray of this "
        "machine or a cluster (extra cluster)", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "address", None, "ray: of the cluster, e.g. auto (default: RAY_ADDRESS, else this machine)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_float(
        "run_cpus", 1, "ray: CPUs, and so threads, of each run", flag_values=flag_values
    )
    flags.DEFINE_float(
        "run_gpus", 0, "ray: GPUs of each run, also a fraction", flag_values=flag_values
    )


def define_tracker_flags(flag_values: flags.FlagValues) -> None:
    """Defines where finished runs are also written."""
    flags.DEFINE_enum(
        "tracker", None, list(trackers.TRACKERS), "also write finished runs, each once, to MLflow "
        "(extra trackers) or for TensorBoard's page of settings, in the sweep's folder",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "tracking_uri", None, "address of MLflow's store or server (default: sqlite:///mlflow.db "
        "below --output_dir)", flag_values=flag_values,
    )  # fmt: skip


def check_tracker(flag_values: flags.FlagValues) -> None:
    """Checks what can be refused before work starts.

    Raises:
        ConfigError: a library that is not installed, or an address without its tracker.
    """
    if flag_values.tracker is not None:
        trackers.check(flag_values.tracker, flag_values.tracking_uri)
    elif flag_values.tracking_uri is not None:
        raise ConfigError("expected --tracking_uri with --tracker=mlflow only")


def track(flag_values: flags.FlagValues, root: pathlib.Path) -> None:
    """Writes finished runs to the tracker that flags name, if any."""
    if flag_values.tracker is not None:
        count = trackers.track(root, flag_values.tracker, flag_values.tracking_uri)
        logging.info("%s: %d runs were new there", flag_values.tracker, count)


def make_engine(flag_values: flags.FlagValues) -> MakeEngine | None:
    """Returns what makes the engine that flags name; `None`: the local one.

    Raises:
        ConfigError: a library that is not installed, or flags of another engine.
    """
    if flag_values.engine == _RAY:
        from nasbench_templates.execution import ray_engine

        return ray_engine.maker(
            ray_engine.RayOptions(flag_values.address, flag_values.run_cpus, flag_values.run_gpus)
        )
    for name in ("address", "run_cpus", "run_gpus"):
        if flag_values[name].present:
            raise ConfigError(f"expected --{name} with --engine=ray only")
    return None


def limits(flag_values: flags.FlagValues) -> RunLimits:
    """Returns the limits of each run.

    Raises:
        ConfigError: a limit that is not above 0, or a malformed amount of memory.
    """
    text = flag_values.run_memory
    memory = None if text is None else num_bytes("run_memory", text)
    return RunLimits(flag_values.run_seconds, memory, flag_values.retries)


def num_bytes(flag: str, text: str) -> int:
    """Returns an amount of memory such as `4GB`, `512MiB` or a number of bytes.

    Raises:
        ConfigError: any other text.

    Example:
        >>> num_bytes("run_memory", "1.5 GB")
        1500000000
    """
    stripped = text.strip().lower()
    unit = next((unit for unit in _UNITS if stripped.endswith(unit)), "")
    number = exact_number(stripped.removesuffix(unit))
    if number is None:
        raise ConfigError(f"expected --{flag} as 4GB, 512MiB or a number of bytes, received {text}")
    return int(number * _UNITS.get(unit, 1))


def shard(flag_values: flags.FlagValues) -> tuple[int, int]:
    """Returns number and count of the shard, `(0, 1)` without one.

    Raises:
        ConfigError: a malformed shard.
    """
    if flag_values.shard is None:
        return 0, 1
    number, _, count = flag_values.shard.partition("/")
    if not (number.isdecimal() and count.isdecimal() and int(number) < int(count)):
        raise ConfigError(
            "expected --shard as I/N with I from 0 to below N, such as 0/4, received "
            f"{flag_values.shard!r}"
        )
    return int(number), int(count)

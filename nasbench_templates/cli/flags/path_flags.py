"""Flags that name files and folders: those that are read must exist, others be writable."""

import pathlib

from absl import flags

from nasbench_templates.support import paths
from nasbench_templates.support.errors import ConfigError

# Of the flags of records in --help.
SECTION = "network"
# Every flag whose value, or each of whose values, is a path.
PATH_FLAGS = frozenset(
    (
        "cell", "cells", "data_dir", "feature_cache", "file", "hashes", "images", "input", "model",
        "networks", "output",
        "output_dir", "plot", "records", "results", "results_dir", "run", "source",
    )
)  # fmt: skip


def expand_homes(flag_values: flags.FlagValues) -> None:
    """Replaces `~` and `~user` at the start of all paths by that home, as a shell does.

    A shell leaves it in `--flag=~/folder`, where it is not at the start of a word.

    Raises:
        ConfigError: the home is not known.
    """
    for name in PATH_FLAGS:
        if name not in flag_values:
            continue
        value = flag_values[name].value
        if isinstance(value, str):
            flag_values[name].value = _expanded(name, value)
        elif isinstance(value, list):
            flag_values[name].value = [_expanded(name, each) for each in value]


def _expanded(name: str, path: str) -> str:
    try:
        return str(paths.at_home(path)) if path.startswith("~") else path
    except ConfigError as error:
        raise ConfigError(f"--{name}={error}") from None


def define_records_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the sources of benchmark records."""
    flags.DEFINE_list(
        "records",
        [],
        "files or folders with benchmark records (a folder of import_records; TFRecord, CSV, JSON "
        "or JSON lines; results of evaluate); of several the first that has a cell counts",
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


def output_file(flag_values: flags.FlagValues) -> pathlib.Path:
    """Returns the file that `--output` names, in a folder that can be written to.

    Raises:
        ConfigError: no name, or that of a folder.
        OSError: the folder cannot be created or written to.
    """
    from nasbench_templates.support import files

    if not flag_values.output:
        raise ConfigError("expected a file for --output, received none")
    path = pathlib.Path(flag_values.output)
    if path.is_dir():
        raise ConfigError(f"--output={path}: expected a file to write, found a folder")
    files.check_writable(path.parent)
    return path

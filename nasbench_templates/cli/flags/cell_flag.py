"""The flag `--cell`; what its values mean is in `benchmark_records.cell_texts`."""

import pathlib

from absl import flags

from nasbench_templates.cli.flags import path_flags
from nasbench_templates.support import texts

# Of these flags in --help.
SECTION = "network"


def define_cell_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag that names a cell."""
    flags.DEFINE_string(
        "cell",
        None,
        "a named cell (see: list cells), a 32-digit module hash that --records contains, or a JSON "
        'file or inline JSON {"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}',
        flag_values=flag_values,
    )


def listed_hashes(flag: str, path: str) -> list[str]:
    """Returns the module hashes of a list's lines.

    Args:
        flag: that names the file.
        path: of the file; its lines are those of `cell_lists.asked`.

    Raises:
        ConfigError: there is no such file, or no line asks for a cell.
        SpecError: a malformed line, with its number.
    """
    from nasbench_templates.space import cell_lists

    (path,) = path_flags.existing_paths(flag, [path])
    return cell_lists.hashes(texts.read_lines(pathlib.Path(path)), f"--{flag}={path}")

"""The flag `--cell`; what its values mean is in `benchmark_records.cell_texts`."""

import pathlib

from absl import flags

from nasbench_templates.cli.flags import path_flags
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, RecordError, SpecError, describe

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
    """Returns the module hashes of a list's lines; lines that ask for no cell are passed over.

    Args:
        flag: that names the file.
        path: of the file; its lines are those of `cell_texts.hash_of_line`.

    Raises:
        ConfigError: there is no such file, or no line asks for a cell.
        SpecError: a malformed line, with its number.
    """
    from nasbench_templates.benchmark_records import cell_texts

    (path,) = path_flags.existing_paths(flag, [path])
    found = []
    for number, line in enumerate(texts.read_lines(pathlib.Path(path)), 1):
        try:
            name = cell_texts.hash_of_line(line.strip())
        except (SpecError, RecordError) as error:
            raise SpecError(f"--{flag}={path}, line {number}: {describe(error)}") from None
        if name is not None:
            found.append(name)
    if not found:
        raise ConfigError(
            f"--{flag}={path}: expected a cell or a module hash on each line, found none"
        )
    return found

"""The flag `--cell`; what its values mean is in `benchmark_records.cell_texts`."""

import pathlib
import re

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
    """Returns the module hashes at the start of a file's lines; lines without one are passed over.

    Args:
        flag: that names the file.
        path: of the file.

    Raises:
        ConfigError: there is no such file.
    """
    from nasbench_templates.benchmark_records import record108

    (path,) = path_flags.existing_paths(flag, [path])
    words = (
        re.split(r"[,;\s]", line.strip(), maxsplit=1)[0].lower()
        for line in texts.read_lines(pathlib.Path(path))
    )
    return [word for word in words if record108.is_hash(word)]

"""The flag `--cell`; what its values mean is in `benchmark_records.cell_texts`."""

from absl import flags

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

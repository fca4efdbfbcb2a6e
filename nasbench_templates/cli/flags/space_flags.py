"""Flags of the jobs that go through the whole search space."""

from absl import flags

from nasbench_templates.networks.cells import MAX_VERTICES

# Of these flags in --help.
SECTION = "this job"


def define_space_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of jobs that go through the whole search space."""
    flags.DEFINE_integer(
        "max_vertices",
        MAX_VERTICES,
        f"only cells with at most so many vertices, 2..{MAX_VERTICES}",
        lower_bound=2,
        upper_bound=MAX_VERTICES,
        flag_values=flag_values,
    )
    define_processes_flag(flag_values)


def define_processes_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the number of processes."""
    flags.DEFINE_integer(
        "processes",
        None,
        "how many processes work at once (default: one for each core)",
        lower_bound=1,
        flag_values=flag_values,
    )


def num_processes(flag_values: flags.FlagValues) -> int:
    """Returns how many processes are to work at once."""
    from nasbench_templates.space import workers

    return flag_values.processes or workers.num_processes()

"""What is done with a sweep that is there: show how far it is, write its table."""

import pathlib
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.cli import command, output, progress, sweep_table
from nasbench_templates.cli.flags import sweep_flags
from nasbench_templates.runs import folders
from nasbench_templates.support import paths
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import folder, table


class _Status:
    """Show how far a sweep is, whoever carries it out.

    usage: nasbench-templates sweep status DIR

    Exit status 0: all runs are finished; 1: not yet.
    """

    def define_flags(self, flag_values: flags.FlagValues) -> None:
        """Defines the flag for the form."""
        output.define_format_flag(flag_values)

    def run(self, flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
        """Prints counts, what runs and fails, and the best so far."""
        progress.start_logging()
        states = folder.states(_only_folder("status", arguments))
        sweep_table.print_status(states, flag_values.format)
        is_done = all(each.status == folders.FINISHED for each in states)
        return 0 if is_done else command.FAILED


class _Collect:
    """Write the table of a sweep, or of any folder with runs, anew: table.csv and table.parquet.

    usage: nasbench-templates sweep collect DIR
    """

    def define_flags(self, flag_values: flags.FlagValues) -> None:
        """Defines the flags for the form and the tracker."""
        sweep_flags.define_tracker_flags(flag_values)
        output.define_format_flag(flag_values)

    def run(self, flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
        """Writes and prints the table."""
        progress.start_logging()
        sweep_flags.check_tracker(flag_values)
        root = _only_folder("collect", arguments)
        found = table.write(root)
        sweep_flags.track(flag_values, root)
        sweep_table.print_table(found, flag_values.format)
        return 0


ACTIONS: Mapping[str, command.Job] = {"status": _Status(), "collect": _Collect()}


def _only_folder(action: str, arguments: Sequence[str]) -> pathlib.Path:
    if len(arguments) != 1:
        raise ConfigError(f"expected one folder, sweep {action} DIR, received {len(arguments)}")
    path = paths.at_home(arguments[0])
    if not path.is_dir():
        raise ConfigError(f"sweep {action}: expected the folder of a sweep, {path} is none")
    return path

"""A study as a job and as a script of `experiments/`, whatever kind of work it is.

A script only names its study:

    if __name__ == "__main__":
        sys.exit(study_script.script_status(__file__, "accuracy"))
"""

import dataclasses
import importlib
import pathlib
import shlex
import sys
from collections.abc import Callable, Sequence

from absl import flags

from nasbench_templates.cli import command, job_help, studies
from nasbench_templates.papers import registered
from nasbench_templates.papers.registered import Computed, Measured, Own, Study, Trained
from nasbench_templates.support.errors import ConfigError

# Kind of work -> module that carries it out.
_MODULES = {
    Trained: "nasbench_templates.cli.study_command",
    Measured: f"{studies.__name__}.measured",
    Computed: f"{studies.__name__}.computed",
}
# absl takes --flag=VALUE and --flag VALUE, with one dash or two.
_FOLDER_FLAGS = tuple(
    f"{dashes}{name}"
    for dashes in ("-", "--")
    for name in ("data_dir", "output_dir", "results_dir", "feature_cache", "plot")
)


class StudyJob:
    """One study as a job of the command line; its docstring is the study's.

    Args:
        study: which.
        line: the command, for the results.
    """

    def __init__(self, study: Study, line: str):
        self.__doc__ = study.document
        self._study, self._line = study, line
        work = study.work
        name = f"{studies.__name__}.{work.command}" if isinstance(work, Own) else None
        self._module = importlib.import_module(name or _MODULES[type(work)])

    def define_flags(self, flag_values: flags.FlagValues) -> None:
        """Defines the study's flags."""
        self._module.define_flags(flag_values, self._study)

    def run(self, flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
        """Carries the study out and returns the exit status.

        Raises:
            ConfigError: an argument that is no flag.
        """
        refuse(arguments)
        return self._module.run(flag_values, self._study, self._line)


def script_status(script: str, name: str, argv: Sequence[str] | None = None) -> int:
    """Returns the exit status of a script that carries out one study under its own name.

    Args:
        script: its path.
        name: of the study.
        argv: flags, without the program's name; by default those of the process.
    """
    path = pathlib.Path(script)
    program = ["python", f"experiments/{path.name}"]
    given = sys.argv[1:] if argv is None else argv

    def act() -> int:
        known = registered.studies.get(name)
        document = known.document.replace(f"nasbench-templates study {name}", shlex.join(program))
        study = dataclasses.replace(known, name=path.stem, document=document)
        job = StudyJob(study, command_line(program, given))
        return status(path.name, document, job.define_flags, job.run, given)

    return command.ending(path.stem, act)


def status(
    program: str,
    document: str,
    define_flags: Callable[[flags.FlagValues], None],
    run: Callable[[flags.FlagValues, Sequence[str]], int],
    given: Sequence[str],
) -> int:
    """Returns the exit status of a program after its help or its run.

    Args:
        program: its name.
        document: its help.
        define_flags: defines its flags.
        run: gets the flags and what is no flag; returns the exit status.
        given: flags, without the program's name.

    Raises:
        flags.Error: an unknown flag or value.
    """
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    if any(argument in command.HELP for argument in given):
        is_full = command.FULL_HELP in given
        print(job_help.text(program, document, flag_values, is_full=is_full))
        return 0
    return run(flag_values, command.parse(program, given, flag_values))


def refuse(arguments: Sequence[str]) -> None:
    """Refuses what is no flag.

    Raises:
        ConfigError: there is something.
    """
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")


def command_line(program: Sequence[str], given: Sequence[str]) -> str:
    """Returns a command for results, with this machine's folders left out.

    Args:
        program: what is called.
        given: its flags.
    """
    shown: list[str] = []
    for argument in given:
        name, equals, value = argument.partition("=")
        if shown and shown[-1] in _FOLDER_FLAGS:
            shown.append(_without_folders(argument))
        elif equals and name in _FOLDER_FLAGS:
            shown.append(f"{name}={_without_folders(value)}")
        else:
            shown.append(argument)
    return shlex.join([*program, *shown])


def _without_folders(value: str) -> str:
    parts = value.split(",")
    return ",".join(f"{part.partition('=')[0]}=DIR" if "=" in part else "DIR" for part in parts)

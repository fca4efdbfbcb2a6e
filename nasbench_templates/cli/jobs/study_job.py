"""Carry out a study: tables and figures of the papers, printed figures beside ours.

Try:
  nasbench-templates list studies
  nasbench-templates study widths
  nasbench-templates study accuracy --help
  nasbench-templates study accuracy --scale=small --data_dir=fashion_mnist=DIR
"""

from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import study_script
from nasbench_templates.papers.registered import studies
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines none: each study has its own."""


def chosen(arguments: Sequence[str]) -> study_script.StudyJob:
    """Returns the study that the first argument names, as a job.

    Raises:
        UnknownNameError: there is none.
    """
    name, *rest = arguments
    line = study_script.command_line(["nasbench-templates", "study", name], rest)
    return study_script.StudyJob(studies.get(name), line)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Says that a study must be named.

    Raises:
        ConfigError: always.
    """
    del flag_values, arguments
    raise ConfigError(f"expected the name of a study after study, one of {', '.join(studies)}")

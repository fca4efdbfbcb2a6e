"""The command line's reference, from the docstrings and flags of the jobs and studies."""

import importlib
import re
import textwrap

from absl import flags

from nasbench_templates.cli import command, jobs, sweep_actions
from nasbench_templates.papers.registered import studies

# What may stand behind a job that is several.
_CHOICES = {"study": tuple(studies), "sweep": tuple(sweep_actions.ACTIONS)}
_SPECIAL = re.compile(r"([\\*<>\[\]|`])")


def markdown() -> str:
    """Returns a section for each job and each study."""
    parts = []
    for name in command.job_names():
        job = importlib.import_module(f"{jobs.__name__}.{name}_job")
        parts.append(_section(name, job, level=2))
        if hasattr(job, "chosen"):
            parts += [
                _section(f"{name} {each}", job.chosen([each]), level=3) for each in _CHOICES[name]
            ]
    return "\n\n".join(parts)


def _section(name: str, job: command.Job, level: int) -> str:
    flag_values = flags.FlagValues()
    job.define_flags(flag_values)
    lines = [f"{'#' * level} {name}", _document(job.__doc__ or "")]
    lines += [_flag(flag_values[flag]) for flag in flag_values]
    return "\n\n".join(lines)


def _document(text: str) -> str:
    """Returns a docstring; its lines with commands, which are indented, become a block."""
    parts = []
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        prose = [line for line in lines if not line.startswith("  ")]
        code = textwrap.dedent("\n".join(line for line in lines if line.startswith("  ")))
        if prose:
            parts.append(_plain(" ".join(prose)))
        if code:
            kind = "sh" if command.PROGRAM in code else "text"
            parts.append(f"```{kind}\n{code}\n```")
    return "\n\n".join(parts)


def _flag(flag: flags.Flag) -> str:
    choices = getattr(flag.parser, "enum_values", None)
    value = f"={'|'.join(choices)}" if choices else ("" if flag.boolean else "=...")
    text = flag.help.removeprefix(f"<{'|'.join(choices)}>: ") if choices else flag.help
    default = "" if flag.default in (None, "", []) else f" (default: `{flag.default_as_str}`)"
    return f"`--{flag.name}{value}`\n: {_plain(text)}{default}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)

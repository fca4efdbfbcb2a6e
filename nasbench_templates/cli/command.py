"""The dispatcher: finds a job by name, parses its flags, turns errors into one line and a status.

A job is a module `<name>_job.py` in this folder with a docstring (its help), `define_flags` and
`run`. Flags live in a `FlagValues` of their own for each call, so importing a job defines nothing.

Exit status of every job: `FAILED` for what the work met (data, records, runs, disks), `USAGE` for
what was asked for: flags, and files or folders that they name and that do not exist.
"""

import contextlib
import functools
import importlib
import os
import pathlib
import pkgutil
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Protocol

from absl import flags

from nasbench_templates.cli import job_help, jobs, standard_streams
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.support import quiet_tensorflow, registry, texts, version
from nasbench_templates.support.errors import (
    BudgetError,
    ConfigError,
    DataError,
    RecordError,
    SpecError,
    TemplateWarning,
    TrainingError,
    UnknownNameError,
    describe,
)

PROGRAM = "nasbench-templates"
FAILED, USAGE, INTERRUPTED = 1, 2, 130
_SUFFIX = "_job"
_PRESET = ("--preset", "-preset")
_FLAGFILE = ("--flagfile", "-flagfile")
# Longer ones, such as a value of a megabyte that was refused, lose their middle.
_LONGEST_MESSAGE = 10_000
_VERSION = "--version"
# What absl passes on of Python's own errors, and what is told instead.
_PARSERS = {
    "invalid literal for int() with base 10:": "expected a whole number, received",
    "could not convert string to float:": "expected a number, received",
}
# What the distribution nasbench_templates_core does not require.
_FOR_TRAINING = ("keras", "tensorboardX", "tensorflow")
FULL_HELP = "--helpfull"
HELP = ("--help", "-help", "-h", "--helpshort", FULL_HELP)


class Job(Protocol):
    """What a job module offers besides its docstring."""

    def define_flags(self, flag_values: flags.FlagValues) -> None:
        """Defines the job's flags."""

    def run(self, flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
        """Does the work and returns the exit status."""


def run(argv: Sequence[str]) -> int:
    """Runs the job that `argv` names; returns the exit status."""
    return ending(PROGRAM, lambda: _dispatch(argv))


def ending(program: str, action: Callable[[], int]) -> int:
    """Returns the exit status of an action; its errors become one line on standard error.

    Args:
        program: what stands before the line.
        action: returns an exit status.
    """
    standard_streams.provide_errors()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", TemplateWarning)
            warnings.showwarning = functools.partial(_show_warning, program, warnings.showwarning)
            return _ending(program, action)
    finally:
        standard_streams.settle_errors()


def _show_warning(
    program: str,
    otherwise: Callable[..., None],
    message: Warning | str,
    category: type[Warning],
    *where: object,
    **more: object,
) -> None:
    """Shows the package's own warnings as one line, others as Python does."""
    if issubclass(category, TemplateWarning):
        with contextlib.suppress(OSError):  # nobody reads it
            print(f"{program}: warning: {message}", file=sys.stderr)
    else:
        otherwise(message, category, *where, **more)


def _ending(program: str, action: Callable[[], int]) -> int:
    try:
        if sys.stdout is None:
            raise ConfigError("expected a standard output to write to, it is closed")
        return standard_streams.run(action)
    except flags.Error as error:
        return _fail(program, USAGE, _as_expectation(describe(error)))
    except (ConfigError, SpecError) as error:
        return _fail(program, USAGE, describe(error))
    except (BudgetError, DataError, RecordError, TrainingError) as error:
        return _fail(program, FAILED, describe(error))
    except BrokenPipeError:
        return FAILED  # the reader went away before all was written: nobody to tell
    except OSError as error:
        return _fail(program, FAILED, describe(error))
    except MemoryError as error:
        return _fail(program, FAILED, f"out of memory: {describe(error)}")
    except ModuleNotFoundError as error:
        install = "pip install 'nasbench_templates_core[training]', which is nasbench_templates"
        hint = f"; {install}" if error.name in _FOR_TRAINING else ""
        return _fail(program, FAILED, f"expected the library {error.name}, not installed{hint}")
    except ImportError as error:
        cause = "it is damaged, or there is too little memory to load it"
        return _fail(program, FAILED, f"a library cannot be loaded: {describe(error)}; {cause}")
    except KeyboardInterrupt:
        kept = "interrupted; what is finished is kept, the same command resumes"
        return _fail(program, INTERRUPTED, kept)


def _fail(program: str, status: int, message: str) -> int:
    if len(message) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        left_out = len(message) - 2 * half
        message = f"{message[:half]} ... ({left_out:,} characters) ... {message[-half:]}"
    with contextlib.suppress(OSError):  # nobody reads it
        print(f"{program}: error: {message}", file=sys.stderr)
    return status


def _dispatch(argv: Sequence[str]) -> int:
    if not argv or argv[0] in HELP:
        print(_overview())
        return 0 if argv else USAGE
    if argv[0] == _VERSION:
        print(f"{PROGRAM} {version.__version__}")
        return 0
    quiet_tensorflow.install()
    name, *rest = argv
    if name not in job_names():
        import difflib

        close = difflib.get_close_matches(name, job_names(), n=1)
        expected = close[0] if close else f"one of {', '.join(job_names())}"
        raise UnknownNameError(f"unknown job {name!r}: expected {expected}; try {PROGRAM} --help")
    job = importlib.import_module(f"{jobs.__name__}.{name}{_SUFFIX}")
    program = f"{PROGRAM} {name}"
    if hasattr(job, "chosen") and rest and not rest[0].startswith("-"):
        # A job that is several, each with flags of its own.
        job, program, rest = job.chosen(rest), f"{program} {rest[0]}", rest[1:]
    # First of all: what a user's modules add has flags and names too.
    _import(rest)
    flag_values = flags.FlagValues()
    job.define_flags(flag_values)
    _define_import_flag(flag_values)
    if any(argument in HELP for argument in rest):
        is_full = FULL_HELP in rest
        print(job_help.text(program, job.__doc__ or "", flag_values, is_full=is_full))
        return 0
    if _VERSION in rest:
        print(f"{PROGRAM} {version.__version__}")
        return 0
    arguments = parse(program, _with_presets(rest), flag_values)
    _shorten_trial(rest, flag_values)
    return job.run(flag_values, arguments)


def parse(program: str, arguments: Sequence[str], flag_values: flags.FlagValues) -> Sequence[str]:
    """Parses flags and returns the other arguments; `~` in paths becomes the user's home.

    Raises:
        flags.Error: an unknown flag, or a value that it cannot have.
        ConfigError: a path below a home that is not known.
    """
    try:
        _, *others = flag_values([program, *arguments], known_only=False)
    except UnicodeDecodeError as error:
        raise ConfigError(f"--flagfile: expected a text file in UTF-8: {error}") from error
    except flags.UnrecognizedFlagError as error:
        raise UnknownNameError(_unknown_flag(error.flagname, flag_values)) from error
    path_flags.expand_homes(flag_values)
    return others


def _as_expectation(message: str) -> str:
    for words, expectation in _PARSERS.items():
        message = message.replace(words, expectation)
    return message


def _unknown_flag(name: str, flag_values: flags.FlagValues) -> str:
    import difflib

    # Without separators and a negating prefix: a near miss is mostly one of these.
    plain = {_plain(known): known for known in flag_values}
    wanted = (_plain(name), _plain(name.removeprefix("no")))
    close = [
        f"--{plain[match]}"
        for match in dict.fromkeys(
            match for each in wanted for match in difflib.get_close_matches(each, plain, n=2)
        )
    ]
    hint = f"did you mean {' or '.join(close)}; " if close else ""
    return f"Unknown command line flag {name!r}: {hint}--help lists all"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _define_import_flag(flag_values: flags.FlagValues) -> None:
    flags.DEFINE_list(
        "import",
        [],
        "modules of your own that register networks, templates, data sets or recipes; installed "
        "packages that name them as entry points need no flag",
        flag_values=flag_values,
    )


def _import(arguments: Sequence[str]) -> None:
    """Imports the modules that `--import` names."""
    parser = flags.FlagValues()
    _define_import_flag(parser)
    given = [
        each
        for place, each in enumerate(arguments)
        if each.lstrip("-").partition("=")[0] == "import"
        or (place and arguments[place - 1] in ("--import", "-import"))
    ]
    parser([PROGRAM, *given])
    modules = parser["import"].value
    if modules:
        # As with `python -m`, modules in the working folder count; worker processes inherit both.
        sys.path.insert(0, os.getcwd())
        names = ",".join(filter(None, [os.environ.get(registry.IMPORT_VARIABLE), *modules]))
        os.environ[registry.IMPORT_VARIABLE] = names
        registry.import_named_modules(names)


def _with_presets(arguments: Sequence[str]) -> list[str]:
    """Returns arguments with the package's flag file in the place of `--preset=NAME`.

    Raises:
        UnknownNameError: no such preset.
        ConfigError: a flag file that is no text, or too long for one.
    """
    given, replaced = iter(arguments), []
    for argument in given:
        flag, equals, name = argument.partition("=")
        if flag in (*_PRESET, *_FLAGFILE):
            name = name if equals else next(given, "")
            file = _preset(name) if flag in _PRESET else _checked_flagfile(name)
            argument = f"--flagfile={file}"
        replaced.append(argument)
    return replaced


def _shorten_trial(arguments: Sequence[str], flag_values: flags.FlagValues) -> None:
    """Makes a smoke run of a preset one epoch: the preset's epochs are those of its whole run."""
    names = {argument.partition("=")[0].lstrip("-") for argument in arguments}
    is_smoke = "smoke" in flag_values and flag_values.smoke
    if is_smoke and "preset" in names and "epochs" in flag_values and "epochs" not in names:
        flag_values.epochs = 1


def _checked_flagfile(name: str) -> str:
    name = os.path.expanduser(name)
    path = pathlib.Path(name)
    if path.is_file():  # of others absl says what is wrong; a pipe is read only once
        try:
            texts.read_whole(path, texts.LONGEST_LINE)
        except DataError as error:
            raise ConfigError(f"--flagfile: {describe(error)}") from error
    return name


def _preset(name: str) -> object:
    from importlib import resources

    folder = resources.files(__package__) / "presets"
    file = folder / f"{name}.flags"
    if not file.is_file():
        known = sorted(path.name.removesuffix(".flags") for path in folder.iterdir())
        raise UnknownNameError(f"unknown preset {name!r}: expected one of {', '.join(known)}")
    return file


def job_names() -> tuple[str, ...]:
    """Returns the names of all jobs."""
    modules = (module.name for module in pkgutil.iter_modules(jobs.__path__))
    return tuple(name.removesuffix(_SUFFIX) for name in modules if name.endswith(_SUFFIX))


def _overview() -> str:
    lines = [
        f"{PROGRAM} {version.__version__}: networks under filter distribution templates",
        "",
        f"usage: {PROGRAM} JOB [--flag=value ...]",
        "",
    ]
    width = max(map(len, job_names()))
    for name in job_names():
        job = importlib.import_module(f"{jobs.__name__}.{name}{_SUFFIX}")
        lines.append(f"  {name:<{width}} {(job.__doc__ or name).strip().splitlines()[0]}")
    lines += [
        "",
        f"{PROGRAM} JOB --help explains a job; --flagfile=FILE reads flags from a file, and",
        "--preset=NAME from one that comes with the package.",
        "Exit status: 0 done; 1 failed; 2 wrong usage, also a file or folder in a flag that does",
        "not exist; 128 + a signal's number.",
    ]
    return "\n".join(lines)

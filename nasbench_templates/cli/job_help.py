"""What `--help` prints: usage, the job's docstring, and its flags in sections.

A module of flags says in `SECTION` where its flags stand, and in `SECTION_OF` where single ones
stand elsewhere; flags that a job defines itself are its own.
"""

import sys
import textwrap
from collections.abc import Iterable, Mapping

from absl import flags

_OWN, _OUTPUT = "this job", "output"
_ORDER = (
    *("network", "matching", "data", "audio", "training", "devices and workers"),
    *(_OWN, _OUTPUT),
)
# Of a job's own flags, those that every job with them means alike.
_COMMON = {
    **dict.fromkeys(("output", "output_dir", "format", "plot", "dry_run", "title"), _OUTPUT),
    **dict.fromkeys(("template", "templates"), "matching"),
    **dict.fromkeys(("seed", "seeds"), "training"),
    "import": "network",
}
# Sections that few data sets need: their flags are named, `--helpfull` explains them.
_NAMED_ONLY = {"audio": "for data sets of clips; --helpfull explains them"}
_WIDTH = 92


def text(
    program: str, document: str, flag_values: flags.FlagValues, *, is_full: bool = False
) -> str:
    """Returns the help of a job.

    Args:
        program: its name.
        document: its docstring.
        flag_values: its flags.
        is_full: whether sections that few need are explained too.
    """
    lines = [f"usage: {program} [--flag=value ...]", "", document.strip()]
    for section, names in _sections(flag_values).items():
        if section in _NAMED_ONLY and not is_full:
            listed = ", ".join(f"--{name}" for name in names)
            lines += ["", f"{section} flags ({_NAMED_ONLY[section]}):"]
            lines += _indented(listed, 2)
        else:
            lines += ["", f"{section} flags:"]
            lines += [line for name in names for line in _flag_lines(flag_values, name)]
    return "\n".join(lines)


def _sections(flag_values: flags.FlagValues) -> dict[str, list[str]]:
    """Returns the names of the flags by section, in the order of both."""
    found: dict[str, list[str]] = {}
    modules: Mapping[str, Iterable[flags.Flag]] = flag_values.flags_by_module_dict()
    section_of = {
        flag.name: _section(module, flag.name) for module, own in modules.items() for flag in own
    }
    for name in flag_values:
        found.setdefault(section_of.get(name, _OWN), []).append(name)
    order = [*_ORDER, *(section for section in found if section not in _ORDER)]
    return {section: found[section] for section in order if section in found}


def _section(module: str, name: str) -> str:
    defined_in = sys.modules.get(module)
    special = getattr(defined_in, "SECTION_OF", {})
    if name in special:
        return special[name]
    return getattr(defined_in, "SECTION", None) or _COMMON.get(name, _OWN)


def _flag_lines(flag_values: flags.FlagValues, name: str) -> list[str]:
    flag = flag_values[name]
    default = "" if flag.default in (None, "", []) else f" (default: {flag.default_as_str})"
    choices = getattr(flag.parser, "enum_values", None)
    value = f"={'|'.join(choices)}" if choices else ("" if flag.boolean else "=...")
    meaning = flag.help.removeprefix(f"<{'|'.join(choices)}>: ") if choices else flag.help
    return [f"  --{name}{value}", *_indented(meaning + default, 6)]


def _indented(content: str, depth: int) -> list[str]:
    space = " " * depth
    return textwrap.wrap(
        content, _WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )

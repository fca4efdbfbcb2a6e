"""Options of an architecture, described where they are defined: in the signature of its builder.

    def vgg(input_shape, num_classes, *, stem: Stem = "auto", head: Annotated[Head, Option("...")])

Their types say which values there are, `Option` says what they mean. The command line makes its
flags and their help from these.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from nasbench_templates.support import kinds

StemName = Literal["auto", "cifar", "imagenet"]


@dataclass(frozen=True, slots=True)
class Option:
    """What an option means.

    Attributes:
        help: a phrase without the names of networks; defaults that are not in the signature too.
        has_flag: whether the command line has a flag of this name; else `--model_options` sets it.
    """

    help: str
    has_flag: bool = False


@dataclass(frozen=True, slots=True)
class DescribedOption:
    """An option of one builder.

    Attributes:
        name: of the keyword.
        kind: `int`, `bool`, `str` or `tuple` (of whole numbers).
        choices: the values of a text; empty where any text is one.
        default: where the keyword is not given.
        option: what it means.
    """

    name: str
    kind: type
    choices: tuple[str, ...]
    default: object
    option: Option


# The input stage that all image classifiers share.
Stem = Annotated[
    StemName, Option("input stage and strides (default: auto, by the input's size)", has_flag=True)
]


def described(builder: Callable[..., object]) -> tuple[DescribedOption, ...]:
    """Returns the options of a builder that are described, in the order of its signature."""
    hints = get_type_hints(builder, include_extras=True)
    found = []
    for parameter in inspect.signature(builder).parameters.values():
        hint = hints.get(parameter.name)
        marks = getattr(hint, "__metadata__", ())
        option = next((mark for mark in marks if isinstance(mark, Option)), None)
        if parameter.kind is parameter.KEYWORD_ONLY and option is not None:
            kind, choices = _kind(get_args(hint)[0])
            found.append(DescribedOption(parameter.name, kind, choices, parameter.default, option))
    return tuple(found)


def check_kinds(builder: Callable[..., object], options: Mapping[str, object]) -> None:
    """Checks that options are of the kinds that a builder's signature says.

    Raises:
        ConfigError: one is not.
    """
    kinds.check(kinds.hints_of(builder), options)


def _kind(hint: Any) -> tuple[type, tuple[str, ...]]:
    if get_origin(hint) is Literal:
        return str, get_args(hint)
    parts = [part for part in get_args(hint) if part is not type(None)]
    if parts and get_origin(hint) is not tuple:
        return _kind(parts[0])  # of `X | None`
    return (get_origin(hint) or hint), ()

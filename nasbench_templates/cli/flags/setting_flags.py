"""Flags made from the fields of a settings' dataclass: type, help and name stand there once.

A field with `help` in its metadata has a flag. It is `None` unless given: the recipe decides then.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Literal, get_args, get_origin, get_type_hints

from absl import flags

from nasbench_templates.cli.flags import number_flags

# Of these flags in --help.
SECTION = "training"

_NONE = "none"


def names(settings: type, *, is_general: bool) -> tuple[str, ...]:
    """Returns the fields that have flags, those defined with a recipe or the others."""
    return tuple(
        field.name
        for field in dataclasses.fields(settings)
        if "help" in field.metadata and field.metadata.get("is_general", False) == is_general
    )


def define(flag_values: flags.FlagValues, settings: type, fields: Iterable[str]) -> None:
    """Defines the flags of some fields.

    Args:
        flag_values: receives them.
        settings: a dataclass.
        fields: names of fields with `help`.
    """
    hints = get_type_hints(settings)
    for field in _fields(settings, fields):
        flag, kind = _flag(field), _kind(hints[field.name])
        values = field.metadata.get("values")
        text = f"{field.metadata['help']} (default: the recipe's)"
        if values is not None:
            flags.DEFINE_enum(flag, None, list(values), text, flag_values=flag_values)
        elif get_origin(kind) is Literal:
            flags.DEFINE_enum(flag, None, list(get_args(kind)), text, flag_values=flag_values)
        elif kind is bool:
            flags.DEFINE_bool(flag, None, text, flag_values=flag_values)
        elif kind is int:
            flags.DEFINE_integer(flag, None, text, lower_bound=1, flag_values=flag_values)
        elif kind is float:
            flags.DEFINE_float(flag, None, text, flag_values=flag_values)
        else:
            flags.DEFINE_string(flag, None, text, flag_values=flag_values)


def given(
    flag_values: flags.FlagValues, settings: type, fields: Iterable[str]
) -> dict[str, object]:
    """Returns the fields that flags name, with their values.

    Raises:
        ConfigError: a malformed list of numbers.
    """
    hints = get_type_hints(settings)
    found = {}
    for field in _fields(settings, fields):
        value = flag_values[_flag(field)].value
        if value is None:
            continue
        values: Mapping[str, object] | None = field.metadata.get("values")
        if values is not None:
            value = values[value]
        elif get_origin(hints[field.name]) is tuple:
            value = _listed(_flag(field), value, get_args(hints[field.name])[0])
        found[field.name] = value
    return found


def _fields(settings: type, wanted: Iterable[str]) -> list[dataclasses.Field]:
    by_name = {field.name: field for field in dataclasses.fields(settings)}
    return [by_name[name] for name in wanted]


def _flag(field: dataclasses.Field) -> str:
    return field.metadata.get("flag", field.name)


def _kind(hint: object) -> object:
    """Returns what a value is where it is not `None`."""
    if get_origin(hint) in (Literal, tuple):
        return hint
    parts = [part for part in get_args(hint) if part is not type(None)]
    return parts[0] if parts else hint


def _listed(flag: str, text: str, item: object) -> tuple[object, ...]:
    if item is float:
        return number_flags.numbers(flag, text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return () if parts == [_NONE] else tuple(parts)

"""Whether values are of the kinds that annotations say, for what comes from files and from callers.

>>> check({"epochs": int, "clip_norm": float | None}, {"epochs": 3, "clip_norm": None})
>>> check({"depth": int}, {"depth": "ten"})
Traceback (most recent call last):
nasbench_templates.support.errors.ConfigError: expected depth to be a whole number, received 'ten'
"""

import functools
import numbers
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

from nasbench_templates.support.errors import ConfigError

# What a kind is called, alone and in a list, and the types that it takes: NumPy's numbers too.
_KINDS: Mapping[type, tuple[str, str, type]] = {
    int: ("a whole number", "whole numbers", numbers.Integral),
    float: ("a number", "numbers", numbers.Real),
    bool: ("true or false", "truth values", bool),
    str: ("a text", "texts", str),
}


@functools.cache
def hints_of(annotated: Any) -> Mapping[str, Any]:
    """Returns the annotations of a class or function, read once; those unknown here are left out.

    Where a name is imported by type checkers only, none is known.
    """
    try:
        return get_type_hints(annotated)
    except NameError:
        return {}


def check_fields(record: Any) -> None:
    """Checks that the fields of a dataclass hold what its annotations say.

    Raises:
        ConfigError: one does not; fields of other kinds than numbers, truth values, texts and
            tuples of them are not looked at.
    """
    hints = hints_of(record.__class__)
    check(hints, {name: getattr(record, name) for name in hints})


def check(hints: Mapping[str, Any], values: Mapping[str, object]) -> None:
    """Checks that values are of the kinds that annotations with their names say.

    Raises:
        ConfigError: one is not; the message names it.
    """
    for name, value in values.items():
        kinds = _kinds(hints.get(name))
        if kinds and not any(_is_of(value, kind) for kind in kinds):
            told = " or ".join(_told(kind) for kind in kinds if kind is not type(None))
            raise ConfigError(f"expected {name} to be {told}, received {value!r:.80}")


def _kinds(hint: Any) -> tuple[Any, ...]:
    """Returns the kinds that a hint allows; none where one of them is not checked here."""
    is_union = get_origin(hint) not in (None, tuple) and type(None) in get_args(hint)
    kinds = get_args(hint) if is_union else (hint,)
    return kinds if all(map(_is_known, kinds)) else ()


def _is_known(kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return all(each in _KINDS for each in get_args(kind) if each is not Ellipsis)
    return kind in _KINDS or kind is type(None)


def _is_of(value: object, kind: Any) -> bool:
    if kind is type(None):
        return value is None
    if get_origin(kind) is not tuple:
        expected = _KINDS[kind][2]
        return isinstance(value, expected) and (kind is bool or not isinstance(value, bool))
    first, *others = get_args(kind)
    if not isinstance(value, list | tuple):
        return False
    has_length = others == [Ellipsis] or len(value) == 1 + len(others)
    return has_length and all(_is_of(each, first) for each in value)


def _told(kind: Any) -> str:
    if get_origin(kind) is not tuple:
        return _KINDS[kind][0]
    first, *others = get_args(kind)
    count = "" if others == [Ellipsis] else f"{1 + len(others)} "
    return f"a list of {count}{_KINDS[first][1]}"

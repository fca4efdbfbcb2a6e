"""The rules by class, and the decorator that adds one.

Keras' own layers and operations are named, because some have no public class; every other class
is given itself:

    @rule(MyScale)
    def my_scale(site):
        site.weight(site.channels)
        site.returns(*site.axes)
"""

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import keras

from nasbench_templates.keras_io.importing.site import Site
from nasbench_templates.support import registry

Rule = Callable[[Site], None]
_Key = TypeVar("_Key")
_RULES = "nasbench_templates.keras_io.importing.rules"
_by_class: dict[type, Rule] = {}
_by_name: dict[tuple[bool, str], Rule] = {}


def rule(*classes: str | type) -> Callable[[Rule], Rule]:
    """Returns a decorator that makes a function the rule of some layers.

    Args:
        *classes: layer classes; Keras' own by name.

    Raises:
        ValueError: one of them has a rule; none is ever silently replaced.
    """
    return _adder(classes, is_layer=True)


def operation_rule(*names: str) -> Callable[[Rule], Rule]:
    """Returns a decorator that makes a function the rule of some classes of `keras.ops`."""
    return _adder(names, is_layer=False)


def _adder(classes: tuple[str | type, ...], is_layer: bool) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        for each in classes:
            if isinstance(each, type):
                _put(_by_class, each, function, each)
            else:
                _put(_by_name, (is_layer, each), function, each)
        return function

    return add


def _put(table: dict[_Key, Rule], key: _Key, function: Rule, name: object) -> None:
    if key in table:
        raise ValueError(f"a rule for {name} is registered twice")
    table[key] = function


def find(operation: keras.Operation) -> Rule | None:
    """Returns the rule for an operation.

    A class of the user's that inherits from a Keras layer and computes as it does takes its rule.
    """
    _load()
    for base in _computing_alike(type(operation)):
        if base in _by_class:
            return _by_class[base]
        is_own = base.__module__.split(".")[0] == "keras"
        key = (issubclass(base, keras.layers.Layer), base.__name__)
        if is_own and key in _by_name:
            return _by_name[key]
    return None


def _computing_alike(kind: type) -> Iterator[type]:
    """Yields a class and its bases up to the one that says how it computes."""
    for base in kind.__mro__:
        yield base
        if "call" in vars(base) or "build" in vars(base):
            return


@functools.cache
def _load() -> None:
    registry.import_modules(importlib.import_module(_RULES))

"""Classes of Keras operations by name, so that a layer graph can be compared, pickled and saved."""

import importlib
from typing import Any

from nasbench_templates.support.errors import SpecError

# Classes that were named here and that an import may not find again: those of functions and shells.
_named: dict[str, type] = {}


def name_of(kind: type) -> str:
    """Returns `module:class`, by which `class_of` finds the class again."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    _named[name] = kind
    return name


def class_of(name: str) -> type[Any]:
    """Returns the class of a name.

    Raises:
        SpecError: there is none, for example in another process than the one that defined it.
    """
    if name not in _named:
        module, _, attribute = name.partition(":")
        try:
            found: Any = importlib.import_module(module)
            for each in attribute.split("."):
                found = getattr(found, each)
        except (ImportError, AttributeError) as error:
            raise SpecError(f"expected to find the layer class {name}: {error}") from None
        _named[name] = found
    return _named[name]

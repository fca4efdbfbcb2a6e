"""Functions whose module is imported when they are called or asked about, not before.

>>> DeferredFunction("math", "hypot")(3.0, 4.0)
5.0
"""

import importlib
from collections.abc import Callable


class DeferredFunction:
    """Stands for a function of a module that takes long to import; its help is the function's.

    Args:
        module: where the function is.
        name: of the function.
    """

    def __init__(self, module: str, name: str):
        self._module, self._name = module, name
        self.__name__ = self.__qualname__ = name

    def __call__(self, *arguments: object, **named: object) -> object:
        """Calls the function."""
        return self._function(*arguments, **named)

    def __getattr__(self, name: str) -> object:
        if name in ("__wrapped__", "__signature__"):
            import inspect

            return inspect.signature(self._function) if name == "__signature__" else self._function
        raise AttributeError(name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # of the function, not of the class
        return self._function.__doc__

    @property
    def _function(self) -> Callable[..., object]:
        return getattr(importlib.import_module(self._module), self._name)

    def __repr__(self) -> str:
        return f"<function {self._module}.{self._name}, imported at its first use>"

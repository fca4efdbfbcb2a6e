"""Mappings that never change, so that what holds them can be hashed, compared and pickled.

>>> options = FrozenMapping({"depth": 10, "widths": [64, 128]})
>>> options["widths"], options == {"widths": (64, 128), "depth": 10}
((64, 128), True)
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any


class FrozenMapping(Mapping[str, Any]):
    """A mapping with hashable values; lists become tuples, mappings frozen ones.

    Args:
        items: names and values.

    Raises:
        TypeError: a value that cannot be hashed.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, object] = {}):
        self._items = {name: frozen(value) for name, value in items.items()}
        hash(self)

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __or__(self, other: Mapping[str, object]) -> "FrozenMapping":
        return FrozenMapping({**self._items, **other})

    def __reduce__(self) -> tuple:
        return FrozenMapping, (self._items,)

    def __repr__(self) -> str:
        return repr(self._items)


def freeze_fields(record: Any) -> None:
    """Freezes the fields of a frozen dataclass that is being made."""
    for field in dataclasses.fields(record):
        object.__setattr__(record, field.name, frozen(getattr(record, field.name)))


def frozen(value: Any) -> Any:
    """Returns a value with lists as tuples, mappings frozen, and NumPy's numbers as Python's.

    Exact costs are of Python's numbers: NumPy's wrap around, and JSON takes none of them.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    if isinstance(value, Mapping) and not isinstance(value, FrozenMapping):
        return FrozenMapping(value)
    return value

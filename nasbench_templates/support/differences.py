"""What differs between two sets of settings, for messages.

>>> list(named({"seed": 1, "data": {"name": "digits"}}, {"seed": 2, "data": {"name": "digits"}}))
['seed (there 1, asked for 2)']
"""

from collections.abc import Iterator, Mapping
from typing import Any

# Stands for a setting that has its reference value.
_UNSET = "its default"
_SHORT = 40


def named(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of settings that differ; of those that fit into a line both values.

    Args:
        known: the settings that are there; mappings in them are gone through.
        wanted: those that are asked for.
    """
    for name in sorted(known.keys() | wanted.keys()):
        value, other = wanted.get(name, _UNSET), known.get(name, _UNSET)
        if isinstance(value, dict) and isinstance(other, dict):
            yield from named(other, value)
        elif value != other:
            is_short = len(f"{other}{value}") <= _SHORT
            yield f"{name} (there {other}, asked for {value})" if is_short else name

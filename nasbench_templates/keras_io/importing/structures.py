"""Nested structures of a Keras configuration: a call's arguments, a model's inputs and outputs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import keras

# What JSON can hold. Its parts have the types that Keras gives them, which nothing here declares.
Json: TypeAlias = Any
TENSOR, INPUT, TUPLE = "__keras_tensor__", "__input__", "__tuple__"


def restored(arguments: Json, tensors: Sequence[object]) -> tuple[list[object], dict[str, object]]:
    """Returns positional and named arguments with `tensors` in the places of their numbers."""

    def restore(value: Json) -> Any:
        match value:
            case {"class_name": "__input__", "config": int(number)}:
                return tensors[number]
            case {"class_name": "__tuple__", "config": {"value": items}}:
                return tuple(restore(each) for each in items)
            case {"class_name": _}:
                return keras.saving.deserialize_keras_object(value)
            case dict():
                return {key: restore(each) for key, each in value.items()}
            case list():
                return [restore(each) for each in value]
            case _:
                return value

    return restore(arguments["args"]), restore(arguments["kwargs"])


def _is_leaf(value: Json) -> bool:
    return isinstance(value, list | tuple) and len(value) == 3 and isinstance(value[0], str)


def leaves(structure: Json) -> Iterator[tuple[str, int, int]]:
    """Yields the results that a structure names, those of a dictionary in the order of its keys."""
    if _is_leaf(structure):
        yield tuple(structure)
    elif isinstance(structure, dict):
        for key in sorted(structure):
            yield from leaves(structure[key])
    else:
        for each in structure:
            yield from leaves(each)


def counted(structure: Json) -> Json:
    """Returns a structure with the numbers of its leaves in their place, from 0."""
    numbers = iter(range(len(list(leaves(structure)))))

    def count(value: Json) -> Json:
        if _is_leaf(value):
            return next(numbers)
        if isinstance(value, dict):
            counted = {key: count(value[key]) for key in sorted(value)}
            return {key: counted[key] for key in value}
        if isinstance(value, tuple):
            items = [count(each) for each in value]
            return {"class_name": TUPLE, "config": {"value": items}}
        return [count(each) for each in value]

    return count(structure)


def _mapped(value: Json, change: Callable[[Json], Json]) -> Json:
    """Returns arguments with every tensor changed, in the order in which Keras flattens them."""
    if isinstance(value, dict):
        if value.get("class_name") == TENSOR:
            return change(value)
        changed = {key: _mapped(value[key], change) for key in sorted(value)}
        return {key: changed[key] for key in value}
    return [_mapped(each, change) for each in value] if isinstance(value, list) else value


def needed(node: Json) -> list[tuple[str, int, int]]:
    """Returns the tensors that a call reads: layer, number of its call, which of its results."""
    found = []
    _mapped(node, lambda tensor: found.append(tuple(tensor["config"]["keras_history"])))
    return found


def numbered(node: Json) -> Json:
    """Returns a call's arguments with numbers, from 0, in the places of its tensors."""
    numbers = iter(range(len(needed(node))))
    return _mapped(node, lambda tensor: {"class_name": INPUT, "config": next(numbers)})

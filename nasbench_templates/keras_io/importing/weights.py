"""The leading filters of an imported model in one of other widths."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from nasbench_templates.graph import widths
from nasbench_templates.graph.widths import Width
from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis, Group, Joined, Repeated, Spread
from nasbench_templates.keras_io.importing.importer import ImportedModel

# Old and new places of the channels that two axes have in common.
_Places = tuple[np.ndarray, np.ndarray]


def copy_leading(imported: ImportedModel, filters: Sequence[int], target: keras.Model) -> None:
    """Copies the leading filters of every layer, as many as both have; the others stay new.

    Args:
        imported: the model to copy from.
        filters: one width for every slot of `target`.
        target: the same network under other widths.
    """
    for name, arrays in imported.weight_axes.items():
        pairs = zip(
            layer_at(imported.model, name).weights, layer_at(target, name).weights, strict=True
        )
        for (old, new), axes in zip(pairs, arrays, strict=True):
            places = [_common(axis, filters, imported.width_of) for axis in axes]
            values = np.array(keras.ops.convert_to_numpy(new))
            values[np.ix_(*(there for _, there in places))] = keras.ops.convert_to_numpy(old)[
                np.ix_(*(here for here, _ in places))
            ]
            new.assign(values)


def layer_at(model: keras.Model, name: str) -> keras.layers.Layer:
    """Returns the layer of a name that leads through nested models."""
    for part in name.split("/"):
        model = model.get_layer(part)
    return model


def _common(axis: Axis, filters: Sequence[int], width_of: Callable[[Axis], Width]) -> _Places:
    axis = channels.root(axis)
    match axis:
        case int():
            return np.arange(axis), np.arange(axis)
        case Group():
            leading = np.arange(min(axis.size, widths.value(width_of(axis), filters)))
            return leading, leading
        case Joined(parts):
            return _joined(parts, filters, width_of)
        case Repeated(of, times):
            return _joined((of,) * times, filters, width_of)
        case Spread(of, times):
            copies = np.arange(times)
            old, new = (
                (places[:, None] * times + copies).ravel()
                for places in _common(of, filters, width_of)
            )
            return old, new


def _joined(
    parts: Sequence[Axis], filters: Sequence[int], width_of: Callable[[Axis], Width]
) -> _Places:
    old, new = [], []
    before = after = 0
    for part in parts:
        here, there = _common(part, filters, width_of)
        old.append(here + before)
        new.append(there + after)
        before += channels.size(part)
        after += widths.value(width_of(part), filters)
    return np.concatenate(old), np.concatenate(new)

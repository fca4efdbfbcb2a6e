"""Where in a network a primitive becomes a Keras layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from nasbench_templates.graph.shapes import Shape


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a primitive is applied.

    Attributes:
        name: of the Keras layer.
        inputs: what it reads, each of shape `(batch, height, width, channels)` or `(batch, units)`.
        shape: its output, with numbers as channels.
        dtype: Keras dtype policy of the layer.
        batch_norm_momentum: replaces the primitive's own unless `None`.
        synchronized_batch_norm: whether statistics are taken over all replicas.
        filters: one width for every slot, for operations with widths of their own.
        replaces_dtype: whether an imported operation gives up its own precision for `dtype`.
    """

    name: str
    inputs: tuple[keras.KerasTensor, ...]
    shape: Shape
    dtype: keras.DTypePolicy
    batch_norm_momentum: float | None
    synchronized_batch_norm: bool
    filters: tuple[int, ...]
    replaces_dtype: bool

    def make(
        self, layer_class: type[keras.layers.Layer], **arguments: object
    ) -> keras.layers.Layer:
        """Returns a new layer with this place's name and precision."""
        return layer_class(**arguments, name=self.name, dtype=self.dtype)


# Of one primitive, whose fields it knows.
Lowering = Callable[[Any, Placement], keras.Operation]

"""Shapes of feature maps and vectors, and what a window that moves over a map leaves of it."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from nasbench_templates.graph import widths
from nasbench_templates.support.errors import SpecError

Padding = Literal["same", "valid"]


class Shape(NamedTuple):
    """Shape of a feature map without the batch; a vector has neither height nor width.

    Attributes:
        channels: the last axis.
        height: of a map; the only side of a sequence.
        width: of a map.
        more: the sides between width and channels of what has more than two, such as a volume.
    """

    channels: widths.Width
    height: int | None = None
    width: int | None = None
    more: tuple[int, ...] = ()

    @classmethod
    def of(cls, sides: Sequence[int], channels: widths.Width) -> "Shape":
        """Returns the shape with any number of sides."""
        first, second = (*sides, None, None)[:2]
        return cls(channels, first, second, tuple(sides[2:]))

    @property
    def sides(self) -> tuple[int, ...]:
        """All axes but the channels; none of a vector."""
        return tuple(side for side in (self.height, self.width, *self.more) if side is not None)

    @property
    def positions(self) -> int:
        """The product of all sides; 1 for a vector."""
        return math.prod(self.sides)


def _positions(size: int, window: int, stride: int, padding: Padding) -> int:
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def windowed(
    shape: Shape, window: int, stride: int, padding: Padding, channels: widths.Width
) -> Shape:
    """Returns the map that a window's positions on another one span, with other channels.

    Args:
        shape: the map it moves over.
        window: its side.
        stride: its step in both directions.
        padding: `"same"` (output `ceil(size / stride)`) or `"valid"`.
        channels: of the result.

    Raises:
        SpecError: a vector, or a map smaller than a window without padding.
    """
    if shape.height is None:
        raise SpecError("expected a feature map, received a vector")
    height = _positions(shape.height, window, stride, padding)
    width = _positions(shape.width, window, stride, padding)
    if height < 1 or width < 1:
        raise SpecError(
            f"expected an input of at least {window}x{window}, "
            f"received {shape.height}x{shape.width}"
        )
    return Shape(channels, height, width)


def common(shapes: Sequence[Shape]) -> Shape:
    """Returns the shape that all of some maps have, so that they can be added.

    Raises:
        SpecError: they differ.
    """
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise SpecError(f"expected summands of one shape, received {shapes}")
    return shapes[0]

"""Shapes of feature maps and vectors, and what a window that moves over a map leaves of it."""

import math
from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

from nasbench_templates.support.errors import SpecError

Padding = Literal["same", "valid"]
# What channels are: `widths.Width` in a graph, numbers or polynomials in a cost rule. A `Shape`
# without a parameter may be any of them, as the rules that work on all.
Channels = TypeVar("Channels")
_Other = TypeVar("_Other")


class Shape(tuple, Generic[Channels]):
    """Shape of a feature map without the batch: `(channels, height, width)`.

    A vector has neither height nor width, a sequence only a height; volumes have more sides behind
    the width.

    Args:
        channels: the last axis.
        height: of a map.
        width: of a map.
        *more: the sides between width and channels.
    """

    __slots__ = ()

    def __new__(
        cls,
        channels: Channels,
        height: int | None = None,
        width: int | None = None,
        *more: int,
    ) -> "Shape[Channels]":
        """Returns the shape."""
        return super().__new__(cls, (channels, height, width, *more))

    @classmethod
    def of(cls, sides: Sequence[int], channels: _Other) -> "Shape[_Other]":
        """Returns the shape with any number of sides."""
        return Shape(channels, *sides)

    @property
    def channels(self) -> Channels:
        """The last axis."""
        return self[0]

    @property
    def height(self) -> int | None:
        """The first side."""
        return self[1]

    @property
    def width(self) -> int | None:
        """The second side."""
        return self[2]

    @property
    def sides(self) -> tuple[int, ...]:
        """All axes but the channels; none of a vector."""
        return tuple(side for side in self[1:] if side is not None)

    @property
    def positions(self) -> int:
        """The product of all sides; 1 for a vector."""
        return math.prod(self.sides)

    def with_channels(self, channels: _Other) -> "Shape[_Other]":
        """Returns a shape with the same sides and other channels."""
        return Shape(channels, *self[1:])

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        channels, height, width, *more = self
        extra = f", more={more}" if more else ""
        return f"Shape(channels={channels}, height={height}, width={width}{extra})"


def _positions(size: int, window: int, stride: int, padding: Padding) -> int:
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def windowed(
    shape: Shape, window: int, stride: int, padding: Padding, channels: _Other
) -> Shape[_Other]:
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
    if shape.height is None or shape.width is None:
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

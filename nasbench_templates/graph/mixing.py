"""The primitives of networks that mix the maps of several resolutions or of several layers.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", eq. 2 to 6. It leaves
the kinds of down- and upsampling open and their operations out of its counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from nasbench_templates.graph import shapes
from nasbench_templates.graph.counts import Cost
from nasbench_templates.graph.primitive import Free, Primitive
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.support.errors import SpecError


@dataclass(frozen=True, slots=True)
class Downsample(Free):
    """A map at half the resolution: the mean over 2x2 windows, cut off at an odd side's end."""

    is_summarised: ClassVar[bool] = True  # a pooling, though the paper counts no operations of it

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map with its sides halved and rounded up."""
        return shapes.windowed(inputs[0], 2, 2, "same", inputs[0].channels)


@dataclass(frozen=True, slots=True)
class Subsample(Downsample):
    """A map at half the resolution: the first value of each 2x2 window, the paper's equation 2."""

    is_summarised: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Upsample(Free):
    """A map with every value repeated over a square, cut to a size.

    Each square is the window whose mean `Downsample` takes, so downsampling the result gives the
    small map back, at odd sizes too.

    Attributes:
        factor: side of the square, a power of two.
        height: rows that are kept.
        width: columns that are kept.
    """

    factor: int
    height: int
    width: int

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the size that is kept."""
        height, width = (-(-side // self.factor) for side in (self.height, self.width))
        if inputs[0].sides != (height, width):
            raise SpecError(
                f"expected a map of {height}x{width} to repeat {self.factor} times up to "
                f"{self.height}x{self.width}, received {inputs[0]}"
            )
        return Shape(inputs[0].channels, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Average(Free):
    """The mean of maps of one shape."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the common shape."""
        return shapes.common(inputs)


@dataclass(frozen=True, slots=True)
class Mix(Primitive):
    """A weighted mean of maps of one shape: the softmax over learned logits, one for each map."""

    has_weights: ClassVar[bool] = True
    is_summarised: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the common shape."""
        return shapes.common(inputs)

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns the logits; sums of maps count no operation here, with or without shares."""
        return Cost(params=len(inputs), trainable_params=len(inputs))

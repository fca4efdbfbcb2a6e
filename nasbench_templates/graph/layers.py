"""The primitives of a layer graph: what each produces and what it costs.

Every primitive is a frozen dataclass with two rules. `output_shape` maps input shapes to the output
shape; `cost` maps them to exact counts per image. Both work on whatever the channels are: ints for
one network, polynomials for all widths at once. A new primitive is one class here and one lowering
in `keras_io/keras_builder.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from nasbench_templates.graph import mixing, shapes, widths
from nasbench_templates.graph.counts import NO_COST, Cost
from nasbench_templates.graph.primitive import Free, Layer, Primitive
from nasbench_templates.graph.shapes import Padding, Shape
from nasbench_templates.support.errors import SpecError


@dataclass(frozen=True, slots=True)
class Input(Primitive):
    """The images, shape `(height, width, channels)`."""

    is_summarised: ClassVar[bool] = False

    height: int
    width: int
    channels: int

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the image shape."""
        return Shape(self.channels, self.height, self.width)

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns zero."""
        return NO_COST


@dataclass(frozen=True, slots=True)
class Conv(Primitive):
    """A square convolution.

    Attributes:
        filters: output channels.
        kernel: side of the window.
        stride: step in both directions.
        padding: `"same"` (output `ceil(size / stride)`) or `"valid"`.
        use_bias: whether a bias is added.
        initializer: key of `INITIALIZERS` in `keras_io/keras_builder.py`.
    """

    has_weights: ClassVar[bool] = True

    filters: widths.Width
    kernel: int
    stride: int = 1
    padding: Padding = "same"
    use_bias: bool = False
    initializer: str = "he_normal"

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map that the window's positions span."""
        return shapes.windowed(inputs[0], self.kernel, self.stride, self.padding, self.filters)

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns `k * k * in * out` weights, used once at every output position."""
        weights = inputs[0].channels * output.channels * (self.kernel * self.kernel)
        macs = weights * output.positions
        values = weights + output.channels if self.use_bias else weights
        return Cost(macs, macs, values, values, output.channels * output.positions)


@dataclass(frozen=True, slots=True)
class DepthwiseConv(Primitive):
    """A square convolution of every channel by itself, without bias.

    Attributes:
        kernel: side of the window.
        stride: step in both directions.
        padding: `"same"` or `"valid"`.
        initializer: key of `INITIALIZERS` in `keras_io/keras_builder.py`.
    """

    has_weights: ClassVar[bool] = True

    kernel: int
    stride: int = 1
    padding: Padding = "same"
    initializer: str = "he_normal_depthwise"

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map that the window's positions span."""
        return shapes.windowed(
            inputs[0], self.kernel, self.stride, self.padding, inputs[0].channels
        )

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns `k * k` weights for each channel, used once at every output position."""
        weights = output.channels * (self.kernel * self.kernel)
        macs = weights * output.positions
        return Cost(macs, macs, weights, weights, output.channels * output.positions)


@dataclass(frozen=True, slots=True)
class Dense(Primitive):
    """A fully connected layer with bias on a vector."""

    has_weights: ClassVar[bool] = True

    units: widths.Width
    initializer: str = "glorot_uniform"

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns a vector of `units`."""
        if inputs[0].height is not None:
            raise SpecError("expected a vector before a dense layer, received a feature map")
        return Shape(self.units)

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns `in * out` products and one bias for each output."""
        macs = inputs[0].channels * output.channels
        values = macs + output.channels
        return Cost(macs, macs, values, values, output.channels)


class _Elementwise(Primitive):
    """Shape rule of primitives that keep their input's shape."""

    __slots__ = ()
    runs_in_place: ClassVar[bool] = True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the input's shape."""
        return inputs[0]


@dataclass(frozen=True, slots=True)
class BatchNorm(_Elementwise):
    """Batch normalisation over all axes but the channels, with scale and shift.

    Attributes:
        momentum: share of the old moving statistics that each step keeps, 0..1.
        epsilon: added to the variance.
        unbiased: whether the moving variance takes the batch variance times N / (N - 1), as the
            fused kernel of the original NAS-Bench-101 does.
    """

    has_weights: ClassVar[bool] = True

    momentum: float = 0.9
    epsilon: float = 1e-5
    unbiased: bool = False

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns 2 operations for each element, 2 trainable and 2 moving values a channel."""
        return Cost(
            published_flops=output.channels * (2 * output.positions),
            params=output.channels * 4,
            trainable_params=output.channels * 2,
        )


@dataclass(frozen=True, slots=True)
class Relu(_Elementwise):
    """A rectified linear unit.

    Attributes:
        ceiling: largest value, 6 for ReLU6; none by default.
    """

    ceiling: float | None = None

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns 1 operation for each element."""
        return Cost(published_flops=output.channels * output.positions)


@dataclass(frozen=True, slots=True)
class Sigmoid(_Elementwise):
    """The logistic function, the gate of squeeze-excite."""

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns 1 operation for each element, like any activation."""
        return Cost(published_flops=output.channels * output.positions)


@dataclass(frozen=True, slots=True)
class MaxPool(Primitive):
    """The maximum over a square window; padding never wins."""

    window: int
    stride: int
    padding: Padding = "same"

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map that the window's positions span."""
        return shapes.windowed(
            inputs[0], self.window, self.stride, self.padding, inputs[0].channels
        )

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns 1 operation for each input element."""
        return Cost(
            published_flops=inputs[0].channels * inputs[0].positions,
            activations=output.channels * output.positions,
        )


@dataclass(frozen=True, slots=True)
class AveragePool(MaxPool):
    """The mean over a square window, padding left out."""


@dataclass(frozen=True, slots=True)
class GlobalAveragePool(Primitive):
    """The mean over all positions.

    Attributes:
        is_counted: whether its inputs count as operations; the published totals of MobileNetV2,
            MnasNet and of VGG19 on 64x64 images leave them out, those of ResNet50 and
            NAS-Bench-101 include them.
    """

    is_counted: bool = True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns a vector of the input's channels."""
        return Shape(inputs[0].channels)

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns 1 operation for each input element."""
        if not self.is_counted:
            return NO_COST
        return Cost(published_flops=inputs[0].channels * inputs[0].positions)


@dataclass(frozen=True, slots=True)
class Flatten(Free):
    """A feature map as one vector, without a copy."""

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns true."""
        return True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns a vector of all elements."""
        return Shape(widths.ratio(inputs[0].channels, inputs[0].positions))


@dataclass(frozen=True, slots=True)
class ZeroPad(Free):
    """Zeros around the map, the extra row or column of an odd difference at the end."""

    height: int
    width: int

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the padded size."""
        return Shape(inputs[0].channels, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Add(Free):
    """The sum of maps of one shape."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the common shape."""
        return shapes.common(inputs)


@dataclass(frozen=True, slots=True)
class Scale(Free):
    """A map with every channel multiplied by its value in a vector: two inputs, no weights.

    No weight takes part and the papers count no sums of maps either, so it is free.
    """

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map's shape."""
        scaled, factors = inputs
        if factors != Shape(scaled.channels):
            raise SpecError(f"expected a vector with a factor for each channel, received {inputs}")
        return scaled


@dataclass(frozen=True, slots=True)
class Concat(Free):
    """Maps of one size joined along the channels."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the common size with all channels."""
        first = inputs[0]
        for shape in inputs[1:]:
            if shape[1:] != first[1:]:
                raise SpecError(f"expected maps of one size, received {inputs}")
        return Shape(widths.total(tuple(shape.channels for shape in inputs)), *first[1:])


@dataclass(frozen=True, slots=True)
class ChannelSlice(Free):
    """The first `channels` channels of a map; often all of them."""

    channels: widths.Width

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns whether nothing is cut off."""
        return before == after

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the map with that many channels."""
        return inputs[0].with_channels(self.channels)


PRIMITIVES: tuple[type[Layer], ...] = (
    Input,
    Conv,
    DepthwiseConv,
    Dense,
    BatchNorm,
    Relu,
    Sigmoid,
    MaxPool,
    AveragePool,
    GlobalAveragePool,
    Flatten,
    ZeroPad,
    Add,
    Scale,
    Concat,
    ChannelSlice,
    mixing.Downsample,
    mixing.Subsample,
    mixing.Upsample,
    mixing.Average,
    mixing.Mix,
)

"""What a rule sees of one call of an operation, and what it says about it.

A rule is a function of a `Site`. It says which entries of the configuration are widths, which
weights there are and how often they multiply, which axes are the same, and what comes out. Axes
leave out the batch; the last one is the channels.

    @rule("Dense")
    def dense(site):
        units = site.width("units")
        site.weight(site.channels, units, uses=site.positions)
        site.returns(*site.sides, units)
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import keras

from nasbench_templates.graph.imported import Path
from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis, Group
from nasbench_templates.keras_io.importing.reading import Call
from nasbench_templates.keras_io.importing.structures import INPUT, Json


class Scale(NamedTuple):
    """Where in a network a map is.

    Attributes:
        turn: how often the network has changed between going down and up; odd on a way up.
        strides: product of all strides so far, for each side; empty for a vector.
    """

    turn: int
    strides: tuple[Fraction, ...]


class Tensor(NamedTuple):
    """A symbolic result.

    Attributes:
        axes: all but the batch.
        scale: where it is in the network.
    """

    axes: tuple[Axis, ...]
    scale: Scale


class Weight(NamedTuple):
    """One array of weights: its axes, at how many positions it multiplies, and if it is trained."""

    axes: tuple[Axis, ...]
    uses: int
    is_trainable: bool


class Site:
    """One call.

    Args:
        call: what was read.
        step: its position.
        inputs: the tensors that it reads.
    """

    def __init__(self, call: Call, step: int, inputs: Sequence[Tensor]):
        self.operation: keras.Operation = call.operation
        self.config: Mapping[str, Json] = call.config
        self.arguments: Json = call.arguments
        self.inputs = tuple(inputs)
        self.shapes = call.shapes
        self.step = step
        self.resized: list[tuple[Path, Axis]] = []
        self.created: list[Axis] = []
        self.weights: list[Weight] = []
        self.outputs: list[tuple[Axis, ...]] = []
        self.per_input = self.per_output = 0
        self.is_counted = False
        self.is_understood = True
        self.scale = _widest([tensor.scale for tensor in inputs])

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The first input's axes."""
        return self.inputs[0].axes

    @property
    def channels(self) -> Axis:
        """The first input's channels."""
        return self.axes[-1]

    @property
    def sides(self) -> tuple[int, ...]:
        """All axes of the first result but its channels."""
        return self.shapes[0][:-1]

    @property
    def positions(self) -> int:
        """The product of the result's sides."""
        return math.prod(self.sides)

    @property
    def input_positions(self) -> int:
        """The product of the first input's sides."""
        return math.prod(channels.size(axis) for axis in self.axes[:-1])

    def width(self, *path: str | int) -> Axis:
        """Returns new channels, as many as an entry of the configuration says.

        Args:
            *path: the keys that lead to the entry.
        """
        value: Json = self.config
        for key in path:
            value = value[key]
        group = Group(value, self.step)
        self.resized.append((path, group))
        self.created.append(group)
        return group

    def resize(self, axis: Axis, *path: str | int) -> None:
        """Says that an entry of the configuration is an axis's size, though it creates nothing."""
        if not isinstance(axis, int):
            self.resized.append((path, axis))

    def weight(self, *axes: Axis, uses: int = 0, is_trainable: bool = True) -> None:
        """Adds an array of weights, in the order of the layer's own.

        Args:
            *axes: its shape.
            uses: at how many positions each value multiplies.
            is_trainable: whether training changes it; what a frozen layer has never counts.
        """
        self.weights.append(Weight(axes, uses, is_trainable))

    def part(self, axis: Axis, count: int) -> Axis:
        """Returns one of `count` equal parts of an axis, which keeps it divisible by them."""
        if count == 1:
            return axis
        if isinstance(axis, int):
            return axis // count
        piece = Group(channels.size(axis) // count, self.step)
        channels.tie(axis, channels.repeated(piece, count))
        return piece

    def tie(self, *axes: Axis) -> None:
        """Makes axes the same."""
        for axis in axes[1:]:
            channels.tie(axes[0], axis)

    def pin(self, *axes: Axis, reason: str) -> None:
        """Keeps axes as they are."""
        for axis in axes:
            if not isinstance(axis, int):
                channels.pin(axis, reason)

    def pin_inputs(self, reason: str) -> None:
        """Keeps all axes of all inputs as they are."""
        for tensor in self.inputs:
            self.pin(*tensor.axes, reason=reason)

    def returns(self, *axes: Axis) -> None:
        """Adds a result with these axes."""
        self.outputs.append(axes)

    def moves(self, *strides: int | Fraction) -> None:
        """Says by which step each side of the result goes over the input; below 1 on a way up."""
        turn, before = self.scale
        if all(stride == 1 for stride in strides):
            return
        is_up = math.prod(strides) < 1
        turn += is_up != bool(turn % 2)
        before = before if len(before) == len(strides) else (Fraction(1),) * len(strides)
        self.scale = Scale(turn, tuple(a * b for a, b in zip(before, strides, strict=True)))

    def collapses(self) -> None:
        """Says that the result is a vector, whatever its axes."""
        self.scale = Scale(self.scale.turn, ())

    def unfolds(self) -> None:
        """Says that a vector becomes a map: what follows goes up again."""
        turn = self.scale.turn + 1 - self.scale.turn % 2
        self.scale = Scale(turn, (Fraction(1),) * len(self.sides))

    def activates(self) -> None:
        """Counts the activation that the configuration names, if it names one."""
        if self.config.get("activation") not in (None, "linear"):
            self.per_output += 1

    def has_only_numbers(self) -> bool:
        """Returns whether the call has no arguments but tensors, numbers and texts."""

        def is_plain(value: Json) -> bool:
            if isinstance(value, dict):
                if value.get("class_name") == INPUT:
                    return True
                return "class_name" not in value and all(map(is_plain, value.values()))
            return not isinstance(value, list) or all(map(is_plain, value))

        return is_plain(self.arguments)


def _widest(scales: Sequence[Scale]) -> Scale:
    """Returns the scale of a map that is made of several; vectors only count among vectors."""
    maps = [scale for scale in scales if scale.strides]
    return max(maps or scales or [Scale(0, ())], key=lambda scale: scale.turn)

"""The primitives of networks that were not written here: operations that keep their description.

An imported operation is a class by name, its configuration and the way it is called, as texts that
`keras_io` can turn back into layers. What this room knows of it is what templates and counts need:
which entries of the configuration are widths, which values it has and how often they multiply.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nasbench_templates.graph import widths
from nasbench_templates.graph.counts import Cost
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.graph.primitive import Evaluate, Free, Layer, Primitive
from nasbench_templates.graph.shapes import Shape

# Where an entry stands in a configuration: keys of objects and places in lists.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """One array of weights.

    Attributes:
        axes: its shape: widths, or what `at` evaluated them to.
        uses: at how many positions each value multiplies, for one image; 0 for what is only added.
        is_trainable: whether training changes it.
    """

    axes: tuple[Any, ...]
    uses: int = 0
    is_trainable: bool = True

    def at(self, evaluate: Evaluate) -> "Values":
        """Returns the array with its widths evaluated."""
        known = math.prod(axis for axis in self.axes if isinstance(axis, int))
        axes = [evaluate(axis) for axis in self.axes if not isinstance(axis, int)]
        return replace(self, axes=(known, *axes))

    @property
    def number(self) -> int:
        """How many values there are."""
        return math.prod(self.axes)


@dataclass(frozen=True, slots=True)
class Imported(Primitive):
    """One call of an operation.

    Attributes:
        operation: `module:class`.
        config: the operation's configuration, JSON.
        call: its arguments, JSON, with the inputs' numbers in place of the tensors.
        output: shape of the first result.
        resized: entries of the configuration that are widths.
        values: its weights, in the operation's own order.
        per_input: published operations for each element of the first input.
        per_output: published operations for each element of the output.
        is_counted: whether its output counts as activations.
        is_understood: whether a rule counts it; what has none may multiply without being counted.
        state: values of its weights that no initialiser gives, such as statistics of the data that
            it was adapted to, JSON: one list for each array; empty where there are none.
    """

    operation: str
    config: str
    call: str
    output: Shape
    resized: tuple[tuple[Path, widths.Width], ...] = ()
    values: tuple[Values, ...] = ()
    per_input: int = 0
    per_output: int = 0
    is_counted: bool = False
    is_understood: bool = True
    state: str = ""

    @property
    def has_weights(self) -> bool:  # type: ignore[override]  # others fix it; nobody assigns it
        """Whether it has values that are stored with the network."""
        return bool(self.values)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the shape that was found when the network was imported."""
        return self.output

    def at(self, evaluate: Evaluate) -> "Imported":
        """Returns the operation with its weights' shapes evaluated."""
        return replace(self, values=tuple(each.at(evaluate) for each in self.values))

    def shares_weights_with(
        self, owner: Layer, inputs: Sequence[widths.Width], owned: Sequence[widths.Width]
    ) -> bool:
        """Returns whether both are one operation, on maps of any size; without weights on any."""
        return isinstance(owner, Imported) and (
            (self.operation, self.config, self.resized)
            == (owner.operation, owner.config, owner.resized)
            and (not self.values or inputs == owned)
        )

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns the counts of its values, each as often as it multiplies."""
        macs = sum(each.number * each.uses for each in self.values if each.uses)
        elements = output.channels * output.positions
        published = macs + elements * self.per_output
        if self.per_input:
            published += inputs[0].channels * (inputs[0].positions * self.per_input)
        return Cost(
            macs=macs,
            published_flops=published,
            params=sum(each.number for each in self.values),
            trainable_params=sum(each.number for each in self.values if each.is_trainable),
            activations=elements if self.is_counted else 0,
        )


@dataclass(frozen=True, slots=True)
class Entrance(Free):
    """An input of a network, or of a network within another one: there a tensor of the outer one.

    Attributes:
        config: of the input layer, JSON.
        output: its shape.
        resized: entries of the configuration that are widths.
        takes_pixels: whether the network itself scales what comes in, so that nobody else should.
    """

    config: str
    output: Shape
    resized: tuple[tuple[Path, widths.Width], ...] = ()
    takes_pixels: bool = False

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns true: the outer network's tensor itself."""
        return True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the shape of the images, or of the outer tensor."""
        return self.output


@dataclass(frozen=True, slots=True)
class Part(Free):
    """One of several results of an operation.

    Attributes:
        index: which.
        output: its shape.
    """

    index: int
    output: Shape

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns true: the result itself."""
        return True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns its shape."""
        return self.output


@dataclass(frozen=True, slots=True)
class Assembly(Free):
    """A whole network, put together and, within another one, called there.

    Its node reads the outputs, then the entrances, then what an inner network is called on.

    Attributes:
        operation: `module:class` of the network.
        config: what its class takes besides layers, JSON.
        results: the structure of the outputs, JSON, with numbers in place of the tensors.
        entrances: likewise of the inputs.
        call: arguments of an inner network's call, JSON; `None` for the outermost one.
        output: shape of the first result.
    """

    operation: str
    config: str
    results: str
    entrances: str
    call: str | None
    output: Shape

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns true: the first output itself."""
        return True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the shape of the first output."""
        return self.output

    def shares_weights_with(
        self, owner: Layer, inputs: Sequence[widths.Width], owned: Sequence[widths.Width]
    ) -> bool:
        """Returns whether both are one network, on maps of any size; its layers say the rest."""
        return isinstance(owner, Assembly) and self.config == owner.config


def is_imported(graph: LayerGraph) -> bool:
    """Returns whether a graph is that of a network which was not written here."""
    return isinstance(graph.nodes[-1].layer, Assembly)


def takes_pixels(graph: LayerGraph) -> bool:
    """Returns whether a network scales its images itself."""
    layers = (node.layer for node in graph.nodes)
    return any(isinstance(layer, Entrance) and layer.takes_pixels for layer in layers)


PRIMITIVES: tuple[type[Primitive], ...] = (Imported, Entrance, Part, Assembly)

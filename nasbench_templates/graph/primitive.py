"""What every primitive of a layer graph offers, and what most of them have in common."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar

from nasbench_templates.graph.counts import NO_COST, Cost
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.graph.widths import Width

if TYPE_CHECKING:
    from nasbench_templates.graph.polynomials import Polynomial

# From a width to a number, or to a polynomial in the slots.
Evaluate: TypeAlias = "Callable[[Width], int | Polynomial]"
_Same = TypeVar("_Same")


class Layer(Protocol):
    """What a primitive offers, which is a dataclass.

    Attributes:
        runs_in_place: whether it may overwrite its input.
        is_summarised: whether summaries of a network list its output: it computes, and does not
            only move, join or add what others did.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    runs_in_place: ClassVar[bool]
    is_summarised: ClassVar[bool]

    @property
    def has_weights(self) -> bool:
        """Whether it has values that are stored with the network."""
        ...

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns whether the output is the input's memory."""
        ...

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Returns the output's shape for these input shapes."""
        ...

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns the counts for these shapes, whose channels may be numbers or polynomials."""
        ...

    def at(self, evaluate: Evaluate) -> "Layer":
        """Returns the primitive with the widths that only it knows evaluated, ready for `cost`."""
        ...

    def shares_weights_with(
        self, owner: "Layer", inputs: Sequence[Width], owned: Sequence[Width]
    ) -> bool:
        """Returns whether it can use the owner's weights, given the input channels of both."""
        ...


class Primitive:
    """What most primitives have in common: a buffer of their own, no weights."""

    __slots__ = ()
    runs_in_place: ClassVar[bool] = False
    has_weights: ClassVar[bool] = False
    is_summarised: ClassVar[bool] = True

    def is_view(self, before: Shape, after: Shape) -> bool:
        """Returns whether the output is the input's memory."""
        return False

    def at(self: _Same, evaluate: Evaluate) -> _Same:
        """Returns itself: its counts follow from the shapes alone."""
        return self

    def shares_weights_with(
        self, owner: Layer, inputs: Sequence[Width], owned: Sequence[Width]
    ) -> bool:
        """Returns whether both are the same primitive with weights, on the same channels."""
        return self.has_weights and self == owner and inputs == owned


class Free(Primitive):
    """Cost rule of primitives that only move data."""

    __slots__ = ()
    is_summarised: ClassVar[bool] = False

    def cost(self, inputs: Sequence[Shape], output: Shape) -> Cost:
        """Returns zero."""
        return NO_COST

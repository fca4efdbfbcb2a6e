"""The layer graph: an architecture's nodes in order of execution, with widths still symbolic.

A graph is expanded once from an architecture's table and never changed; `cost` and
`models.keras_builder` are two readings of it.

    >>> from nasbench_templates.arch import layers, widths
    >>> builder = GraphBuilder(("width",))
    >>> image = builder.add("image", layers.Input(8, 8, 1))
    >>> _ = builder.add("conv", layers.Conv(widths.slot(0), 3), image)
    >>> graph = builder.build()
    >>> graph.evaluated_shapes((16,))[-1]
    Shape(channels=16, height=8, width=8)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nasbench_templates.arch import layers, widths
from nasbench_templates.arch.shapes import Shape
from nasbench_templates.errors import SpecError


class Node(NamedTuple):
    """One application of a primitive.

    Attributes:
        name: unique within the graph; also the name of the Keras layer.
        layer: the primitive.
        inputs: positions of the nodes it reads, all before its own.
        shape: its output, with symbolic channels.
    """

    name: str
    layer: layers.Layer
    inputs: tuple[int, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class LayerGraph:
    """A network with symbolic widths; the first node is the input, the last one the output.

    Attributes:
        slots: names of the free widths.
        nodes: in order of execution.
    """

    slots: tuple[str, ...]
    nodes: tuple[Node, ...]

    def check(self, filters: Sequence[int]) -> None:
        """Checks that an assignment gives every layer at least one channel.

        Raises:
            SpecError: the wrong number of widths, or one that is too small.
        """
        if len(filters) != len(self.slots):
            raise SpecError(
                f"expected {len(self.slots)} widths ({', '.join(self.slots)}), "
                f"received {len(filters)}: {list(filters)}"
            )
        for name, width in zip(self.slots, filters, strict=True):
            if width < 1:
                raise SpecError(f'slot "{name}": expected filters >= 1, received {width}')
        empty = [width for width in self._widths() if widths.value(width, filters) < 1]
        if empty:
            index = widths.source(empty[0]).index
            raise SpecError(
                f'slot "{self.slots[index]}": expected filters >= {self.smallest_filters()[index]} '
                f"for all its branches, received {filters[index]}"
            )

    def smallest_filters(self) -> tuple[int, ...]:
        """Returns the smallest width of every slot that leaves no layer without channels."""
        smallest = [1] * len(self.slots)
        for width in self._widths():
            # The parts of a sum are widths of other nodes.
            if not isinstance(width, int | widths.Sum):
                index = widths.source(width).index
                smallest[index] = max(smallest[index], widths.smallest_source(width))
        return tuple(smallest)

    def _widths(self) -> list[widths.Width]:
        return list({id(node.shape.channels): node.shape.channels for node in self.nodes}.values())

    def evaluated_shapes(self, filters: Sequence[int]) -> tuple[Shape, ...]:
        """Returns every node's output shape with numbers as channels.

        Raises:
            SpecError: the assignment does not fit, see `check`.
        """
        self.check(filters)
        return tuple(
            node.shape._replace(channels=widths.value(node.shape.channels, filters))
            for node in self.nodes
        )


class GraphBuilder:
    """Collects nodes; blocks and cells add theirs through it.

    Args:
        slots: names of the free widths.
    """

    def __init__(self, slots: Sequence[str]):
        self._slots = tuple(slots)
        self._nodes: list[Node] = []
        self._names: set[str] = set()

    def add(self, name: str, layer: layers.Layer, *inputs: int) -> int:
        """Adds a node and returns its position.

        Raises:
            SpecError: the name is taken, or the layer cannot read these inputs.
        """
        if name in self._names:
            raise SpecError(f"node {name!r} is added twice")
        try:
            shape = layer.output_shape([self._nodes[source].shape for source in inputs])
        except SpecError as error:
            raise SpecError(f"node {name!r}: {error}") from None
        self._names.add(name)
        self._nodes.append(Node(name, layer, inputs, shape))
        return len(self._nodes) - 1

    def shape(self, node: int) -> Shape:
        """Returns the output shape of the node at a position."""
        return self._nodes[node].shape

    def build(self) -> LayerGraph:
        """Returns the finished graph."""
        return LayerGraph(self._slots, tuple(self._nodes))

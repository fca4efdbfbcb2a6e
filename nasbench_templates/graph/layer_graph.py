"""The layer graph: an architecture's nodes in order of execution, with widths still symbolic.

A graph is expanded once from an architecture's table and never changed; `cost` and
`models.keras_builder` are two readings of it.

    >>> from nasbench_templates.graph import layers, widths
    >>> builder = GraphBuilder(("width",))
    >>> image = builder.add("image", layers.Input(8, 8, 1))
    >>> _ = builder.add("conv", layers.Conv(widths.slot(0), 3), image)
    >>> graph = builder.build()
    >>> graph.evaluated_shapes((16,))[-1]
    Shape(channels=16, height=8, width=8)
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.support.errors import SpecError


class Node(NamedTuple):
    """One application of a primitive.

    Attributes:
        name: unique within the graph; also the name of the Keras layer.
        layer: the primitive.
        inputs: positions of the nodes it reads, all before its own.
        shape: its output, with symbolic channels.
        weights_of: position of the node, before its own, whose weights it uses too; `None` where it
            has weights of its own, or needs none.
    """

    name: str
    layer: layers.Layer
    inputs: tuple[int, ...]
    shape: Shape
    weights_of: int | None = None


@dataclass(frozen=True, repr=False)
class LayerGraph:
    """A network with symbolic widths; the first node is the input, the last one the output.

    Attributes:
        slots: names of the free widths.
        nodes: in order of execution.
        block_ends: positions of the nodes that end a residual or inverted block. Only summaries of
            a network count these; they change nothing that is built, and a graph read back from
            JSON has none.
    """

    slots: tuple[str, ...]
    nodes: tuple[Node, ...]
    block_ends: tuple[int, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        return f"LayerGraph({len(self.nodes)} nodes, slots {', '.join(self.slots)})"

    def in_full(self) -> str:
        """Returns all fields as a text; checkpoints know their run by it, so it stays as it is."""
        fields = f"slots={self.slots!r}, nodes={self.nodes!r}, block_ends={self.block_ends!r}"
        return f"LayerGraph({fields})"

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple:
        # Without the hash: widths hash by identity, which another process does not share.
        return LayerGraph, (self.slots, self.nodes, self.block_ends)

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.slots, self.nodes))

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
            index = widths.slots_of(empty[0])[0]
            raise SpecError(
                f'slot "{self.slots[index]}": expected filters >= {self.smallest_filters()[index]} '
                f"for all its branches, received {filters[index]}"
            )

    def smallest_filters(self) -> tuple[int, ...]:
        """Returns the smallest width of every slot that leaves no layer without channels.

        Where a width depends on several slots (a part of a concatenation), the first one grows.
        """
        smallest = [1] * len(self.slots)
        # Widths of one slot first: those of several meet them grown already.
        for width in sorted(self._widths(), key=lambda width: len(widths.slots_of(width))):
            while not isinstance(width, int) and widths.value(width, smallest) < 1:
                smallest[widths.slots_of(width)[0]] += 1
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
            node.shape.with_channels(widths.value(node.shape.channels, filters))
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
        self._block_ends: list[int] = []

    def add(
        self, name: str, layer: layers.Layer, *inputs: int, weights_of: int | None = None
    ) -> int:
        """Adds a node and returns its position.

        Args:
            name: unique within the graph.
            layer: the primitive.
            *inputs: positions of the nodes it reads.
            weights_of: position of the node whose weights it uses too, instead of its own.

        Raises:
            SpecError: the name is taken, the layer cannot read these inputs, or the weights of the
                other node do not fit it.
        """
        if name in self._names:
            raise SpecError(f"node {name!r} is added twice")
        try:
            shape = layer.output_shape([self._nodes[source].shape for source in inputs])
        except SpecError as error:
            raise SpecError(f"node {name!r}: {error}") from None
        if weights_of is not None:
            self._check_shared(name, layer, inputs, weights_of)
        self._names.add(name)
        self._nodes.append(Node(name, layer, inputs, shape, weights_of))
        return len(self._nodes) - 1

    def _check_shared(
        self, name: str, layer: layers.Layer, inputs: Sequence[int], weights_of: int
    ) -> None:
        owner = self._nodes[weights_of]
        channels, owned = (
            [self.shape(source).channels for source in each] for each in (inputs, owner.inputs)
        )
        is_owner = owner.weights_of is None
        if not is_owner or not layer.shares_weights_with(owner.layer, channels, owned):
            raise SpecError(
                f"node {name!r}: expected the layer and input channels of a node with weights of "
                f"its own, received {layer} on {channels} and {owner.name!r}, {owner.layer} on "
                f"{owned}"
            )

    def repeat(
        self,
        block: range,
        source: int,
        rename: Callable[[str], str],
        unshared: tuple[type[layers.Layer], ...] = (),
    ) -> int:
        """Adds a block's nodes once more on another source, with the same weights.

        Args:
            block: positions of the nodes, which read each other and one node before them.
            source: what the repeated block reads instead of that node.
            rename: from the name of a node to that of its repetition.
            unshared: primitives that take weights of their own.

        Returns:
            The position of the last repeated node.

        Raises:
            SpecError: a name is taken, or the block cannot read this source.
        """
        moved: dict[int, int] = {}
        for position in block:
            node = self._nodes[position]
            inputs = [moved.get(each, source) for each in node.inputs]
            is_shared = node.layer.has_weights and not isinstance(node.layer, unshared)
            owner = position if node.weights_of is None else node.weights_of
            weights_of = owner if is_shared else None
            moved[position] = self.add(
                rename(node.name), node.layer, *inputs, weights_of=weights_of
            )
            if position in self._block_ends:
                self.end_block(moved[position])
        return moved[block[-1]]

    def end_block(self, node: int) -> int:
        """Marks a node as the end of a residual or inverted block, and returns it."""
        self._block_ends.append(node)
        return node

    def __len__(self) -> int:
        return len(self._nodes)

    def shape(self, node: int) -> Shape:
        """Returns the output shape of the node at a position."""
        return self._nodes[node].shape

    def build(self) -> LayerGraph:
        """Returns the finished graph."""
        return LayerGraph(self._slots, tuple(self._nodes), tuple(self._block_ends))

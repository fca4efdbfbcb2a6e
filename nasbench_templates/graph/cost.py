"""The exact cost of a layer graph: integers, no tensors, no TensorFlow.

>>> from nasbench_templates.networks import architecture
>>> vgg = architecture.build("vgg19", (32, 32, 3), 10)
>>> CostModel(vgg.graph).cost(vgg.base_filters).trainable_params
20035018
"""

import functools
from collections import Counter
from collections.abc import Callable, Sequence

from nasbench_templates.graph import layers, polynomials, widths
from nasbench_templates.graph.counts import Cost
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.graph.shapes import Shape

# What a budget can be stated in, and the field of `Cost` that it is. Matching on parameters means
# the trainable ones (docs/templates.md, section 9).
FIELD_OF_QUANTITY = {
    "published_flops": "published_flops",
    "macs": "macs",
    "params": "trainable_params",
}
TOTAL_FILTERS = "total_filters"
QUANTITIES: tuple[str, ...] = (*FIELD_OF_QUANTITY, TOTAL_FILTERS)
# How tables name a quantity, for example the one that a gap is in.
_TITLES = {
    "published_flops": "publ. FLOPs",
    "macs": "MACs",
    "params": "trainable params",
    "trainable_params": "trainable params",
    TOTAL_FILTERS: "filters",
}

BYTES_PER_FLOAT32 = 4


def quantity_title(quantity: str) -> str:
    """Returns how tables name one of `QUANTITIES`."""
    return _TITLES[quantity]


def quantity_field(quantity: str) -> str:
    """Returns the unambiguous name of one of `QUANTITIES`: the field of `Cost`, or the total."""
    return FIELD_OF_QUANTITY.get(quantity, quantity)


class CostModel:
    """The costs of one graph as polynomials in its slots, each collected at its first use.

    Args:
        graph: the network.
    """

    def __init__(self, graph: LayerGraph):
        self._graph = graph
        self._evaluators: dict[str, Callable[[Sequence[int]], int]] = {}

    def cost(self, filters: Sequence[int]) -> Cost:
        """Returns the whole network's counts under an assignment of the slots.

        Raises:
            SpecError: the assignment does not fit the graph.
        """
        self._graph.check(filters)
        return Cost(*(self._evaluator(field)(filters) for field in Cost._fields))

    def quantity(self, name: str) -> Callable[[Sequence[int]], int]:
        """Returns a function from an assignment to one of `QUANTITIES`, for matching.

        The function does not check the assignment: counts stay monotone where a width is still too
        small for its branches, which is what bisection needs.
        """
        return sum if name == TOTAL_FILTERS else self._evaluator(FIELD_OF_QUANTITY[name])

    def trainable_params(self, filters: Sequence[int]) -> int:
        """Returns the trainable values alone, without collecting the other counts.

        Raises:
            SpecError: the assignment does not fit the graph.
        """
        self._graph.check(filters)
        return self._evaluator("trainable_params")(filters)

    def polynomial(self, field: str) -> polynomials.Polynomial:
        """Returns one field of `Cost` for all assignments at once."""
        index = Cost._fields.index(field)
        return polynomials.add(
            (count, _symbolic_cost(*use)[index]) for use, count in self._uses.items()
        )

    def _evaluator(self, field: str) -> Callable[[Sequence[int]], int]:
        if field not in self._evaluators:
            self._evaluators[field] = polynomials.evaluator(self.polynomial(field))
        return self._evaluators[field]

    @functools.cached_property
    def _uses(self) -> Counter:
        # Most nodes of a network repeat: the same layer on the same widths and sizes.
        nodes = self._graph.nodes
        return Counter(
            (
                node.layer,
                node.weights_of is None,
                tuple([nodes[source].shape for source in node.inputs]),
                node.shape,
            )
            for node in nodes
        )


@functools.lru_cache(maxsize=64)
def cost_model(graph: LayerGraph) -> CostModel:
    """Returns the costs of a graph, collected once for all who ask for the same network."""
    return CostModel(graph)


@functools.lru_cache(maxsize=65536)
def _symbolic_cost(
    layer: layers.Layer, owns_weights: bool, inputs: tuple[Shape, ...], output: Shape
) -> tuple[polynomials.Polynomial, ...]:
    counts = _use_cost(
        layer.at(polynomials.polynomial),
        owns_weights,
        [_symbolic(shape) for shape in inputs],
        _symbolic(output),
    )
    return tuple(
        count if isinstance(count, polynomials.Polynomial) else polynomials.polynomial(count)
        for count in counts
    )


def _use_cost(
    layer: layers.Layer, owns_weights: bool, inputs: Sequence[Shape], output: Shape
) -> Cost:
    # Shared weights multiply at every use and are values once, where they are owned.
    counts = layer.cost(inputs, output)
    return counts if owns_weights else counts._replace(params=0, trainable_params=0)


def _symbolic(shape: Shape) -> Shape:
    return shape.with_channels(polynomials.polynomial(shape.channels))


def layer_costs(graph: LayerGraph, filters: Sequence[int]) -> tuple[tuple[str, Cost], ...]:
    """Returns each node's name and counts, in order of execution.

    Raises:
        SpecError: the assignment does not fit the graph.
    """
    shapes = graph.evaluated_shapes(filters)
    return tuple(
        (
            node.name,
            _use_cost(
                node.layer.at(lambda width: widths.value(width, filters)),
                node.weights_of is None,
                [shapes[source] for source in node.inputs],
                shape,
            ),
        )
        for node, shape in zip(graph.nodes, shapes, strict=True)
    )


def peak_activation_bytes(graph: LayerGraph, filters: Sequence[int]) -> int:
    """Returns the most bytes of activations alive at once, float32, batch 1, inference.

    Nodes run in the graph's order. A buffer lives until the last node that reads it has run. Batch
    norm and activation overwrite their input when nobody else still has to read it; a flattened map
    and a slice of all channels are their input and need no memory.

    Raises:
        SpecError: the assignment does not fit the graph.

    Source: docs/templates.md, section 9.
    """
    shapes = graph.evaluated_shapes(filters)
    readers = Counter(source for node in graph.nodes for source in set(node.inputs))
    buffer_of: list[int] = []
    size: dict[int, int] = {}
    reads_left: Counter[int] = Counter()
    peak = 0
    for place, node in enumerate(graph.nodes):
        source = buffer_of[node.inputs[0]] if node.inputs else place
        is_view = bool(node.inputs) and node.layer.is_view(shapes[node.inputs[0]], shapes[place])
        if not is_view and not (node.layer.runs_in_place and reads_left[source] == 1):
            source = place
            size[source] = shapes[place].channels * shapes[place].positions
        buffer_of.append(source)
        reads_left[source] += readers[place]
        peak = max(peak, sum(size.values()))
        for read in {buffer_of[read] for read in node.inputs}:
            reads_left[read] -= sum(buffer_of[each] == read for each in set(node.inputs))
            if reads_left[read] == 0:
                del size[read]
    return peak * BYTES_PER_FLOAT32

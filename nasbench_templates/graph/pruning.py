"""Pruning of learned mixtures: maps with small shares leave the graph, and all that fed only them.

The result is a graph like any other, with its own exact cost. Where one map is left, the mixture
itself goes, and what changed the resolution back and forth: a map that is repeated up and averaged
down again is the map before. A network with one resolution in each layer is so an ordinary one;
what is left are halvings where a layer is coarser than the one before, and repetitions where it is
finer. The widths' slots stay, so templates still apply.

    >>> from nasbench_templates.networks import architecture
    >>> graph = architecture.build("multires", (32, 32, 3), 10, {"depth": 3}).graph
    >>> kept = {"layer1_mix": shares_of_at_least((0.1, 0.6, 0.25, 0.05), 0.2)}
    >>> kept
    {'layer1_mix': (1, 2)}
    >>> len(graph.nodes), len(prune(graph, kept).nodes)
    (25, 17)
"""

from collections.abc import Mapping, Sequence

from nasbench_templates.graph import layers, mixing
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph, Node
from nasbench_templates.support.errors import SpecError


def shares_of_at_least(shares: Sequence[float], threshold: float) -> tuple[int, ...]:
    """Returns the positions of the shares that stay, rising; always that of the largest.

    Args:
        shares: of a mixture's maps, 0..1.
        threshold: smallest share that stays; 0 keeps all.
    """
    largest = max(shares)
    return tuple(
        place for place, share in enumerate(shares) if share >= threshold or share == largest
    )


def largest_share(shares: Sequence[float]) -> tuple[int, ...]:
    """Returns the position of the largest share, the first of equal ones."""
    return (max(range(len(shares)), key=shares.__getitem__),)


def prune(graph: LayerGraph, kept: Mapping[str, Sequence[int]]) -> LayerGraph:
    """Returns a graph whose mixtures read only some of their maps.

    Args:
        graph: any network.
        kept: for each `Mix` node to prune the positions of the inputs that it keeps, rising. The
            softmax over their logits is the old shares divided by their sum.

    Raises:
        SpecError: a name that is no mixture, or positions that it does not have.
    """
    mixtures = {node.name: node for node in graph.nodes if isinstance(node.layer, mixing.Mix)}
    for name, places in kept.items():
        if name not in mixtures:
            raise SpecError(
                f"expected mixtures of {', '.join(mixtures) or 'none'}, received {name}"
            )
        count = len(mixtures[name].inputs)
        if not places or list(places) != [each for each in range(count) if each in places]:
            raise SpecError(
                f"{name}: expected some of 0..{count - 1}, rising, received {list(places)}"
            )
    return _rebuilt(graph, _simplified(graph.nodes, kept))


def _simplified(nodes: Sequence[Node], kept: Mapping[str, Sequence[int]]) -> list[Node]:
    """Returns nodes at their old positions that no longer read what is superfluous."""
    simple: list[Node] = []
    stands_for: list[int] = []  # the position to read instead of each
    for place, node in enumerate(nodes):
        inputs = tuple(stands_for[source] for source in node.inputs)
        if node.name in kept:
            inputs = tuple(inputs[each] for each in kept[node.name])
        node = node._replace(inputs=inputs)
        if node.name in kept and len(inputs) == 1:
            stands_for.append(inputs[0])
        elif inputs and isinstance(up := simple[inputs[0]].layer, mixing.Upsample):
            node, instead = _without_upsampling(node, up, *simple[inputs[0]].inputs)
            stands_for.append(place if instead is None else instead)
        else:
            stands_for.append(place)
        simple.append(node)
    return simple


def _without_upsampling(node: Node, up: mixing.Upsample, small: int) -> tuple[Node, int | None]:
    """Returns the node past an upsampling, if that changes nothing, and what to read instead."""
    if isinstance(node.layer, mixing.Downsample):
        if up.factor == 2:
            return node, small
        less = mixing.Upsample(up.factor // 2, *node.shape.sides)
        return node._replace(layer=less, inputs=(small,)), None
    # Where a repetition is cut off, values at the edge weigh less in the average.
    is_whole = up.height % up.factor == 0 and up.width % up.factor == 0
    if isinstance(node.layer, layers.GlobalAveragePool) and is_whole:
        return node._replace(inputs=(small,)), None
    return node, None


def _rebuilt(whole: LayerGraph, nodes: Sequence[Node]) -> LayerGraph:
    """Returns the graph of the nodes that the last one needs."""
    needed = {len(nodes) - 1}
    for place in range(len(nodes) - 1, -1, -1):
        if place in needed:
            needed.update(nodes[place].inputs)
    graph = GraphBuilder(whole.slots)
    moved: dict[int, int] = {}
    owners: dict[int, int] = {}
    for place in sorted(needed):
        node = nodes[place]
        # The first use that is left owns the weights.
        first = owners.get(place if node.weights_of is None else node.weights_of)
        inputs = [moved[source] for source in node.inputs]
        moved[place] = graph.add(node.name, node.layer, *inputs, weights_of=first)
        owners.setdefault(place if node.weights_of is None else node.weights_of, moved[place])
        if place in whole.block_ends:
            graph.end_block(moved[place])
    return graph.build()

"""The learned shares of a network's mixtures, and its weights in a pruned graph.

shares = mixtures.shares(network, graph)
kept = {name: pruning.shares_of_at_least(each, 0.1) for name, each in shares.items()}
pruned = pruning.prune(graph, kept)
smaller = keras_builder.build_keras(pruned, filters)
mixtures.carry_weights(network, graph, smaller, pruned, kept)
"""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from nasbench_templates.graph import mixing
from nasbench_templates.graph.layer_graph import LayerGraph


def names(graph: LayerGraph) -> tuple[str, ...]:
    """Returns the names of the graph's learned mixtures, in order."""
    return tuple(node.name for node in graph.nodes if isinstance(node.layer, mixing.Mix))


def logits(network: keras.Model, graph: LayerGraph) -> list[keras.Variable]:
    """Returns the trainable values of all mixtures; every other one belongs to the filters.

    Args:
        network: what `keras_builder.build_keras` returned for `graph`.
        graph: the network.
    """
    return [network.get_layer(name).logits for name in names(graph)]


def shares(network: keras.Model, graph: LayerGraph) -> dict[str, tuple[float, ...]]:
    """Returns the shares of each mixture's inputs, 0..1 with sum 1.

    Args:
        network: what `keras_builder.build_keras` returned for `graph`.
        graph: the network.
    """
    found = {}
    for name, values in zip(names(graph), logits(network, graph), strict=True):
        weights = np.exp(np.array(values, "float64") - np.max(np.array(values)))
        found[name] = tuple((weights / weights.sum()).tolist())
    return found


def carry_weights(
    network: keras.Model,
    graph: LayerGraph,
    pruned_network: keras.Model,
    pruned_graph: LayerGraph,
    kept: Mapping[str, Sequence[int]],
) -> None:
    """Gives a pruned network the weights that it has in the whole one.

    Args:
        network: of `graph`, trained.
        graph: the whole one.
        pruned_network: of `pruned_graph`, at the same widths.
        pruned_graph: what `pruning.prune` returned for `graph` and `kept`.
        kept: positions of the inputs that each pruned mixture keeps.
    """
    whole = {node.name: node for node in graph.nodes}
    for node in pruned_graph.nodes:
        if not node.layer.has_weights or node.weights_of is not None:
            continue
        before = whole[node.name]
        owner = before if before.weights_of is None else graph.nodes[before.weights_of]
        values = network.get_layer(owner.name).get_weights()
        if node.name in kept:
            values = [each[list(kept[node.name])] for each in values]
        pruned_network.get_layer(node.name).set_weights(values)

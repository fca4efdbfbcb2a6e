"""What tools that summarise a network's modules count: every output, and the memory it takes.

The memory that "The Myth of the Pyramid" prints is such a summary; how that was found, and what it
leaves open, stands in docs/memory.md.

>>> from nasbench_templates.networks import architecture
>>> vgg = architecture.build("vgg19", (32, 32, 3), 10)
>>> outputs(vgg.graph, vgg.base_filters)
941066
"""

from collections.abc import Sequence

from nasbench_templates.graph.cost import BYTES_PER_FLOAT32
from nasbench_templates.graph.layer_graph import LayerGraph


def outputs(graph: LayerGraph, filters: Sequence[int]) -> int:
    """Returns the elements of every module's output, for one image.

    Modules are convolutions, dense layers, batch norms, activations and poolings, each at every
    use, and each residual or inverted block once more as a whole. Sums, joined maps and the image
    are none.

    Raises:
        SpecError: the assignment does not fit the graph.
    """
    shapes = graph.evaluated_shapes(filters)
    elements = [shape.channels * shape.positions for shape in shapes]
    of_layers = sum(
        count for node, count in zip(graph.nodes, elements, strict=True) if node.layer.is_summarised
    )
    return of_layers + sum(elements[end] for end in graph.block_ends)


def output_bytes(num_outputs: int) -> int:
    """Returns the bytes of all outputs in a summary: float32, forward and backward."""
    return 2 * BYTES_PER_FLOAT32 * num_outputs


def parameter_bytes(trainable_params: int) -> int:
    """Returns the bytes of a network's trainable values in a summary."""
    return BYTES_PER_FLOAT32 * trainable_params

"""A cell as a module of a network: the primitives that its vertices and edges stand for.

Source: docs/nasbench101.md, section 6.
"""

from collections.abc import Callable

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import blocks
from nasbench_templates.networks.cells import Cell, vertex_channels

# Variance scaling by fan-in (not He), batch norm with the original's momentum and fused kernel.
STYLE = blocks.ConvStyle(
    initializer="lecun_truncated",
    batch_norm=layers.BatchNorm(momentum=0.997, epsilon=1e-5, unbiased=True),
)

VertexOp = Callable[[GraphBuilder, str, int, widths.Width], int]


def _conv(kernel: int) -> VertexOp:
    def build(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
        return blocks.conv_bn_relu(graph, name, source, filters, kernel, style=STYLE)

    return build


def _bottleneck(kernel: int) -> VertexOp:
    def build(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
        inner = widths.ratio(filters, 1, 4)
        node = _conv(1)(graph, f"{name}_reduce", source, inner)
        node = _conv(kernel)(graph, f"{name}_middle", node, inner)
        return _conv(1)(graph, f"{name}_expand", node, filters)

    return build


def _max_pool(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
    return graph.add(f"{name}_pool", layers.MaxPool(3, 1), source)


def _max_pool_conv(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
    return _conv(1)(graph, name, _max_pool(graph, name, source, filters), filters)


def _identity(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
    return source


VERTEX_OPS: dict[str, VertexOp] = {
    "conv3x3-bn-relu": _conv(3),
    "conv1x1-bn-relu": _conv(1),
    "maxpool3x3": _max_pool,
    "identity": _identity,
    "bottleneck3x3": _bottleneck(3),
    "bottleneck5x5": _bottleneck(5),
    "maxpool3x3-conv1x1": _max_pool_conv,
}


def add_module(
    graph: GraphBuilder, name: str, source: int, cell: Cell, out_channels: widths.Width
) -> int:
    """Adds one module built from a cell and returns its output node.

    Edges from the input are projections with weights of their own; other edges cut the excess
    channel that an uneven split leaves; the feeders of the output are concatenated, and a
    projection of the input is added where the input feeds the output.
    """
    matrix, last = cell.matrix, cell.num_vertices - 1
    channels = vertex_channels(matrix, graph.shape(source).channels, out_channels)
    outputs = {0: source}
    for vertex in range(1, last):
        label = f"{name}_v{vertex}"
        addends = [
            graph.add(
                f"{label}_from{before}", layers.ChannelSlice(channels[vertex]), outputs[before]
            )
            for before in range(1, vertex)
            if matrix[before][vertex]
        ]
        if matrix[0][vertex]:
            addends.append(_project(graph, label, source, channels[vertex]))
        total = _add(graph, f"{label}_sum", addends)
        outputs[vertex] = VERTEX_OPS[cell.ops[vertex]](graph, label, total, channels[vertex])
    branches = [outputs[vertex] for vertex in range(1, last) if matrix[vertex][last]]
    merged = []
    if branches:
        concat = layers.Concat()
        is_one = len(branches) == 1
        merged = [branches[0] if is_one else graph.add(f"{name}_concat", concat, *branches)]
    if matrix[0][last]:
        merged.append(_project(graph, f"{name}_out", source, out_channels))
    return _add(graph, f"{name}_out_sum", merged)


def _project(graph: GraphBuilder, label: str, source: int, filters: widths.Width) -> int:
    return blocks.conv_bn_relu(graph, f"{label}_projection", source, filters, 1, style=STYLE)


def _add(graph: GraphBuilder, name: str, addends: list[int]) -> int:
    return addends[0] if len(addends) == 1 else graph.add(name, layers.Add(), *addends)

"""Whether what a cell's network costs depends on the order of the cell's vertices.

Where the channels of the output do not divide evenly among the vertices that feed it, the first of
them take the remainder, so relabelling a cell may move a channel from a cheap vertex to an
expensive one. `cell_costs` answers the same for many cells of the space at once.

    >>> cell = Cell.parse(
    ...     [[0, 1, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0] * 5],
    ...     ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"])
    >>> is_order_sensitive(cell, NetworkSettings("nasbench101", (32, 32, 3), 10, {}))
    True
"""

from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.graph.layers import Cost
from nasbench_templates.networks import architecture as architectures
from nasbench_templates.networks.cells import MAX_VERTICES, Cell, vertex_channels


def cost(cell: Cell, network: NetworkSettings) -> Cost:
    """Returns the cost of the network of a cell with its vertices in the given order.

    Args:
        cell: a cell.
        network: around it, at its base widths; its options without a cell.

    Raises:
        SpecError: the widths do not fit the cell.
    """
    options = {**network.options, "cell": cell, "order": "given"}
    built = architectures.build(network.model, network.input_shape, network.num_classes, options)
    return CostModel(built.graph).cost(built.base_filters)


def is_order_sensitive(cell: Cell, network: NetworkSettings) -> bool | None:
    """Returns whether another order of the vertices costs anything else.

    Args:
        cell: a cell.
        network: around it, at its base widths; its options without a cell.

    Returns:
        `None` beyond 7 vertices, where no order is canonical either.

    Raises:
        SpecError: the widths do not fit the cell.
    """
    if cell.num_vertices > MAX_VERTICES:
        return None
    options = {**network.options, "cell": cell}
    widths = architectures.build(
        network.model, network.input_shape, network.num_classes, options
    ).base_filters
    feeders = sum(row[-1] for row in cell.matrix[1:-1])
    if all(width % max(1, feeders) == 0 for width in widths):
        return False
    # What costs something is an operation, or a projection before it, at a width of each stack.
    alike: dict[tuple, Cell] = {}
    for order in cell.orders():
        channels = [vertex_channels(order.matrix, width, width)[1:-1] for width in widths]
        vertices = zip(order.ops[1:-1], order.matrix[0][1:-1], *channels, strict=True)
        alike.setdefault(tuple(sorted(vertices)), order)
    return len({cost(order, network) for order in alike.values()}) > 1

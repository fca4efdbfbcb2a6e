"""The exact cost of the networks of many cells, and whether it depends on their vertices' order.

What an operation adds at a share of the channels is known from a few dozen small networks
(`class_costs.unit_costs`), so a cell's cost is a sum over its vertices: arrays in place of a graph
for each cell.

    costs = CellCosts(NetworkSettings("nasbench101", (32, 32, 3), 10, {}))
    found = costs.of(enumeration.canonical_cells(7))
    found.values[:, Cost._fields.index("macs")]
"""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.layers import Cost
from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import Matrix
from nasbench_templates.space import cell_classes, class_costs
from nasbench_templates.support.errors import SpecError

_PROJECTION = cell_classes.KINDS.index("projection")
# No cell has more parts that cost something than its vertices and projections.
_LARGEST = 2**62 // 16


@dataclass(frozen=True, slots=True)
class Costs:
    """What the networks of some cells cost.

    Attributes:
        values: the fields of `Cost` in their order, shape `(cells, fields)`.
        is_order_sensitive: whether another order of the vertices costs anything else, `(cells,)`.
        is_known: false where no network fits, or its counts do not fit into 64 bits; the other two
            then say nothing. Shape `(cells,)`.
    """

    values: np.ndarray
    is_order_sensitive: np.ndarray
    is_known: np.ndarray


@dataclass(frozen=True, slots=True)
class _Units:
    """The costs of the parts of cells with one number of feeders, the last axis those of `Cost`.

    Attributes:
        always: of what every network has.
        shortcut: of the edge from input to output.
        parts: of each of `KINDS` at each share, shape `(shares, kinds, fields)`.
        is_even: whether all shares cost the same.
    """

    always: np.ndarray
    shortcut: np.ndarray
    parts: np.ndarray
    is_even: bool


class CellCosts:
    """Costs of cells in one kind of network.

    Args:
        network: around the cells, at its base widths; its options without a cell.
    """

    def __init__(self, network: NetworkSettings):
        self._network = network
        self._units: dict[int, _Units | None] = {}

    def of(self, cells: CellArrays) -> Costs:
        """Returns the costs of cells of the benchmark's space."""
        count = len(cells)
        values = np.zeros((count, len(Cost._fields)), np.int64)
        is_sensitive, is_known = np.zeros(count, bool), np.zeros(count, bool)
        for vertices in np.unique(cells.num_vertices).tolist():
            places = cells.with_vertices(vertices)
            labels = cell_arrays.interior_labels(vertices, cells.labellings[places]).T
            masks, graph_of = np.unique(cells.masks[places], return_inverse=True)
            by_graph = np.argsort(graph_of, kind="stable")
            ends = np.cumsum(np.bincount(graph_of, minlength=len(masks)))[:-1]
            for mask, rows in zip(masks.tolist(), np.split(by_graph, ends), strict=True):
                graph = _graph(vertices, mask)
                units = self._units_of(graph.feeders)
                if units is None:
                    continue
                at = places[rows]
                values[at], is_sensitive[at] = _costs(graph, units, labels[rows])
                is_known[at] = True
        return Costs(values, is_sensitive, is_known)

    def _units_of(self, feeders: int) -> _Units | None:
        if feeders not in self._units:
            self._units[feeders] = _make_units(self._network, feeders)
        return self._units[feeders]


def _make_units(network: NetworkSettings, feeders: int) -> _Units | None:
    try:
        always, shortcut, *parts = class_costs.unit_costs(network, feeders)
    except SpecError:
        return None
    if max(map(max, (always, shortcut, *parts))) > _LARGEST:
        return None
    kinds = len(cell_classes.KINDS)
    table = np.array(parts, np.int64).reshape(feeders, kinds, len(Cost._fields))
    is_even = bool((table == table[:1]).all())
    return _Units(np.array(always, np.int64), np.array(shortcut, np.int64), table, is_even)


def _costs(
    graph: "_Graph", units: _Units, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray | bool]:
    """Returns the costs of one graph under some labellings `(cells, vertices inside)`."""
    shares = graph.shares[:1] if units.is_even else graph.shares
    parts = units.parts[shares, labels[:, None]].sum(axis=2)
    parts += units.parts[shares[:, graph.is_projected], _PROJECTION].sum(axis=1)
    values = parts[:, 0] + units.always
    if graph.has_shortcut:
        values = values + units.shortcut
    return values, (parts != parts[:, :1]).any(axis=(1, 2))


@dataclass(frozen=True, slots=True)
class _Graph:
    """What the edges decide.

    Attributes:
        feeders: how many vertices feed the output.
        has_shortcut: whether the input does.
        shares: the number of the feeder whose width each vertex inside has, in every different way
            to order the vertices, the given one first; shape `(ways, vertices inside)`.
        is_projected: whether the input feeds a vertex inside.
    """

    feeders: int
    has_shortcut: bool
    shares: np.ndarray
    is_projected: np.ndarray


@functools.lru_cache(maxsize=65536)
def _graph(vertices: int, mask: int) -> _Graph:
    matrix = cell_arrays.matrix(vertices, mask)
    last = vertices - 1
    feeders = [vertex for vertex in range(1, last) if matrix[vertex][last]]
    shares = np.array(list(_shares(matrix, feeders)), np.intp)
    return _Graph(
        len(feeders),
        bool(matrix[0][last]),
        shares,
        np.array(matrix[0][1:-1], bool),
    )


def _shares(matrix: Matrix, feeders: list[int]) -> Iterator[list[int]]:
    last = len(matrix) - 1
    behind: dict[int, set[int]] = {}
    for vertex in reversed(range(1, last)):
        targets = [after for after in range(vertex + 1, last) if matrix[vertex][after]]
        behind[vertex] = set(targets).union(*(behind[after] for after in targets))
    # Any order of the feeders that follows the edges is part of an order of all vertices.
    for order in itertools.permutations(feeders):
        if any(before in behind[after] for before, after in itertools.combinations(order, 2)):
            continue
        # As in `vertex_channels`: who feeds no output has the largest width of those that it feeds.
        rank = {vertex: place for place, vertex in enumerate(order)}
        for vertex in reversed(range(1, last)):
            if vertex not in rank:
                rank[vertex] = min(rank[after] for after in behind[vertex] if matrix[vertex][after])
        yield [rank[vertex] for vertex in range(1, last)]

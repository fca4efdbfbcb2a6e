"""Many cells as three columns of integers: vertices, edge mask and labelling.

Edge (x, y) is bit `x + y (y - 1) / 2` of a cell's mask, and its labelling is a number whose digits
in base 3, the last interior vertex first, are the positions of its operations in `BENCHMARK_OPS`.
So the order of the three numbers is the order in which the benchmark enumerates.

    >>> cells = CellArrays(np.array([3]), np.array([0b101]), np.array([2]))
    >>> cells.cell(0).ops
    ('input', 'maxpool3x3', 'output')

Source: docs/nasbench101.md, section 4.
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_templates.networks.cells import BENCHMARK_OPS, INPUT, OUTPUT, Cell, Matrix


@dataclass(frozen=True, slots=True)
class CellArrays:
    """Cells, each array of shape `(count,)`.

    Attributes:
        num_vertices: of each cell, at least 2.
        masks: edges.
        labellings: operations of the interior vertices.
    """

    num_vertices: np.ndarray
    masks: np.ndarray
    labellings: np.ndarray

    def __len__(self) -> int:
        return len(self.masks)

    def __getitem__(self, chosen: slice | np.ndarray) -> "CellArrays":
        return CellArrays(self.num_vertices[chosen], self.masks[chosen], self.labellings[chosen])

    def cell(self, place: int) -> Cell:
        """Returns one cell."""
        vertices = int(self.num_vertices[place])
        return Cell(
            matrix(vertices, int(self.masks[place])), ops(vertices, int(self.labellings[place]))
        )

    @property
    def num_edges(self) -> np.ndarray:
        """Edges of each cell."""
        return count_bits(self.masks)

    def with_vertices(self, vertices: int) -> np.ndarray:
        """Returns the positions of the cells with a number of vertices, in order."""
        return np.flatnonzero(self.num_vertices == vertices)


def from_cells(cells: Sequence[Cell]) -> CellArrays:
    """Returns cells of the benchmark's space as arrays; their vertices keep their order."""
    return CellArrays(
        np.array([cell.num_vertices for cell in cells], np.int64),
        np.array([_mask(cell.matrix) for cell in cells], np.int64),
        np.array([_labelling(cell.ops) for cell in cells], np.int64),
    )


# Many cells share a graph or its labels.
@functools.lru_cache(maxsize=65536)
def _mask(matrix: Matrix) -> int:
    return sum(
        matrix[source][target] << edge_bit(source, target)
        for target in range(len(matrix))
        for source in range(target)
    )


@functools.lru_cache(maxsize=65536)
def _labelling(ops: tuple[str, ...]) -> int:
    number = 0
    for op in ops[1:-1]:
        number = len(BENCHMARK_OPS) * number + BENCHMARK_OPS.index(op)
    return number


def concatenate(parts: list[CellArrays]) -> CellArrays:
    """Returns the cells of several arrays in one."""
    return CellArrays(
        np.concatenate([part.num_vertices for part in parts]),
        np.concatenate([part.masks for part in parts]),
        np.concatenate([part.labellings for part in parts]),
    )


def edge_bit(source: int, target: int) -> int:
    """Returns the bit of an edge, the same whatever the number of vertices."""
    return source + target * (target - 1) // 2


def canonical(cells: CellArrays) -> CellArrays:
    """Returns every cell in the vertex order that the benchmark stores, as `Cell.canonical`."""
    masks, labellings = cells.masks.astype(np.int64), cells.labellings.astype(np.int64)
    for vertices in np.unique(cells.num_vertices).tolist():
        places = cells.with_vertices(vertices)
        edges = adjacency(vertices, masks[places])
        labels = interior_labels(vertices, labellings[places])
        powers = len(BENCHMARK_OPS) ** np.arange(vertices - 3, -1, -1)
        most = len(BENCHMARK_OPS) ** (vertices - 2)
        best = np.full(len(places), np.iinfo(np.int64).max)
        for interior in itertools.permutations(range(1, vertices - 1)):
            order = (0, *interior, vertices - 1)
            mask = np.zeros(len(places), np.int64)
            is_order = np.ones(len(places), bool)
            for target, source in itertools.product(range(vertices), repeat=2):
                edge = edges[order[source], order[target]]
                if source < target:
                    mask |= edge.astype(np.int64) << edge_bit(source, target)
                elif source > target:
                    is_order &= ~edge
            labelling = powers @ labels[np.array(interior, int) - 1]
            rank = np.where(is_order, mask * most + labelling, best)
            np.minimum(best, rank, out=best)
        masks[places], labellings[places] = best // most, best % most
    return CellArrays(cells.num_vertices, masks, labellings)


def count_bits(masks: np.ndarray) -> np.ndarray:
    """Returns the number of edges of each mask of at most 7 vertices."""
    counts = np.zeros_like(masks)
    for bit in range(edge_bit(0, 7)):
        counts += (masks >> bit) & 1
    return counts


def adjacency(vertices: int, masks: np.ndarray) -> np.ndarray:
    """Returns where edges are: booleans of shape `(vertices, vertices, count)`."""
    edges = np.zeros((vertices, vertices, len(masks)), bool)
    for target in range(vertices):
        for source in range(target):
            edges[source, target] = (masks >> edge_bit(source, target)) & 1
    return edges


def interior_labels(vertices: int, labellings: np.ndarray) -> np.ndarray:
    """Returns the operation of every interior vertex, shape `(vertices - 2, count)`."""
    powers = len(BENCHMARK_OPS) ** np.arange(vertices - 3, -1, -1)
    return (labellings // powers[:, None]) % len(BENCHMARK_OPS)


def matrix(vertices: int, mask: int) -> Matrix:
    """Returns the adjacency matrix that a mask stands for."""
    return tuple(
        tuple(
            (mask >> edge_bit(source, target)) & 1 if source < target else 0
            for target in range(vertices)
        )
        for source in range(vertices)
    )


def ops(vertices: int, labelling: int) -> tuple[str, ...]:
    """Returns the labels that a number stands for, with those of the ends."""
    labels = []
    for _ in range(vertices - 2):
        labelling, label = divmod(labelling, len(BENCHMARK_OPS))
        labels.append(BENCHMARK_OPS[label])
    return (INPUT, *reversed(labels), OUTPUT)

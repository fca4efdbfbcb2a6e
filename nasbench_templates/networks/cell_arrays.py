"""Many cells as three columns of integers: vertices, edge mask and labelling.

Edge (x, y) is bit `x + y (y - 1) / 2` of a cell's mask, and its labelling is a number whose digits
in base 3, the last interior vertex first, are the positions of its operations in `BENCHMARK_OPS`.
So the order of the three numbers is the order in which the benchmark enumerates.

    >>> cells = CellArrays(np.array([3]), np.array([0b101]), np.array([2]))
    >>> cells.cell(0).ops
    ('input', 'maxpool3x3', 'output')

Source: docs/nasbench101.md, section 4.
"""

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


def count_bits(masks: np.ndarray) -> np.ndarray:
    """Returns the number of edges of each mask of at most 7 vertices."""
    return sum((masks >> bit) & 1 for bit in range(edge_bit(0, 7)))


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

"""Graphs of cells: edges by bit, checks, hashes and relabelling.

Source: docs/nasbench101.md, sections 3 and 4.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from nasbench_templates.networks import cells

Graph = tuple[np.ndarray, Sequence[int]]


def gen_is_edge_fn(bits: int) -> Callable[[int, int], int]:
    """Returns a function of two vertices that is 1 where `bits` has an edge, else 0.

    The edge from x to y, x < y, is bit x + y (y - 1) / 2; there are no edges backwards.
    """

    def is_edge(x: int, y: int) -> int:
        return bits >> (x + y * (y - 1) // 2) & 1 if x < y else 0

    return is_edge


def is_full_dag(matrix: np.ndarray) -> bool:
    """Returns whether every vertex lies between the first and the last one.

    Args:
        matrix: upper triangular, shape `(vertices, vertices)`.
    """
    edges = np.asarray(matrix) != 0
    return bool(edges[:-1].any(axis=1).all() and edges[:, 1:].any(axis=0).all())


def num_edges(matrix: np.ndarray) -> int:
    """Returns the number of edges."""
    return int(np.sum(matrix))


def hash_module(matrix: np.ndarray, labeling: Sequence[int]) -> str:
    """Returns the hash of a labelled graph, 32 hexadecimal digits.

    Entries may be of any type; a float matrix has the same hash as an integer one.

    Args:
        matrix: shape `(vertices, vertices)`, 0 and 1.
        labeling: an integer for each vertex, -1 for the input and -2 for the output.

    Raises:
        ValueError: entries other than 0 and 1.
    """
    entries = np.asarray(matrix)
    if not np.isin(entries, (0, 1)).all():
        raise ValueError(f"expected a matrix of 0 and 1, received {entries.tolist()}")
    rows = tuple(map(tuple, entries.astype(int).tolist()))
    return cells.hash_module(rows, [int(label) for label in labeling])


def permute_graph(
    graph: np.ndarray, label: Sequence[object], permutation: Sequence[int]
) -> tuple[np.ndarray, list[object]]:
    """Returns a graph and its labels with vertex v moved to place `permutation[v]`."""
    old_of_new = np.argsort(permutation)
    entries = (np.asarray(graph) == 1).astype(np.int8)
    return entries[np.ix_(old_of_new, old_of_new)], [label[old] for old in old_of_new.tolist()]


def is_isomorphic(graph1: Graph, graph2: Graph) -> bool:
    """Returns whether some order of vertices turns one labelled graph into another.

    Tries every order, so it is meant for the few vertices of a cell.

    Args:
        graph1: a matrix and its labels.
        graph2: likewise.
    """
    (matrix1, label1), (matrix2, label2) = graph1, graph2
    matrix1, matrix2 = np.asarray(matrix1), np.asarray(matrix2)
    if matrix1.shape != matrix2.shape or sorted(label1) != sorted(label2):
        return False
    for permutation in itertools.permutations(range(len(label1))):
        moved, labels = permute_graph(matrix1, label1, permutation)
        if list(labels) == list(label2) and np.array_equal(moved, matrix2):
            return True
    return False

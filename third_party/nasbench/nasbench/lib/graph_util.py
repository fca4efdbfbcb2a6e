"""Graphs of cells: edges by bit, checks, hashes and relabelling.

Source: docs/nasbench101.md, sections 3 and 4.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from nasbench_templates.networks import graph_hash

Graph = tuple[np.ndarray, Sequence[object]]


def gen_is_edge_fn(bits: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Returns a function of two vertices that is 1 where `bits` has an edge, else 0.

    The edge from x to y, x < y, is bit x + y (y - 1) / 2; there are no edges backwards. The
    function takes arrays of vertices too, as `np.fromfunction` gives them.
    """
    bits = int(bits)
    is_set = np.array([bits >> place & 1 for place in range(max(1, bits.bit_length()))], np.int64)

    def is_edge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # Of the types that programs ask for, the smallest would overflow.
        x, y = np.asarray(x).astype(np.int64), np.asarray(y).astype(np.int64)
        place = x + y * (y - 1) // 2
        has_bit = (x < y) & (place < len(is_set))
        return np.where(has_bit, is_set[np.where(has_bit, place, 0)], 0)[()]

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


def hash_module(matrix: np.ndarray, labeling: Sequence[object]) -> str:
    """Returns the hash of a labelled graph, 32 hexadecimal digits.

    Entries may be of any type; a float matrix has the same hash as an integer one. The graph may
    have cycles.

    Args:
        matrix: shape `(vertices, vertices)`, 0 and 1.
        labeling: a label for each vertex, of which the text is hashed: for a cell an integer, -1
            for the input and -2 for the output.

    Raises:
        ValueError: entries other than 0 and 1, or another number of labels than of vertices.
    """
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    count = len(rows)
    if any(row.count(0) + row.count(1) != count for row in rows):
        raise ValueError(f"expected a matrix of 0 and 1, received {rows}")
    if len(labeling) != count:
        raise ValueError(f"expected {count} labels, received {len(labeling)}")
    labels = labeling.tolist() if hasattr(labeling, "tolist") else labeling
    return graph_hash.hash_module(rows, labels)


def permute_graph(
    graph: np.ndarray, label: Sequence[object], permutation: Sequence[int]
) -> tuple[np.ndarray, list[object]]:
    """Returns a graph and its labels with vertex v moved to place `permutation[v]`.

    The matrix is one of booleans, where the given one has 1.
    """
    old_of_new = np.argsort(permutation)
    edges = np.asarray(graph) == 1
    return edges[np.ix_(old_of_new, old_of_new)], [label[old] for old in old_of_new.tolist()]


def is_isomorphic(graph1: Graph, graph2: Graph) -> bool:
    """Returns whether some order of vertices turns one labelled graph into another.

    Tries every order, so it is meant for the few vertices of a cell.

    Args:
        graph1: a matrix and its labels, which may be anything that can be compared.
        graph2: likewise.
    """
    (matrix1, label1), (matrix2, label2) = graph1, graph2
    edges1, edges2 = np.asarray(matrix1) == 1, np.asarray(matrix2) == 1
    labels1, labels2 = list(label1), list(label2)
    if edges1.shape != edges2.shape or len(labels1) != len(labels2):
        return False
    for order in itertools.permutations(range(len(labels1))):
        # Labels first: comparing them takes less time than moving a matrix.
        if [labels1[old] for old in order] == labels2 and np.array_equal(
            edges1[np.ix_(order, order)], edges2
        ):
            return True
    return False

"""A cell as the original's users write it.

Source: docs/nasbench101.md, section 2.
"""

import copy
import functools
from collections.abc import Sequence

import numpy as np

from nasbench.lib import graph_util
from nasbench_templates.networks import cells, graph_hash

_IMMUTABLE = (str, int, float, type(None))


class ModelSpec:
    """A pruned cell.

    What was parsed is kept beside the matrix, so that a query need not parse again; where a program
    changed the matrix meanwhile, it is noticed.

    Args:
        matrix: square, strictly upper triangular, 0 and 1 of any type; nested lists or an array.
        ops: a label for each vertex, any sequence; programs that only look at graphs use integers.
        data_format: kept as it is.

    Attributes:
        original_matrix: a copy of the matrix as given.
        original_ops: a copy of the labels as given.
        valid_spec: whether there is a path from the first vertex to the last.
        matrix: array of the pruned cell, of the given type; `None` without a path.
        ops: list of its labels; `None` without a path.

    Raises:
        ValueError: a malformed matrix, an entry other than 0 and 1, or the wrong number of labels.
    """

    def __init__(
        self,
        matrix: Sequence[Sequence[int]] | np.ndarray,
        ops: Sequence[object],
        data_format: str = "channels_last",
    ):
        is_array = isinstance(matrix, np.ndarray)
        given = matrix if is_array else np.array(matrix)
        self.original_matrix = given.copy() if is_array else given
        self.original_ops = _copied(ops)
        self.data_format = data_format
        # A graph without vertices has no path, like one without edges.
        is_empty = given.shape == (0, 0) and len(ops) == 0
        pruned = None if is_empty else cells.prune(given, _listed(ops))
        self.valid_spec = pruned is not None
        self.matrix, self.ops = None, None
        if pruned is not None:
            kept = pruned.kept
            is_whole = len(kept) == len(given)
            self.matrix = given.copy() if is_whole else given[np.ix_(kept, kept)]
            self.ops = _copied(list(pruned.ops))
            self._targets, self._content = pruned.targets, self.matrix.tobytes()

    def hash_spec(self, canonical_ops: Sequence[str]) -> str:
        """Returns the module hash, which does not depend on the order of vertices.

        Args:
            canonical_ops: labels of interior vertices; their positions are hashed.

        Raises:
            ValueError: an operation that is not among them.
            TypeError: the cell is not valid.
        """
        if self.ops is None:
            raise TypeError("expected a valid cell to hash, the graph is disconnected")
        place_of = (
            canonical_ops.index if hasattr(canonical_ops, "index") else _listed(canonical_ops).index
        )
        labels = (-1, *[place_of(op) for op in self.ops[1:-1]], -2)
        if not self.is_as_parsed:
            return graph_util.hash_module(self.matrix, labels)
        return _hash(self._targets, labels)

    @property
    def is_as_parsed(self) -> bool:
        """Whether matrix and operations are still a cell's as it was pruned."""
        return (
            self.matrix is not None
            and self.matrix.tobytes() == self._content
            and len(self.ops) == len(self._targets)
        )

    @property
    def num_edges(self) -> int:
        """The sum of the matrix' entries."""
        if self.is_as_parsed:
            return sum(map(len, self._targets))
        return int(np.sum(self.matrix))

    def visualize(self) -> object:
        """Returns a `graphviz.Digraph` of the pruned cell.

        Raises:
            ImportError: the library graphviz is not installed.
        """
        try:
            import graphviz
        except ImportError as error:
            raise ImportError(
                "visualize needs graphviz (pip install graphviz); "
                "nasbench-templates inspect --plot=FILE does without"
            ) from error
        graph = graphviz.Digraph()
        for vertex, op in enumerate(self.ops):
            graph.node(str(vertex), str(op))
        for source, target in np.argwhere(self.matrix).tolist():
            graph.edge(str(source), str(target))
        return graph


def is_upper_triangular(matrix: np.ndarray) -> bool:
    """Returns whether a matrix has nothing but zeros on the diagonal and below."""
    return not np.tril(matrix).any()


def _listed(ops: Sequence[object]) -> Sequence[object]:
    return ops.tolist() if hasattr(ops, "tolist") else ops


def _copied(ops: Sequence[object]) -> Sequence[object]:
    """Returns a deep copy, by the short way where nothing in a list can change."""
    if type(ops) is list and all([type(op) in _IMMUTABLE for op in ops]):
        return ops.copy()
    return copy.deepcopy(ops)


# A search comes back to the same cells: most mutations are pruned away.
@functools.lru_cache(maxsize=32768)
def _hash(targets: tuple[tuple[int, ...], ...], labels: tuple[int, ...]) -> str:
    return graph_hash.hash_neighbours(targets, labels)

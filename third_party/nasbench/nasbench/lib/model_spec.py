"""A cell as the original's users write it.

Source: docs/nasbench101.md, section 2.
"""

import copy
from collections.abc import Sequence

import numpy as np

from nasbench.lib import graph_util
from nasbench_templates.networks import cells


class ModelSpec:
    """A pruned cell.

    Args:
        matrix: square, strictly upper triangular, 0 and 1 of any type; nested lists or an array.
        ops: a label for each vertex, any sequence.
        data_format: kept as it is.

    Attributes:
        original_matrix: a copy of the matrix as given.
        original_ops: a copy of the labels as given.
        valid_spec: whether there is a path from the first vertex to the last.
        matrix: int array of the pruned cell; `None` without a path.
        ops: list of its labels; `None` without a path.

    Raises:
        ValueError: a malformed matrix, an entry other than 0 and 1, or the wrong number of labels.
    """

    def __init__(
        self,
        matrix: Sequence[Sequence[int]] | np.ndarray,
        ops: Sequence[str],
        data_format: str = "channels_last",
    ):
        given = matrix if isinstance(matrix, np.ndarray) else np.array(matrix)
        self.original_matrix = copy.deepcopy(given)
        self.original_ops = copy.deepcopy(ops)
        self.data_format = data_format
        # A graph without vertices has no path, like one without edges.
        is_empty = given.shape == (0, 0) and len(ops) == 0
        pruned = None if is_empty else cells.prune(given, ops)
        self.valid_spec = pruned is not None
        self.matrix = None if pruned is None else np.array(pruned.matrix)
        self.ops = None if pruned is None else list(pruned.ops)

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
        interior = [list(canonical_ops).index(op) for op in self.ops[1:-1]]
        return graph_util.hash_module(self.matrix, [-1, *interior, -2])

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
            graph.node(str(vertex), op)
        for source, target in np.argwhere(self.matrix).tolist():
            graph.edge(str(source), str(target))
        return graph

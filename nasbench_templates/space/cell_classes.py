"""Classes of cells whose networks cost the same under any widths.

What a network costs depends on a cell only through the number of vertices that feed the output
(they share its channels), on whether the input feeds the output, and on how many operations and
projections of each kind work at each share. The 423,624 cells form 13,036 such classes.

    >>> from nasbench_templates.space import enumeration
    >>> classes = classify(enumeration.canonical_cells(4))
    >>> len(classes), len(classes.class_of)
    (67, 91)
"""

import functools
from dataclasses import dataclass

import numpy as np

from nasbench_templates.graph import widths
from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_VERTICES, vertex_channels

MOST_FEEDERS = MAX_VERTICES - 2
# What costs something at a share of the channels, besides its width.
KINDS = (*BENCHMARK_OPS, "projection")


@dataclass(frozen=True, slots=True)
class CellClasses:
    """The classes of some cells, in no particular order.

    Attributes:
        feeders: how many vertices feed the output, shape `(classes,)`.
        has_shortcut: whether the input feeds the output, shape `(classes,)`.
        counts: how many vertices of each of `KINDS` have the width of feeder number 0, 1, ...;
            shape `(classes, MOST_FEEDERS, len(KINDS))`.
        class_of: class of every cell, shape `(cells,)`.
    """

    feeders: np.ndarray
    has_shortcut: np.ndarray
    counts: np.ndarray
    class_of: np.ndarray

    def __len__(self) -> int:
        return len(self.feeders)

    def having(self, feeders: int) -> tuple[np.ndarray, "CellClasses"]:
        """Returns the positions of the classes with a number of feeders, and these classes.

        The part knows no cells: its `class_of` is empty.
        """
        places = np.flatnonzero(self.feeders == feeders)
        return places, CellClasses(
            self.feeders[places], self.has_shortcut[places], self.counts[places], places[:0]
        )


def classify(cells: CellArrays) -> CellClasses:
    """Returns the classes of the cells."""
    feeders = np.zeros(len(cells), np.int64)
    has_shortcut = np.zeros(len(cells), np.int64)
    counts = np.zeros((len(cells), MOST_FEEDERS, len(KINDS)), np.int64)
    for vertices in np.unique(cells.num_vertices).tolist():
        places = cells.with_vertices(vertices)
        masks, graph_of = np.unique(cells.masks[places], return_inverse=True)
        graphs = [_structure(vertices, mask) for mask in masks.tolist()]
        feeders[places] = np.array([graph.feeders for graph in graphs])[graph_of]
        has_shortcut[places] = np.array([graph.has_shortcut for graph in graphs])[graph_of]
        shares = np.array([graph.shares for graph in graphs], np.int64)[graph_of].T
        is_projected = np.array([graph.is_projected for graph in graphs], bool)[graph_of].T
        labels = cell_arrays.interior_labels(vertices, cells.labellings[places])
        for share in range(MOST_FEEDERS):
            for label in range(len(BENCHMARK_OPS)):
                counts[places, share, label] = ((shares == share) & (labels == label)).sum(axis=0)
            counts[places, share, -1] = ((shares == share) & is_projected).sum(axis=0)
    # Every number is at most 5, so all of them are the digits of one 64-bit number.
    digits = np.column_stack([feeders, has_shortcut, counts.reshape(len(cells), -1)])
    keys = digits @ (MOST_FEEDERS + 1) ** np.arange(digits.shape[1])
    _, first, class_of = np.unique(keys, return_index=True, return_inverse=True)
    return CellClasses(feeders[first], has_shortcut[first] == 1, counts[first], class_of)


@dataclass(frozen=True, slots=True)
class _Structure:
    """What the edges alone decide; `shares` and `is_projected` have an entry a vertex inside."""

    feeders: int
    has_shortcut: bool
    shares: tuple[int, ...]
    is_projected: tuple[bool, ...]


@functools.lru_cache(maxsize=8192)
def _structure(vertices: int, mask: int) -> _Structure:
    matrix = cell_arrays.matrix(vertices, mask)
    channels = vertex_channels(matrix, widths.slot(0), widths.slot(1))
    return _Structure(
        feeders=sum(row[-1] for row in matrix[1:-1]),
        has_shortcut=bool(matrix[0][-1]),
        # A single feeder takes all channels, which is no share.
        shares=tuple(
            width.index if isinstance(width, widths.Share) else 0 for width in channels[1:-1]
        ),
        is_projected=tuple(edge == 1 for edge in matrix[0][1:-1]),
    )

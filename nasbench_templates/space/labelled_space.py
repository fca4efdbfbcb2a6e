"""Which cell a matrix of seven vertices with its labels is, for millions of them at once.

A search draws and changes matrices that were never pruned. What is left of one between input and
output, and to which cell that is isomorphic, is looked up here in tables of all 2^21 matrices and
of all labelled graphs, in place of a hash for each child:

    space = labelled_space()
    space.cells_of(np.array([0b1]), np.array([0]))  # one edge, from vertex 0 to 1: no cell

Cells are numbered as in `enumeration.canonical_cells`.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_EDGES, MAX_VERTICES, Cell
from nasbench_templates.space import enumeration

NUM_EDGES = cell_arrays.edge_bit(0, MAX_VERTICES)
NUM_INTERIOR = MAX_VERTICES - 2
NUM_MASKS = 1 << NUM_EDGES
NUM_LABELLINGS = len(BENCHMARK_OPS) ** NUM_INTERIOR
# In place of a cell's number: the matrix has no path, or too many edges are left of it.
INVALID = -1


@dataclass(frozen=True, slots=True)
class LabelledSpace:
    """All matrices of seven vertices and what is left of them.

    Attributes:
        starts: where the labelled graphs of a pruned matrix begin in `cell_of`, shape `(2^21,)`;
            negative for a matrix that is no cell.
        kept: which interior vertices stay, as bits, shape `(2^21,)`.
        reduced: the labelling of the vertices that stay, shape `(32, 243)`.
        cell_of: number of the cell of every labelled graph, those of fewer vertices first.
        graphs: the pruned edge masks of each number of vertices, rising.
        num_cells: how many cells there are.
    """

    starts: np.ndarray
    kept: np.ndarray
    reduced: np.ndarray
    cell_of: np.ndarray
    graphs: dict[int, np.ndarray]
    num_cells: int

    def cells_of(self, masks: np.ndarray, labellings: np.ndarray) -> np.ndarray:
        """Returns the numbers of the cells of matrices, `INVALID` where one is no cell.

        Args:
            masks: edges of seven vertices, in 0..2^21 - 1, of any shape.
            labellings: operations of the five interior ones, in 0..242, of the same shape.
        """
        starts = self.starts[masks]
        cells = self.cell_of[starts + self.reduced[self.kept[masks], labellings]]
        return np.where(starts < 0, INVALID, cells)

    def numbers_of(self, cells: CellArrays) -> np.ndarray:
        """Returns the numbers of pruned cells, `INVALID` for those outside the space."""
        numbers = np.full(len(cells), INVALID, np.int32)
        start = 0
        for vertices, graphs in self.graphs.items():
            places = cells.with_vertices(vertices)
            found = np.searchsorted(graphs, cells.masks[places])
            found = np.minimum(found, len(graphs) - 1)
            is_here = graphs[found] == cells.masks[places]
            labellings = len(BENCHMARK_OPS) ** (vertices - 2)
            at = start + found.astype(np.int64) * labellings + cells.labellings[places]
            numbers[places[is_here]] = self.cell_of[at[is_here]]
            start += len(graphs) * labellings
        return numbers

    def cell(self, number: int) -> Cell:
        """Returns the cell of a number."""
        place = int((self.cell_of == number).argmax())
        for vertices, graphs in self.graphs.items():
            labellings = len(BENCHMARK_OPS) ** (vertices - 2)
            graph, labelling = divmod(place, labellings)
            if graph < len(graphs):
                break
            place -= len(graphs) * labellings
        of_one = (np.array([each], np.int64) for each in (vertices, graphs[graph], labelling))
        return CellArrays(*of_one).cell(0)


@functools.cache
def labelled_space() -> LabelledSpace:
    """Returns the tables, which are made once in a process, in a second or two."""
    graphs, parts, count = {}, [], 0
    for vertices in range(2, MAX_VERTICES + 1):
        graphs[vertices] = enumeration.connected_graphs(vertices)
        first, class_of = enumeration.isomorphism_classes(vertices, graphs[vertices])
        parts.append(count + class_of.astype(np.int32))
        count += len(first)
    starts, kept = _pruned(graphs)
    cell_of = np.concatenate(parts)
    return LabelledSpace(starts, kept, _reduced_labellings(), cell_of, graphs, count)


def _pruned(graphs: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    masks = np.arange(NUM_MASKS, dtype=np.uint32)
    last = MAX_VERTICES - 1
    from_input, to_output = (np.zeros((MAX_VERTICES, NUM_MASKS), bool) for _ in range(2))
    from_input[0], to_output[last] = True, True
    for target in range(1, MAX_VERTICES):
        for source in range(target):
            from_input[target] |= from_input[source] & _has_edge(masks, source, target)
    for source in reversed(range(last)):
        for target in range(source + 1, MAX_VERTICES):
            to_output[source] |= to_output[target] & _has_edge(masks, source, target)
    kept = np.zeros(NUM_MASKS, np.uint8)
    for place in range(NUM_INTERIOR):
        is_kept = from_input[place + 1] & to_output[place + 1]
        kept |= is_kept.astype(np.uint8) << np.uint8(place)
    starts = np.full(NUM_MASKS, INVALID, np.int32)
    begins = dict(zip(graphs, _begins(graphs), strict=True))
    # Where nothing interior is kept, only the direct edge makes a cell.
    connected = np.flatnonzero(from_input[last])
    for subset in range(1 << NUM_INTERIOR):
        places = connected[kept[connected] == subset]
        vertices = [0, *(1 + place for place in _bits(subset)), last]
        left = np.zeros(len(places), np.uint32)
        for target in range(1, len(vertices)):
            for source in range(target):
                edge = _has_edge(masks[places], vertices[source], vertices[target])
                left |= edge.astype(np.uint32) << np.uint32(cell_arrays.edge_bit(source, target))
        is_small = cell_arrays.count_bits(left) <= MAX_EDGES
        found = np.searchsorted(graphs[len(vertices)], left[is_small])
        labellings = len(BENCHMARK_OPS) ** (len(vertices) - 2)
        starts[places[is_small]] = begins[len(vertices)] + found * labellings
    return starts, kept


def _begins(graphs: dict[int, np.ndarray]) -> Iterator[int]:
    begin = 0
    for vertices, masks in graphs.items():
        yield begin
        begin += len(masks) * len(BENCHMARK_OPS) ** (vertices - 2)


def _has_edge(masks: np.ndarray, source: int, target: int) -> np.ndarray:
    return (masks >> np.uint32(cell_arrays.edge_bit(source, target)) & np.uint32(1)).astype(bool)


def _reduced_labellings() -> np.ndarray:
    labels = cell_arrays.interior_labels(MAX_VERTICES, np.arange(NUM_LABELLINGS))
    reduced = np.zeros((1 << NUM_INTERIOR, NUM_LABELLINGS), np.uint8)
    for subset in range(len(reduced)):
        for place in _bits(subset):
            reduced[subset] = reduced[subset] * len(BENCHMARK_OPS) + labels[place]
    return reduced


def _bits(number: int) -> list[int]:
    return [place for place in range(NUM_INTERIOR) if number >> place & 1]

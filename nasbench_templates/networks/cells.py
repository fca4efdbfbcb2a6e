"""NAS-Bench-101 cells: pruning, validity, hash, canonical order and the widths of their vertices.

A cell is a directed acyclic graph whose vertex 0 is the input and whose last vertex is the output.
Nothing here knows about networks; `cell_module` composes a cell from primitives.

    >>> cell = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
    >>> cell.hash()
    'b49ac8c578b4561d79ac7087988f1c61'

Source: NAS-Bench-101 (arXiv:1902.09635); behaviour as in docs/nasbench101.md, sections 1 to 5.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nasbench_templates.graph import widths
from nasbench_templates.networks import graph_hash
from nasbench_templates.support.errors import SpecError

INPUT = "input"
OUTPUT = "output"
# In the benchmark's canonical order: the position is the label that is hashed.
BENCHMARK_OPS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
# In the original's table of operations, but not in its search space.
EXTENDED_OPS = ("identity", "bottleneck3x3", "bottleneck5x5", "maxpool3x3-conv1x1")
OPS = BENCHMARK_OPS + EXTENDED_OPS

MAX_VERTICES = 7
MAX_EDGES = 9
# Of any cell, before it is pruned: its hash takes a time of the fourth power of the vertices.
MOST_VERTICES = 100

Matrix = tuple[tuple[int, ...], ...]


class CellLike(Protocol):
    """A cell: ours, the original's `ModelSpec`, or anything else with these two."""

    @property
    def matrix(self) -> Sequence[Sequence[int]]:
        """Edges, as of `Cell`."""

    @property
    def ops(self) -> Sequence[str]:
        """Labels, as of `Cell`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A pruned, connected cell.

    Attributes:
        matrix: `matrix[i][j]` is 1 where an edge leads from vertex i to vertex j, else 0; strictly
            upper triangular.
        ops: label of each vertex; the first and the last are not looked at.
    """

    matrix: Matrix
    ops: tuple[str, ...]

    @classmethod
    def parse(cls, matrix: Sequence[Sequence[int]], ops: Sequence[str]) -> "Cell":
        """Returns the pruned cell that a matrix and its labels describe.

        Args:
            matrix: square, strictly upper triangular, entries 0 or 1 (also as bool or float);
                nested sequences or an array.
            ops: one label for each vertex, any sequence of strings.

        Raises:
            SpecError: a malformed matrix, the wrong number of labels, no path from the input to the
                output, or an unknown label on a vertex that such a path meets.
        """
        found = prune(matrix, _parse_ops(ops))
        if found is None:
            raise SpecError(
                "cell is disconnected: expected a path from vertex 0 (input) to vertex "
                f"{len(ops) - 1} (output), received none"
            )
        pruned = cls(found.matrix, found.ops)
        for vertex, label in zip(found.kept[1:-1], pruned.ops[1:-1], strict=True):
            if label not in OPS:
                raise SpecError(
                    f"unknown op {label!r:.80} at vertex {vertex}: expected one of {', '.join(OPS)}"
                )
        return pruned

    @classmethod
    def of(cls, spec: CellLike) -> "Cell":
        """Returns the cell that an object with `matrix` and `ops` describes, such as a `ModelSpec`.

        Raises:
            SpecError: as `parse`.
        """
        return spec if isinstance(spec, cls) else cls.parse(spec.matrix, spec.ops)

    @property
    def num_vertices(self) -> int:
        """Number of vertices, input and output included."""
        return len(self.ops)

    @property
    def num_edges(self) -> int:
        """Number of edges."""
        return sum(map(sum, self.matrix))

    @property
    def has_benchmark_ops(self) -> bool:
        """Whether every interior operation is one of the benchmark's three."""
        return all(op in BENCHMARK_OPS for op in self.ops[1:-1])

    @property
    def in_space(self) -> bool:
        """Whether the benchmark's search space contains this cell."""
        return (
            self.num_vertices <= MAX_VERTICES
            and self.num_edges <= MAX_EDGES
            and (self.ops[0], self.ops[-1]) == (INPUT, OUTPUT)
            and self.has_benchmark_ops
        )

    def hash(self) -> str | None:
        """Returns the benchmark's module hash, 32 hex digits; `None` with extended operations.

        It does not depend on the order of the vertices.
        """
        if not self.has_benchmark_ops:
            return None
        labels = [-1, *(BENCHMARK_OPS.index(op) for op in self.ops[1:-1]), -2]
        return graph_hash.hash_module(self.matrix, labels)

    def canonical(self) -> "Cell":
        """Returns the isomorphic cell in the vertex order that the benchmark stores.

        That is the first one met when graphs are enumerated by their edge mask and, within a graph,
        labellings lexicographically.

        Raises:
            SpecError: more than 7 vertices, where no order is defined.
        """
        if self.num_vertices > MAX_VERTICES:
            raise SpecError(
                f"canonical order: expected at most {MAX_VERTICES} vertices, "
                f"received {self.num_vertices}"
            )
        return min(self.orders(), key=Cell._rank)

    def orders(self) -> Iterable["Cell"]:
        """Yields this cell with its vertices in every order that follows the edges."""
        last = self.num_vertices - 1
        for interior in itertools.permutations(range(1, last)):
            order = (0, *interior, last)
            matrix = tuple(tuple(self.matrix[row][column] for column in order) for row in order)
            if not any(matrix[row][column] for row in range(last + 1) for column in range(row)):
                yield Cell(matrix, tuple(self.ops[vertex] for vertex in order))

    def _rank(self) -> tuple[int, tuple[int, ...]]:
        # Edge (x, y) is bit x + y (y - 1) / 2 of the enumeration's mask.
        mask = sum(
            self.matrix[x][y] << (x + y * (y - 1) // 2)
            for y in range(self.num_vertices)
            for x in range(y)
        )
        return mask, tuple(OPS.index(op) for op in self.ops[1:-1])


class Pruned(NamedTuple):
    """What is left of a graph: matrix and labels, and which vertices these were.

    Attributes:
        targets: of each vertex that is left those that it has an edge to, by their new places.
        ops: its labels.
        kept: its places in the graph as it was given.
    """

    targets: tuple[tuple[int, ...], ...]
    ops: tuple[str, ...]
    kept: tuple[int, ...]

    @property
    def matrix(self) -> Matrix:
        """The adjacency matrix."""
        places = range(len(self.targets))
        return tuple([tuple([int(place in row) for place in places]) for row in self.targets])


def prune(matrix: Sequence[Sequence[int]], ops: Sequence[str]) -> Pruned | None:
    """Returns the part of a graph that lies between input and output; `None` if there is none.

    Labels may be any texts; those of removed vertices do not matter.

    Args:
        matrix: square, strictly upper triangular, entries 0 or 1 (also as bool or float).
        ops: one label for each vertex.

    Raises:
        SpecError: a malformed matrix or the wrong number of labels.
    """
    masks = edge_masks(matrix)
    count = len(masks)
    if len(ops) != count:
        raise SpecError(
            f"length of ops must match matrix dimensions: expected {count} ops, received {len(ops)}"
        )
    kept = _on_a_path(masks)
    if len(kept) < 2:
        return None
    place_of = {vertex: place for place, vertex in enumerate(kept)}
    targets = [
        tuple([place for vertex, place in place_of.items() if masks[row] >> vertex & 1])
        for row in kept
    ]
    return Pruned(tuple(targets), tuple([ops[vertex] for vertex in kept]), kept)


def edge_masks(matrix: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Returns of each vertex those that it has an edge to, as the bits of a number.

    Args:
        matrix: square, strictly upper triangular, entries 0 or 1 (also as bool or float).

    Raises:
        SpecError: a malformed matrix.
    """
    # Before anything is done with each of its entries.
    size = (
        len(matrix) if isinstance(matrix, Sequence) else max(getattr(matrix, "shape", ()) or (0,))
    )
    if size > MOST_VERTICES:
        raise SpecError(f"matrix: expected at most {MOST_VERTICES} vertices, received {size}")
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    try:
        count = len(rows)
        masks = []
        for source, row in enumerate(rows):
            # True and 1.0 count as 1.
            if len(row) != count or row.count(0) + row.count(1) != count or 1 in row[: source + 1]:
                break
            mask = 0
            for target in range(source + 1, count):
                if row[target]:
                    mask |= 1 << target
            masks.append(mask)
        else:
            if masks:
                return tuple(masks)
    except (TypeError, AttributeError):
        pass  # not even nested sequences; the slow way says what it is
    edges = _parse_matrix(matrix)
    _check_entries(edges)
    return tuple(
        sum(1 << target for target, entry in enumerate(entries) if entry) for entries in edges
    )


def _parse_matrix(matrix: Sequence[Sequence[int]]) -> Matrix:
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    is_nested = isinstance(rows, Sequence) and all(
        isinstance(row, Sequence) and not isinstance(row, str) for row in rows
    )
    if not is_nested or not rows or any(len(row) != len(rows) for row in rows):
        lengths = [len(row) for row in rows] if is_nested else type(matrix).__name__
        raise SpecError(f"matrix must be square: received rows of lengths {lengths}")
    for row, entries in enumerate(rows):
        for column, entry in enumerate(entries):
            if isinstance(entry, Sequence) and not isinstance(entry, str):
                raise SpecError("matrix must be square: expected two dimensions, received more")
            if not isinstance(entry, int | float):
                raise SpecError(_bad_entry(entry, row, column))
    return tuple(
        tuple(int(entry) if entry in (0, 1) else entry for entry in entries) for entries in rows
    )


def _check_entries(matrix: Matrix) -> None:
    for row, column in itertools.product(range(len(matrix)), repeat=2):
        entry = matrix[row][column]
        if row >= column and entry:
            raise SpecError(
                "matrix must be upper triangular: expected no edge from vertex "
                f"{row} to vertex {column}, which would close a cycle"
            )
        if entry not in (0, 1):
            raise SpecError(_bad_entry(entry, row, column))


def _bad_entry(entry: object, row: int, column: int) -> str:
    return f"matrix entries must be 0 or 1: received {entry!r:.80} at row {row}, column {column}"


def _parse_ops(ops: Sequence[str]) -> tuple[str, ...]:
    labels = ops.tolist() if hasattr(ops, "tolist") else ops
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise SpecError(f"ops must be a sequence of labels: received {type(ops).__name__}")
    for label in labels:
        if not isinstance(label, str):
            raise SpecError(f"ops must be strings: received {label!r:.80}")
    return tuple(labels)


def _on_a_path(masks: Sequence[int]) -> tuple[int, ...]:
    """Returns the vertices between input and output, in order."""
    count = len(masks)
    from_input, to_output = 1, 1 << (count - 1)
    for vertex, mask in enumerate(masks):
        if from_input >> vertex & 1:
            from_input |= mask
    for vertex in range(count - 2, -1, -1):
        if masks[vertex] & to_output:
            to_output |= 1 << vertex
    both = from_input & to_output
    return tuple([vertex for vertex in range(count) if both >> vertex & 1])


def vertex_channels(
    matrix: Matrix, in_channels: widths.Width, out_channels: widths.Width
) -> tuple[widths.Width, ...]:
    """Returns the channels of every vertex of a module.

    The vertices that feed the output share its channels evenly, the first ones taking the
    remainder; any other interior vertex takes the most among the interior vertices that it feeds.

    Args:
        matrix: of a pruned cell.
        in_channels: of the module's input, a number or a symbolic width.
        out_channels: of the module's output, likewise.

    Raises:
        SpecError: a number of output channels that leaves a vertex before the last without any.

    Source: docs/nasbench101.md, section 5.

    Example:
        >>> vertex_channels(((0, 1, 1, 0), (0, 0, 0, 1), (0, 0, 0, 1), (0, 0, 0, 0)), 8, 15)
        (8, 8, 7, 15)
    """
    last = len(matrix) - 1
    feeders = [vertex for vertex in range(1, last) if matrix[vertex][last]]
    # Shares of one total never grow with their rank, so the largest is the one of lowest rank.
    rank = {vertex: place for place, vertex in enumerate(feeders)}
    for vertex in reversed(range(1, last)):
        if vertex not in rank:
            rank[vertex] = min(rank[after] for after in range(1, last) if matrix[vertex][after])
    weights = (1,) * len(feeders)
    interior = [widths.share(out_channels, weights, rank[vertex]) for vertex in range(1, last)]
    # As in the original, the last interior vertex may be left without channels here; a network with
    # such a vertex is refused when it is built.
    if isinstance(out_channels, int) and (out_channels < 1 or 0 in interior[:-1]):
        raise SpecError(
            f"widths too small for the branches: expected out_channels >= {max(1, len(feeders))}, "
            f"received {out_channels}"
        )
    return (in_channels, *interior, out_channels)

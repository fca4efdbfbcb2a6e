"""A cell's graph as three integers, so that a table of cells is columns of numbers.

An edge from vertex x to vertex y is bit x + y (y - 1) / 2 of `edges`, as in the benchmark's
enumeration; interior vertex v has two bits of `labels`, from bit 2 (v - 1) on, with the position of
its operation in `BENCHMARK_OPS`.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.record108 import Matrix
from nasbench_templates.networks.cells import BENCHMARK_OPS, INPUT, OUTPUT
from nasbench_templates.support.errors import RecordError

# 55 edges, so that they fit 64 bits; the benchmark's own cells have at most 7 vertices.
MOST_VERTICES = 11


class GraphCode(NamedTuple):
    """A graph of the benchmark's operations as integers.

    Attributes:
        vertices: number of vertices, 2 to 11; 0 for a graph that is not known.
        edges: 55 bits.
        labels: 18 bits.
    """

    vertices: int
    edges: int
    labels: int


def encode(matrix: Matrix | None, operations: tuple[str, ...] | None) -> GraphCode:
    """Returns the code of a graph.

    Raises:
        RecordError: a malformed graph, or more than 11 vertices.
    """
    record_lib.check_description(None, matrix, operations)
    if matrix is None or operations is None:
        return GraphCode(0, 0, 0)
    return GraphCode(len(matrix), _edges(matrix), _labels(operations))


@functools.lru_cache(maxsize=1024)  # the rows of a cell follow each other
def encode_texts(bits: str, operations: str) -> GraphCode:
    """Returns the code of a graph as a table's row has it.

    Args:
        bits: rows of the matrix one after the other.
        operations: labels joined by commas.

    Raises:
        RecordError: as `encode`.
    """
    vertices, edges = _edges_of_text(bits)
    count, labels = _labels_of_text(operations)
    if count != vertices:
        raise RecordError(f"expected {vertices} operations, received {count}")
    return GraphCode(vertices, edges, labels)


@functools.lru_cache(maxsize=65536)
def _edges_of_text(bits: str) -> tuple[int, int]:
    matrix = tuple(tuple(map(int, row)) for row in rows_of_bits(bits))
    record_lib.check_matrix(matrix)
    return len(matrix), _edges(matrix)


@functools.lru_cache(maxsize=65536)
def _labels_of_text(operations: str) -> tuple[int, int]:
    labels = tuple(operations.split(","))
    record_lib.check_operations(labels)
    return len(labels), _labels(labels)


# Cells are many, but few distinct matrices, and few distinct labels, are shared by them.
@functools.lru_cache(maxsize=65536)
def _edges(matrix: Matrix) -> int:
    vertices = len(matrix)
    if vertices > MOST_VERTICES:
        raise RecordError(f"expected at most {MOST_VERTICES} vertices, received {vertices}")
    return sum(matrix[x][y] << _edge_bit(x, y) for y in range(vertices) for x in range(y))


@functools.lru_cache(maxsize=65536)
def _labels(operations: tuple[str, ...]) -> int:
    return sum(
        BENCHMARK_OPS.index(operation) << 2 * place
        for place, operation in enumerate(operations[1:-1])
    )


@functools.lru_cache(maxsize=65536)
def decode_matrix(vertices: int, edges: int) -> Matrix | None:
    """Returns the adjacency matrix of a code; `None` for no vertices."""
    if not vertices:
        return None
    return tuple(
        tuple(edges >> _edge_bit(x, y) & 1 if x < y else 0 for y in range(vertices))
        for x in range(vertices)
    )


@functools.lru_cache(maxsize=65536)
def decode_operations(vertices: int, labels: int) -> tuple[str, ...] | None:
    """Returns the labels of a code, input and output included; `None` for no vertices."""
    if not vertices:
        return None
    interior = [BENCHMARK_OPS[labels >> 2 * place & 3] for place in range(vertices - 2)]
    return (INPUT, *interior, OUTPUT)


def _edge_bit(source: int, target: int) -> int:
    return source + target * (target - 1) // 2


def rows_of_bits(bits: str) -> Sequence[str]:
    """Returns the rows of a square matrix written as one text of 0 and 1.

    Raises:
        RecordError: other characters, or a length that is no square.
    """
    side = round(len(bits) ** 0.5)
    if side * side != len(bits) or not set(bits) <= {"0", "1"}:
        raise RecordError(
            f"expected a square matrix as 0 and 1, row after row, received {bits[:80]!r}"
        )
    return [bits[start : start + side] for start in range(0, len(bits), side)]

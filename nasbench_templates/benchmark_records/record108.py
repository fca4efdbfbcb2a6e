"""One NAS-Bench-101 record: what the benchmark measured for a cell in the 108-epoch budget.

A record checks itself; reading files is the business of `records`.
"""

import functools
import math
import re
from collections import Counter
from dataclasses import dataclass

from nasbench_templates.networks.cells import BENCHMARK_OPS
from nasbench_templates.support.errors import RecordError

EPOCHS = 108

_HASH = re.compile("[0-9a-f]{32}")
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Measurements of one cell; the values of a repeat that no file holds are absent.

    Accuracies are fractions in [0, 1] at the end of the 108 epochs. The three tuples come from one
    repeat after the other, but where a file lacks a quantity they differ in length, and then their
    positions do not correspond.

    Attributes:
        module_hash: 32 hexadecimal digits, the benchmark's identity of the cell.
        source: names of the files, without folders, that the values come from.
        validation_accuracy: one value per known repeat.
        test_accuracy: one value per known repeat.
        training_time: seconds of training, one value per known repeat.
        trainable_parameters: of the stored graph's CIFAR-10 network; `None` if unknown.
        matrix: upper-triangular 0/1 adjacency of the stored canonical graph; `None` if unknown. The
            parameter count depends on the order of vertices, so compare counts on this graph.
        operations: labels of its vertices, `input` first and `output` last; `None` if unknown.

    Raises:
        RecordError: a value is malformed or outside its range.
    """

    module_hash: str
    source: str
    validation_accuracy: tuple[float, ...] = ()
    test_accuracy: tuple[float, ...] = ()
    training_time: tuple[float, ...] = ()
    trainable_parameters: int | None = None
    matrix: Matrix | None = None
    operations: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_hash(self.module_hash)
        for name in ("validation_accuracy", "test_accuracy", "training_time"):
            for value in getattr(self, name):
                check_metric(name, value)
        check_description(self.trainable_parameters, self.matrix, self.operations)


def check_metric(name: str, value: float) -> None:
    """Checks one measured value: seconds where the name ends in `time`, else a fraction.

    Raises:
        RecordError: an accuracy outside [0, 1], or seconds that are negative or not finite.
    """
    if name.endswith("time"):
        if not (math.isfinite(value) and value >= 0):
            raise RecordError(f"expected {name} >= 0 seconds, received {value}")
    elif not 0 <= value <= 1:
        raise RecordError(f"expected {name} in [0, 1], received {value}")


def check_description(
    trainable_parameters: int | None, matrix: Matrix | None, operations: tuple[str, ...] | None
) -> None:
    """Checks what describes a cell; `None` stands for what is not known.

    Raises:
        RecordError: a parameter count below 1, or a graph that no cell has.
    """
    if trainable_parameters is not None and trainable_parameters < 1:
        raise RecordError(f"expected trainable_parameters >= 1, received {trainable_parameters}")
    if (matrix is None) != (operations is None):
        raise RecordError("expected matrix and operations together, received one of them")
    if matrix is not None and operations is not None:
        _check_graph(matrix, operations)


def is_hash(text: object) -> bool:
    """Returns whether a value is 32 lower-case hexadecimal digits."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def check_hash(module_hash: str) -> str:
    """Returns `module_hash` if it is one.

    Raises:
        RecordError: it is not 32 lower-case hexadecimal digits.
    """
    if not is_hash(module_hash):
        raise RecordError(
            f"expected a module hash of 32 lower-case hexadecimal digits, received {module_hash!r}"
        )
    return module_hash


def merge(first: Record, second: Record) -> Record:
    """Returns one record with the values of two records of the same cell.

    A value that both hold is taken to be the same repeat, unless one of them holds it more often.

    Raises:
        RecordError: the two disagree on the hash, the graph or the parameter count.
    """
    for name in ("module_hash", "trainable_parameters", "matrix", "operations"):
        left, right = getattr(first, name), getattr(second, name)
        if left is not None and right is not None and left != right:
            raise RecordError(
                f"expected one {name} for {first.module_hash}, "
                f"received {left} from {first.source} and {right} from {second.source}"
            )
    sources = dict.fromkeys([*first.source.split(" + "), *second.source.split(" + ")])
    graph = first if first.matrix is not None else second
    return Record(
        module_hash=first.module_hash,
        source=" + ".join(sources),
        validation_accuracy=_union(first.validation_accuracy, second.validation_accuracy),
        test_accuracy=_union(first.test_accuracy, second.test_accuracy),
        training_time=_union(first.training_time, second.training_time),
        trainable_parameters=first.trainable_parameters or second.trainable_parameters,
        matrix=graph.matrix,
        operations=graph.operations,
    )


def _union(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, ...]:
    """Returns each value as often as the input that holds it most often.

    Equal accuracies of different repeats of one record are real (all are multiples of 1/9984), so
    duplicates are removed between the inputs only. An input that covers the other is returned as
    it is, so that a complete record keeps the order of its repeats.
    """
    if not Counter(first) - Counter(second):
        return second
    return first + tuple((Counter(second) - Counter(first)).elements())


def _check_graph(matrix: Matrix, operations: tuple[str, ...]) -> None:
    check_matrix(matrix)
    if len(operations) != len(matrix):
        raise RecordError(f"expected {len(matrix)} operations, received {len(operations)}")
    check_operations(operations)


# Cells are many, but few distinct matrices, and few distinct labels, are shared by them.
@functools.lru_cache(maxsize=65536)
def check_matrix(matrix: Matrix) -> None:
    """Checks that a matrix is one of a graph.

    Raises:
        RecordError: it is not square, or has entries that no cell has.
    """
    vertices = len(matrix)
    if vertices < 2 or any(len(row) != vertices for row in matrix):
        raise RecordError(
            "expected a square matrix of at least two vertices, "
            f"received rows of lengths {[len(row) for row in matrix]}"
        )
    for source, row in enumerate(matrix):
        for target, edge in enumerate(row):
            if edge not in (0, 1) or (edge and target <= source):
                raise RecordError(
                    "expected an upper-triangular matrix of 0 and 1, "
                    f"received {edge} in row {source}, column {target}"
                )


@functools.lru_cache(maxsize=65536)
def check_operations(operations: tuple[str, ...]) -> None:
    """Checks labels, which are at least two.

    Raises:
        RecordError: a label that no cell has at its place.
    """
    if (operations[0], operations[-1]) != ("input", "output"):
        raise RecordError(
            "expected operations from input to output, "
            f"received {operations[0]!r} to {operations[-1]!r}"
        )
    for operation in operations[1:-1]:
        if operation not in BENCHMARK_OPS:
            raise RecordError(f"expected one of {', '.join(BENCHMARK_OPS)}, received {operation!r}")

"""Which values a record store may hold: what a checksum cannot tell of a store made by others.

Two forms of one rule for metrics: `check_runs` of a few rows of an open store loads no NumPy,
`check_metrics` is for whole columns.
"""

import itertools
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.benchmark_records.graph_code import MOST_VERTICES
from nasbench_templates.support.errors import RecordError

if TYPE_CHECKING:
    import numpy as np

MOST_PARAMETERS = 2**31 - 1
NUM_METRICS = len(METRICS)
ACCURACIES = tuple(index for index, name in enumerate(METRICS) if name.endswith("accuracy"))
_SECOND_BITS = 0x55555555
# Doubles from 0 on are ordered as the integers of their bits; negative ones are beyond these.
_ONE, _INFINITE, _ABSENT = (
    int.from_bytes(struct.pack("<d", value), "little")
    for value in (1.0, float("inf"), float("nan"))
)
_LIMITS = tuple(_ONE if index in ACCURACIES else _INFINITE - 1 for index in range(NUM_METRICS))


def check_cells(
    vertices: memoryview, edges: memoryview, labels: memoryview, parameters: memoryview
) -> None:
    """Checks the descriptions of some cells; zeros stand for what is not known.

    Raises:
        RecordError: a graph or a parameter count that no cell has.
    """
    if not len(vertices):
        return
    if max(vertices) > MOST_VERTICES or 1 in vertices.tolist():
        raise RecordError(f"expected cells of 2 to {MOST_VERTICES} vertices")
    if not 0 <= min(parameters) <= max(parameters) <= MOST_PARAMETERS:
        raise RecordError(f"expected trainable_parameters in 1..{MOST_PARAMETERS}")
    for count, mask, bits in zip(vertices, edges, labels, strict=True):
        if mask >> (count * (count - 1) // 2) or bits >> 2 * max(0, count - 2):
            raise RecordError(f"expected edges and labels of {count} vertices, received more")
        if bits & (bits >> 1) & _SECOND_BITS:
            raise RecordError("expected one of three operations at every vertex")


def check_runs(metrics: memoryview, *, has_absent: bool) -> None:
    """Checks the metrics of some runs.

    Args:
        metrics: their bytes.
        has_absent: whether NaN stands for an absent value.

    Raises:
        RecordError: an accuracy outside [0, 1], or seconds that are negative or not finite.
    """
    if not len(metrics):
        return
    bits = metrics.cast("B").cast("Q")
    for index, limit in enumerate(_LIMITS):
        values: Sequence[int] = bits[index::NUM_METRICS]
        if max(values) > limit and not (
            has_absent and all(value <= limit or value == _ABSENT for value in values)
        ):
            raise RecordError(f"expected {METRICS[index]} {_range(index)}, received others")


def check_first_runs(first: memoryview, num_runs: int) -> None:
    """Checks where the runs of some cells begin.

    Raises:
        RecordError: places that fall, or lie beyond the runs.
    """
    numbers = first.tolist()
    if numbers[-1] > num_runs or any(a > b for a, b in itertools.pairwise(numbers)):
        raise RecordError(f"expected rising places of runs up to {num_runs}, received others")


def check_metrics(values: "np.ndarray") -> None:
    """Checks metrics, shape `(runs, 8)`; NaN stands for an absent value.

    Raises:
        RecordError: an accuracy outside [0, 1], or seconds that are negative or not finite.
    """
    import numpy as np

    for index in range(NUM_METRICS):
        column = values[:, index]
        most = 1 if index in ACCURACIES else np.finfo("f8").max
        # NaN is neither below nor above.
        wrong = column[(column < 0) | (column > most)]
        if len(wrong):
            raise RecordError(f"expected {METRICS[index]} {_range(index)}, received {wrong[0]}")


def _range(index: int) -> str:
    return "in [0, 1]" if index in ACCURACIES else ">= 0 seconds"

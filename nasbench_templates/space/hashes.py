"""Module hashes of many cells in portions, on several cores."""

from collections.abc import Iterator

import numpy as np

from nasbench_templates.networks import cell_hashes
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.space import workers

# Large enough for arithmetic on arrays, small enough for a moving bar and for a core's cache.
CELLS_AT_ONCE = 10_000


def chunks(cells: CellArrays) -> list[CellArrays]:
    """Returns the cells in portions of a convenient size, in order."""
    return [cells[start : start + CELLS_AT_ONCE] for start in range(0, len(cells), CELLS_AT_ONCE)]


def hashed_chunks(cells: CellArrays, processes: int = 1) -> Iterator[tuple[CellArrays, np.ndarray]]:
    """Yields portions of the cells with their hashes, in order.

    Args:
        cells: what to hash.
        processes: how many work at once.
    """
    parts = chunks(cells)
    yield from zip(parts, workers.run(cell_hashes.module_hashes, parts, processes), strict=True)

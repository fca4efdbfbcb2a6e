"""What people name a cell by: a hash, a graph in any form, or an object with one."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.networks.cells import INPUT, OUTPUT, Cell, CellLike
from nasbench_templates.support.errors import SpecError

AskedCell = CellLike | str | Mapping[str, Any] | Sequence[Any]
_KEYS = (("matrix", "ops"), ("module_adjacency", "module_operations"), ("matrix", "operations"))


def module_hash_of(cell: AskedCell) -> str | None:
    """Returns the module hash of a cell; `None` if an operation is not among the benchmark's.

    Args:
        cell: a hash, in capitals or not; an object with `matrix` and `ops`, such as a `Cell` or a
            `ModelSpec`; a dictionary with `matrix` and `ops`, or `module_adjacency` and
            `module_operations`; a pair of a matrix and its operations; or a matrix alone, where it
            has no vertex between input and output.

    Raises:
        SpecError: a malformed or disconnected graph, or none at all.
        RecordError: a malformed hash.

    Example:
        >>> module_hash_of({"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]})
        '043721b9c7fe8c5fad811d47d83132ec'
        >>> module_hash_of("043721B9C7FE8C5FAD811D47D83132EC")
        '043721b9c7fe8c5fad811d47d83132ec'
    """
    if isinstance(cell, str):
        return record_lib.check_hash(cell.strip().lower())
    return cell_of(cell).hash()


def cell_of(cell: CellLike | Mapping[str, Any] | Sequence[Any]) -> Cell:
    """Returns the cell in any of the forms with a graph that `module_hash_of` takes.

    Raises:
        SpecError: a malformed graph, or none at all.
    """
    if isinstance(cell, Mapping):
        for matrix, ops in _KEYS:
            if matrix in cell and ops in cell:
                return Cell.parse(cell[matrix], cell[ops])
        raise SpecError(
            f"expected a cell with the keys matrix and ops, received {sorted(map(str, cell))}"
        )
    if hasattr(cell, "matrix") and hasattr(cell, "ops"):
        return Cell.of(cell)
    if isinstance(cell, tuple | list) and len(cell) == 2 and _are_labels(cell[1]):
        return Cell.parse(*cell)
    if not (hasattr(cell, "tolist") or isinstance(cell, Sequence)):
        raise SpecError(f"expected a hash or a cell, received {type(cell).__name__}")
    if len(cell) > 2:
        raise SpecError(
            f"expected the operations of {len(cell)} vertices beside the matrix: a pair (matrix, "
            'ops) or {"matrix": ..., "ops": ...}'
        )
    return Cell.parse(cell, [INPUT, OUTPUT])


def _are_labels(value: Any) -> bool:
    return (isinstance(value, Sequence) or hasattr(value, "tolist")) and all(
        isinstance(label, str) for label in value
    )

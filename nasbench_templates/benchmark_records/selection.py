"""Some cells of a record store: conditions, iteration and data frames."""

import operator
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records import store_format
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord
from nasbench_templates.benchmark_records.store_column import Column
from nasbench_templates.support.errors import RecordError

if TYPE_CHECKING:
    import pandas as pd


class Columns(Protocol):
    """What a selection needs of a store."""

    @property
    def budgets(self) -> tuple[int, ...]:
        """The budgets in epochs."""

    def __len__(self) -> int: ...

    def column(self, name: str) -> Column:
        """Returns a column."""

    def record(self, row: int) -> CellRecord:
        """Returns the cell at a position."""


_COMPARISON = re.compile(r"\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*([-+.\w]+)\s*")
_OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_DESCRIPTION = ("params", "vertices", "edges")


class Selection:
    """Cells of a store, in the order of hashes.

    Args:
        store: the store.
        rows: ascending positions, integers of shape `(cells,)`.
    """

    def __init__(self, store: Columns, rows: np.ndarray):
        self._store = store
        self.rows = rows

    @classmethod
    def where(cls, store: Columns, condition: str, epochs: int) -> "Selection":
        """Returns the cells that meet a condition, see `RecordStore.select`.

        Raises:
            RecordError: a malformed condition, an unknown name, or a budget that is not there.
        """
        rows = np.arange(len(store))
        for part in re.split(r"\band\b", condition) if condition.strip() else ():
            match = _COMPARISON.fullmatch(part)
            try:
                name, sign, number = match.groups()
                bound = float(number)
            except (AttributeError, ValueError):
                raise RecordError(
                    "expected comparisons such as params < 5e6 joined by and, "
                    f"received {part.strip()!r}"
                ) from None
            rows = rows[_OPERATORS[sign](_values(store, name, epochs)[rows], bound)]
        return cls(store, rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[CellRecord]:
        return map(self._store.record, self.rows.tolist())

    def hashes(self) -> list[str]:
        """Returns the module hashes."""
        numbers = np.stack([self._store.column(name).array for name in ("prefix", "suffix")], 1)
        text = numbers[self.rows].astype(">u8").tobytes().hex()
        return [text[start : start + 32] for start in range(0, len(text), 32)]

    def to_pandas(self, epochs: int = record_lib.EPOCHS) -> "pd.DataFrame":
        """Returns a data frame with a row for each cell.

        Its columns are `module_hash`, `params`, `vertices`, `edges` and the mean of each metric
        over the repeats of one budget, NaN where there is none.

        Args:
            epochs: the budget.

        Raises:
            RecordError: the store has no such budget.
        """
        import pandas as pd

        names = (*_DESCRIPTION, *METRICS)
        columns = {name: _values(self._store, name, epochs)[self.rows] for name in names}
        return pd.DataFrame({"module_hash": self.hashes(), **columns})


def _values(store: Columns, name: str, epochs: int) -> np.ndarray:
    """Returns one number for each cell of the store."""
    if name == "params":
        return store.column("parameters").array
    if name == "vertices":
        return store.column("vertices").array
    if name == "edges":
        bits = np.unpackbits(store.column("edges").array.view(np.uint8))
        return bits.reshape(len(store), 64).sum(axis=1, dtype=np.int64)
    if name not in METRICS:
        raise RecordError(f"expected one of {', '.join(_DESCRIPTION + METRICS)}, received {name!r}")
    if epochs not in store.budgets:
        budgets = ", ".join(map(str, store.budgets))
        raise RecordError(f"expected a budget among {budgets} epochs, received {epochs}")
    first = store.column(store_format.first_run_column(epochs)).array
    values = store.column(store_format.runs_column(epochs)).array[:, METRICS.index(name)]
    cells = np.repeat(np.arange(len(store)), np.diff(first.astype(np.int64)))
    is_there = ~np.isnan(values)
    sums = np.bincount(cells[is_there], values[is_there], len(store))
    counts = np.bincount(cells[is_there], minlength=len(store))
    return np.divide(sums, counts, out=np.full(len(store), np.nan), where=counts > 0)

"""Some cells of a record store: conditions, iteration and data frames."""

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nasbench_templates.benchmark_records import conditions, store_format
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cells import BENCHMARK_OPS
from nasbench_templates.support.errors import RecordError

if TYPE_CHECKING:
    import pandas as pd

# The mean over a cell's runs, or the run at a position.
Repeat = Literal["mean"] | int
# What a data frame shows: the mean, the mean with the standard deviation, or a row for each run.
Repeats = Literal["mean", "std", "all"] | int
# By their first names, because a hyphen is a minus.
_OPERATIONS = {label.split("-")[0]: place for place, label in enumerate(BENCHMARK_OPS)}
_PARAMS = "trainable_params"
DESCRIPTION = (_PARAMS, "vertices", "edges", *_OPERATIONS)
# Rows that a notebook shows.
_SHOWN = 10
_SHORT = {name.removeprefix("final_"): name for name in METRICS if name.startswith("final_")}
_METRIC_OF = {name: name for name in METRICS} | _SHORT


class Selection:
    """Cells of a store, with the budget and the repeat that their metrics are of.

    It has a length, yields records, and a slice or an array of booleans gives fewer of its cells.

    Args:
        store: the store.
        rows: positions, integers of shape `(cells,)`.
        epochs: the budget.
        repeat: `"mean"`, or the position of a run.

    Raises:
        RecordError: the store has no such budget, or no cell of it such a repeat.
    """

    def __init__(self, store: RecordStore, rows: np.ndarray, epochs: int, repeat: Repeat = "mean"):
        if not isinstance(epochs, int | np.integer) or epochs not in store.budgets:
            budgets = ", ".join(map(str, store.budgets))
            raise RecordError(f"expected a budget among {budgets} epochs, received {epochs}")
        self._store = store
        self.rows = rows
        self.epochs = int(epochs)
        self.repeat = repeat
        if repeat != "mean":
            self.repeat = self._checked_repeat(repeat)

    def select(self, condition: str) -> "Selection":
        """Returns those of the cells that meet a condition.

        Args:
            condition: comparisons joined by `and`, `or` and `not`, with parentheses where needed,
                for example `trainable_params < 5e6 and (conv3x3 >= 2 or vertices == 7)`. Names are
                `trainable_params` (also `params`: records have no other), `vertices`, `edges`, the
                operations `conv3x3`, `conv1x1` and `maxpool3x3` (how many vertices have them) and
                the metrics of `cell_record`, with or without `final_`; they may also be compared
                with each other, added, subtracted, multiplied and divided.

        Raises:
            RecordError: a malformed condition or another name.
        """
        if not condition.strip():
            return self
        return self._at(self.rows[conditions.evaluate(condition, self.values)])

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        repeat = "mean of the runs" if self.repeat == "mean" else f"run {self.repeat}"
        return f"<{len(self):,} cells of {self._store.name}, {self.epochs} epochs, {repeat}>"

    def _repr_html_(self) -> str:
        title = f"<p>{html.escape(repr(self))}</p>"
        return title + self._at(self.rows[:_SHOWN]).to_pandas().to_html(index=False)

    def __iter__(self) -> Iterator[CellRecord]:
        return map(self._store.record, self.rows.tolist())

    def __getitem__(self, chosen: int | slice | np.ndarray) -> "CellRecord | Selection":
        if isinstance(chosen, int | np.integer):
            return self._store.record(int(self.rows[chosen]))
        return self._at(self.rows[chosen])

    def _at(self, rows: np.ndarray) -> "Selection":
        return Selection(self._store, rows, self.epochs, self.repeat)

    def hashes(self) -> list[str]:
        """Returns the module hashes."""
        columns = [self._store.column(name).array[self.rows] for name in ("prefix", "suffix")]
        text = np.stack(columns, 1).astype(">u8").tobytes().hex()
        return [text[start : start + 32] for start in range(0, len(text), 32)]

    def values(self, name: str) -> np.ndarray:
        """Returns one number for each cell, NaN where it is not known.

        Raises:
            RecordError: another name.
        """
        # Records have no other parameters; older conditions call them so.
        name = _PARAMS if name == "params" else name
        if name in DESCRIPTION:
            return self._description(name)
        if name not in _METRIC_OF:
            known = ", ".join((*DESCRIPTION, *_METRIC_OF))
            raise RecordError(f"expected one of {known}, received {name!r}")
        return self._metric(_METRIC_OF[name], self.repeat)

    def to_pandas(self, *, graphs: bool = False, repeats: Repeats | None = None) -> "pd.DataFrame":
        """Returns a data frame.

        Its columns are `module_hash`, those of `DESCRIPTION`, and the metrics of the budget.

        Args:
            graphs: whether `module_adjacency` and `module_operations` are columns too.
            repeats: `"mean"`, or the position of a run, has a row for each cell; `"std"` too, with
                the sample standard deviation of each metric beside its mean; `"all"` has a row for
                each run, numbered by the column `repeat`. By default what was selected by.

        Raises:
            RecordError: another value of `repeats`.
        """
        import pandas as pd

        repeats = self.repeat if repeats is None else repeats
        if repeats == "all":
            return self._frame_of_runs(graphs)
        columns = {"module_hash": self.hashes(), **self._descriptions(graphs)}
        if repeats in ("mean", "std"):
            for name in METRICS:
                columns[name] = self._metric(name, "mean")
                if repeats == "std":
                    columns[f"{name}_std"] = self._deviation(name)
        else:
            place = self._checked_repeat(repeats)
            columns |= {name: self._metric(name, place) for name in METRICS}
        return pd.DataFrame(columns)

    def _frame_of_runs(self, graphs: bool) -> "pd.DataFrame":
        import pandas as pd

        counts = self._counts()
        cell_of = np.repeat(np.arange(len(self)), counts)
        repeat = np.arange(len(cell_of)) - np.repeat(np.cumsum(counts) - counts, counts)
        described = pd.DataFrame({"module_hash": self.hashes(), **self._descriptions(graphs)})
        frame = described.take(cell_of).reset_index(drop=True)
        frame["repeat"] = repeat
        places = self._first()[self.rows].astype(np.int64)[cell_of] + repeat
        values = self._runs()[places]
        return frame.assign(**{name: values[:, index] for index, name in enumerate(METRICS)})

    def _descriptions(self, graphs: bool) -> dict[str, object]:
        columns: dict[str, object] = {name: self._description(name) for name in DESCRIPTION}
        if graphs:
            found = [self._store.description_of(row) for row in self.rows.tolist()]
            columns["module_adjacency"] = [matrix for matrix, _, _ in found]
            columns["module_operations"] = [operations for _, operations, _ in found]
        return columns

    def _description(self, name: str) -> np.ndarray:
        def column(stored: str) -> np.ndarray:
            return self._store.column(stored).array[self.rows]

        vertices = column("vertices").astype(np.int64)  # stored as bytes, which wrap around
        if name == "vertices":
            return vertices
        if name == _PARAMS:
            # 0 stands for a count that is not known.
            counts = column("parameters")
            return counts if counts.all() else np.where(counts, counts.astype(float), np.nan)
        if name == "edges":
            bits = np.unpackbits(np.ascontiguousarray(column("edges")).view(np.uint8))
            return bits.reshape(len(self), 64).sum(axis=1, dtype=np.int64)
        labels, place = column("labels").astype(np.int64), _OPERATIONS[name]
        most = max(2, int(vertices.max(initial=2)))
        return sum(
            ((labels >> 2 * vertex & 3) == place) & (vertices > vertex + 2)
            for vertex in range(most - 2)
        ) + np.zeros(len(self), np.int64)

    def _first(self) -> np.ndarray:
        return self._store.column(store_format.first_run_column(self.epochs)).array

    def _runs(self) -> np.ndarray:
        return self._store.column(store_format.runs_column(self.epochs)).array

    def _counts(self) -> np.ndarray:
        """Returns how many runs each cell has."""
        first = self._first().astype(np.int64)
        return first[self.rows + 1] - first[self.rows]

    def _checked_repeat(self, repeat: Any) -> int:
        # Of the whole store: fewer of its cells, or none, are no error.
        most = int(np.diff(self._first().astype(np.int64)).max(initial=0))
        is_position = isinstance(repeat, int | np.integer) and not isinstance(repeat, bool)
        if not (is_position and 0 <= repeat < most):
            raise RecordError(
                f'expected "mean" or a repeat in 0..{most - 1}, for a data frame also "std" or '
                f'"all", received {repeat!r}'
            )
        return int(repeat)

    def _metric(self, name: str, repeat: Repeat) -> np.ndarray:
        begins, counts = self._first()[self.rows].astype(np.int64), self._counts()
        values = self._runs()[:, METRICS.index(name)]
        if repeat == "mean":
            return self._mean(*self._gathered(values, begins, counts))
        found = np.full(len(self), np.nan)
        has_run = counts > repeat
        found[has_run] = values[begins[has_run] + repeat]
        return found

    def _deviation(self, name: str) -> np.ndarray:
        begins, counts = self._first()[self.rows].astype(np.int64), self._counts()
        values = self._runs()[:, METRICS.index(name)]
        cells, values = self._gathered(values, begins, counts)
        squares = (values - self._mean(cells, values)[cells]) ** 2
        sums = np.bincount(cells, squares, len(self))
        known = np.bincount(cells, minlength=len(self))
        return np.sqrt(np.divide(sums, known - 1, out=np.full(len(self), np.nan), where=known > 1))

    def _gathered(
        self, values: np.ndarray, begins: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the runs' values that are known, with the cell of each."""
        cells = np.repeat(np.arange(len(self)), counts)
        within = np.arange(len(cells)) - np.repeat(np.cumsum(counts) - counts, counts)
        found = values[begins[cells] + within]
        is_there = ~np.isnan(found)
        return cells[is_there], found[is_there]

    def _mean(self, cells: np.ndarray, values: np.ndarray) -> np.ndarray:
        sums = np.bincount(cells, values, len(self))
        counts = np.bincount(cells, minlength=len(self))
        return np.divide(sums, counts, out=np.full(len(self), np.nan), where=counts > 0)

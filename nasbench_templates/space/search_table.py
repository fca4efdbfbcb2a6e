"""A record store as arrays that a search asks: every run, and the mean accuracy of every cell.

table = search_table.read_table(opening.open_table("nasbench_only108.tfrecord").store)
table.metric, table.best  # "test", 0.943175752957662
"""

from dataclasses import dataclass

import numpy as np

from nasbench_templates.benchmark_records import store_format
from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.benchmark_records.record108 import EPOCHS
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_VERTICES
from nasbench_templates.space.labelled_space import INVALID, labelled_space
from nasbench_templates.support.errors import RecordError

# Best mean test accuracy over the three repeats of 108 epochs. Source: google-research/nasbench#10.
PUBLISHED_BEST = 0.943175752957662
_TIME, _VALIDATION, _TEST = (
    METRICS.index(f"final_{name}")
    for name in ("training_time", "validation_accuracy", "test_accuracy")
)
# In place of a row: a cell that the table lacks.
OUTSIDE = -2


@dataclass(frozen=True, slots=True)
class SearchTable:
    """Cells and their runs after one number of epochs.

    A row is a cell that the table has whole: its graph, and validation accuracy and time of every
    run.

    Attributes:
        name: of the source.
        epochs: of the runs.
        store_rows: position in the store, shape `(rows,)`.
        cells: number in the order of enumeration, shape `(rows,)`.
        row_of: row of every cell of the space, `OUTSIDE` where it has none.
        first: place of a row's first run, shape `(rows,)`.
        num_runs: how many it has, shape `(rows,)`.
        validation: accuracy of every run, 0..1.
        seconds: training time of every run.
        metric: `"test"` where every run has a test accuracy, else `"validation"`.
        accuracy: mean of the metric over a row's runs, shape `(rows,)`.
        left_out: cells of the store that are no rows.
    """

    name: str
    epochs: int
    store_rows: np.ndarray
    cells: np.ndarray
    row_of: np.ndarray
    first: np.ndarray
    num_runs: np.ndarray
    validation: np.ndarray
    seconds: np.ndarray
    metric: str
    accuracy: np.ndarray
    left_out: int

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def best(self) -> float:
        """The highest mean accuracy."""
        return float(self.accuracy.max())

    @property
    def is_full(self) -> bool:
        """Whether every cell of the space has a row."""
        return len(self) == labelled_space().num_cells

    @property
    def is_published(self) -> bool:
        """Whether this is the published table, as far as its size and its best cell tell."""
        is_best = abs(self.best - PUBLISHED_BEST) < 1e-12
        return self.is_full and self.metric == "test" and self.epochs == EPOCHS and is_best

    @property
    def description(self) -> str:
        """What was searched, in words."""
        scale = f"{len(self):,} of {len(self.row_of):,} cells"
        kind = "an extract: children outside it are skipped"
        if self.is_published:
            kind = "the published table"
        elif self.is_full:
            kind = (
                f"full size but not the published table, whose best mean test accuracy is "
                f"{PUBLISHED_BEST}: synthetic, or another training"
            )
        return (
            f"{self.name}, {self.epochs} epochs: {scale}, {kind}; regret in {self.metric} accuracy "
            f"against {self.best:.6f}"
        )

    def hash_of(self, row: int) -> str:
        """Returns the module hash of a row's cell."""
        return str(labelled_space().cell(int(self.cells[row])).hash())

    def rows_of(self, cells: np.ndarray) -> np.ndarray:
        """Returns the rows of numbered cells; `OUTSIDE` and `INVALID` where there is none."""
        return np.where(cells < 0, INVALID, self.row_of[cells])


def read_table(store: RecordStore, epochs: int = EPOCHS) -> SearchTable:
    """Returns the cells of a store that can be searched.

    Raises:
        RecordError: the store has no such budget, or no cell with graph, validation accuracy and
            training time in it.
    """
    if epochs not in store.budgets:
        budgets = ", ".join(map(str, store.budgets))
        raise RecordError(
            f"{store.name}: expected a budget among {budgets} epochs, received {epochs}"
        )
    ends = store.column(store_format.first_run_column(epochs)).array.astype(np.int64)
    metrics = store.column(store_format.runs_column(epochs)).array
    numbers = labelled_space().numbers_of(_graphs(store))
    is_whole = ~np.isnan(metrics[:, [_VALIDATION, _TIME]]).any(axis=1)
    counts = np.diff(ends)
    whole = np.concatenate([[0], np.cumsum(is_whole)])
    is_row = (numbers >= 0) & (counts > 0) & (np.diff(whole[ends]) == counts)
    rows = np.flatnonzero(is_row)
    if not len(rows):
        raise RecordError(
            f"{store.name}: expected cells with graph, validation accuracy and training time after "
            f"{epochs} epochs, found none among {len(store)}"
        )
    validation, test = metrics[:, _VALIDATION].copy(), metrics[:, _TEST]
    has_test = not np.isnan(test[np.repeat(is_row, counts)]).any()
    measured = test if has_test else validation
    row_of = np.full(labelled_space().num_cells, OUTSIDE, np.int32)
    row_of[numbers[rows]] = np.arange(len(rows))
    return SearchTable(
        store.name,
        epochs,
        rows,
        numbers[rows],
        row_of,
        ends[rows],
        counts[rows],
        validation,
        metrics[:, _TIME].copy(),
        "test" if has_test else "validation",
        _means(measured, ends[rows], counts[rows]),
        len(store) - len(rows),
    )


def _means(values: np.ndarray, first: np.ndarray, counts: np.ndarray) -> np.ndarray:
    total = np.zeros(len(first))
    for repeat in range(int(counts.max())):
        has_one = counts > repeat
        total[has_one] += values[first[has_one] + repeat]
    return total / counts


def _graphs(store: RecordStore) -> CellArrays:
    """Returns the stored graphs; those that are unknown or too large have no vertices."""
    vertices = store.column("vertices").array.astype(np.int64)
    edges, labels = store.column("edges").array, store.column("labels").array.astype(np.int64)
    vertices = np.where(vertices <= MAX_VERTICES, vertices, 0)
    # Two bits a vertex there, digits in base 3 with the first vertex as the highest here.
    labellings = np.zeros(len(vertices), np.int64)
    for place in range(MAX_VERTICES - 2):
        is_there = place < vertices - 2
        digit = labels >> 2 * place & 3
        labellings = np.where(is_there, labellings * len(BENCHMARK_OPS) + digit, labellings)
    return CellArrays(vertices, edges.astype(np.int64), labellings)

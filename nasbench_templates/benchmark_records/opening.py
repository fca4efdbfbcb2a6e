"""Benchmark records as researchers use them: one cell, many at once, those that meet a condition.

from nasbench_templates.benchmark_records import opening

table = opening.open_table("nasbench_only108.tfrecord")  # converted once, then opens at once
table.get("00005c142e6f48ac74fdcf73e3439874").runs[108][0].final_test_accuracy
table.get_many(hashes)  # a data frame, in their order
small = table.select("trainable_params < 5e6 and (conv3x3 >= 2 or vertices == 7)")
small[:100].to_pandas(graphs=True, repeats="std")
"""

import pathlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.benchmark_records import conversion
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.asked_cells import AskedCell, module_hash_of
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support.errors import RecordError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from nasbench_templates.benchmark_records.selection import Repeat, Repeats, Selection


def open_table(path: str | pathlib.Path) -> "RecordTable":
    """Returns the records of a source, which is converted once to a store beside it.

    Args:
        path: the published TFRecord table, an extract, own results, or a store of `import_records`.

    Raises:
        RecordError: the source does not exist or is damaged.
        OSError: neither the source's folder nor the cache can be written to.
    """
    return RecordTable(conversion.open_records(path))


class RecordTable:
    """The records of a store, in the order of hashes.

    Cells are asked for by their hash (capitals or not), or as a graph in any form and any order of
    vertices: see `asked_cells.module_hash_of`. Nothing loads pandas before a data frame is made.

    Args:
        store: an open store.
    """

    def __init__(self, store: RecordStore):
        self.store = store

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.store.name

    @property
    def budgets(self) -> tuple[int, ...]:
        """Budgets in epochs, ascending."""
        return self.store.budgets

    def __len__(self) -> int:
        return len(self.store)

    def __iter__(self) -> Iterator[CellRecord]:
        """Yields every cell, in the order of hashes."""
        return iter(self.store)

    def __contains__(self, cell: AskedCell) -> bool:
        return self.get(cell) is not None

    def __repr__(self) -> str:
        budgets = ", ".join(map(str, self.budgets))
        return f"<records of {len(self)} cells in {self.name}, {budgets} epochs>"

    def _repr_html_(self) -> str:
        return self.select(epochs=self.budgets[-1])._repr_html_()

    def hashes(self) -> Iterator[str]:
        """Yields every module hash in ascending order."""
        return self.store.hashes()

    def get(self, cell: AskedCell, ops: Sequence[str] | None = None) -> CellRecord | None:
        """Returns what is known of a cell, every budget and repeat; `None` if there is nothing.

        Args:
            cell: a hash or a graph.
            ops: labels of the vertices where `cell` is a matrix alone.

        Raises:
            SpecError: a malformed or disconnected graph.
            RecordError: a malformed hash, or a damaged store.
        """
        return self.store.find(cell if ops is None else (cell, ops))

    def get_many(
        self,
        cells: Sequence[AskedCell],
        epochs: int = record_lib.EPOCHS,
        *,
        repeats: "Repeats" = "mean",
        graphs: bool = False,
    ) -> "pd.DataFrame":
        """Returns a data frame with a row for each cell asked for, in their order.

        Cells that the records lack have NaN in every column but `module_hash`; with
        `repeats="all"` they have no rows.

        Args:
            cells: hashes and graphs.
            epochs: the budget of the metrics.
            repeats: see `Selection.to_pandas`.
            graphs: likewise.

        Raises:
            SpecError: a malformed or disconnected graph.
            RecordError: a malformed hash, or a budget that is not there.
        """
        import numpy as np

        from nasbench_templates.benchmark_records.selection import Selection

        names = _hashes(cells)
        rows = self._rows_of(names)
        is_known = rows >= 0
        frame = Selection(self.store, rows[is_known], epochs).to_pandas(
            graphs=graphs, repeats=repeats
        )
        if is_known.all() or repeats == "all":
            return frame
        frame = frame.set_axis(np.flatnonzero(is_known)).reindex(np.arange(len(names)))
        frame["module_hash"] = names
        return frame

    def select(
        self, condition: str = "", epochs: int = record_lib.EPOCHS, repeat: "Repeat" = "mean"
    ) -> "Selection":
        """Returns the cells that meet a condition; all of them by default.

        Args:
            condition: see `Selection.select`.
            epochs: the budget that metrics belong to, here and in the data frames made of it.
            repeat: which run they belong to: `"mean"` over all, or a position.

        Raises:
            RecordError: a malformed condition or another name, or a budget or a repeat that is not
                there.
        """
        import numpy as np

        from nasbench_templates.benchmark_records.selection import Selection

        every = Selection(self.store, np.arange(len(self)), epochs, repeat)
        return every.select(condition)

    def to_pandas(
        self,
        epochs: int = record_lib.EPOCHS,
        *,
        graphs: bool = False,
        repeats: "Repeats" = "mean",
    ) -> "pd.DataFrame":
        """Returns all cells as a data frame, see `Selection.to_pandas`."""
        return self.select(epochs=epochs).to_pandas(graphs=graphs, repeats=repeats)

    def _rows_of(self, names: Sequence[str]) -> "np.ndarray":
        """Returns the positions of hashes, -1 where there is no such cell."""
        import numpy as np

        numbers = np.frombuffer(bytes.fromhex("".join(names)), ">u8").reshape(-1, 2)
        numbers = numbers.astype(np.uint64)
        prefix, suffix = (self.store.column(name).array for name in ("prefix", "suffix"))
        rows = np.searchsorted(prefix, numbers[:, 0]).astype(np.int64)
        last = len(prefix) - 1
        found = np.minimum(rows, last)
        is_right = (prefix[found] == numbers[:, 0]) & (suffix[found] == numbers[:, 1])
        # Of cells with the same 16 digits, which hardly ever are, it may be a later one.
        has_twin = (found < last) & (prefix[np.minimum(found + 1, last)] == numbers[:, 0])
        for place in np.flatnonzero(~is_right & has_twin).tolist():
            row = self.store.row_of(names[place])
            found[place], is_right[place] = (0, False) if row is None else (row, True)
        return np.where(is_right, found, -1)


def _hashes(cells: Sequence[AskedCell]) -> list[str]:
    """Returns the hashes of cells.

    Raises:
        RecordError: an operation that is not among the benchmark's, or a malformed hash.
    """
    if isinstance(cells, str):
        raise RecordError(f"expected a list of cells, received one text: {cells[:80]!r}")
    names: list[str] = []
    for cell in cells:
        is_hash = isinstance(cell, str) and record_lib.is_hash(cell)
        name = str(cell) if is_hash else module_hash_of(cell)
        if name is None:
            raise RecordError(f"expected the benchmark's operations, received {str(cell)[:200]}")
        names.append(name)
    return names

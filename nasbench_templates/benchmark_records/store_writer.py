"""Writes a record store from rows in any order, with little memory.

Rows go to temporary files by the first digit of their hash; then one such part after the other is
sorted, checked and appended to the columns. A part is a sixteenth of the table.
"""

import pathlib
from collections.abc import Sequence

import google_crc32c
import numpy as np

from nasbench_templates.benchmark_records import graph_identity, store_format
from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.benchmark_records.store_format import (
    CELL_COLUMNS,
    ColumnEntry,
    Manifest,
    Source,
)
from nasbench_templates.benchmark_records.table_rows import ROW

_PARTS = 16
_PART_BITS = 4
# What all runs of a cell have in common.
_DESCRIPTION = ("edges", "labels", "vertices", "parameters")


class StoreWriter:
    """Collects rows and turns them into a store.

    Args:
        folder: empty; becomes the store.
        faults: receives rows that contradict others, that are too many, and missing ones.
        num_repeats: how many runs every cell has in every budget; `None` where that may differ.
        has_identities: whether all hashes are known to be those of their graphs.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        faults: Faults,
        num_repeats: int | None,
        *,
        has_identities: bool = False,
    ):
        self._folder = folder
        self._faults = faults
        self._num_repeats = num_repeats
        self._has_identities = has_identities
        self._budgets: set[int] = set()
        self._parts = [(folder / f"part{part}").open("w+b") for part in range(_PARTS)]
        self._columns: dict[str, _ColumnFile] = {}
        self.num_records = 0
        self.num_cells = 0

    def add(self, rows: np.ndarray) -> None:
        """Takes rows, an array of `table_rows.ROW`."""
        self._budgets.update(np.unique(rows["epochs"]).tolist())
        parts = (rows["prefix"] >> np.uint64(64 - _PART_BITS)).astype(np.int64)
        for part in np.unique(parts):
            # Not `tofile`, which does not say why it failed.
            self._parts[part].write(rows[parts == part].tobytes())

    def finish(self, source: Source) -> Manifest:
        """Writes the columns and then the manifest, and returns it.

        Raises:
            RecordError: faulty rows, unless the faults are skipped.
        """
        for name, kind in CELL_COLUMNS.items():
            self._open(name, kind, ())
        for epochs in sorted(self._budgets):
            self._open(store_format.runs_column(epochs), "<f8", (len(METRICS),))
            first = self._open(store_format.first_run_column(epochs), "<u4", ())
            first.append(np.zeros(1, "<u4"))
        for part in self._parts:
            part.seek(0)
            self._append(np.fromfile(part, ROW))
            part.close()
            pathlib.Path(part.name).unlink()
        manifest = Manifest(
            source=source,
            num_cells=self.num_cells,
            num_records=self.num_records,
            skipped=self._faults.skipped,
            budgets=tuple(sorted(self._budgets)),
            columns={name: column.finish() for name, column in self._columns.items()},
        )
        store_format.write_manifest(self._folder, manifest)
        return manifest

    def close(self) -> None:
        """Closes every file that is still open."""
        for part in self._parts:
            part.close()
        for column in self._columns.values():
            column.close()

    def _open(self, name: str, kind: str, row_shape: Sequence[int]) -> "_ColumnFile":
        column = _ColumnFile(self._folder / f"{name}.npy", kind, tuple(row_shape))
        self._columns[name] = column
        return column

    def _append(self, rows: np.ndarray) -> None:
        rows = rows[_order(rows)]
        rows = self._without_contradictions(rows)
        if not self._has_identities:
            rows = self._with_their_hashes(rows)
        cells, begins = _cells(rows)
        kept = np.ones(len(rows), bool)
        for epochs in sorted(self._budgets):
            kept &= self._within_repeats(rows, cells, epochs)
        rows, cells = rows[kept], cells[kept]
        for name in CELL_COLUMNS:
            self._columns[name].append(rows[name][_cells(rows)[1]])
        for epochs in sorted(self._budgets):
            self._append_budget(rows, cells, len(begins), epochs)
        self.num_cells += len(begins)
        self.num_records += len(rows)

    def _append_budget(
        self, rows: np.ndarray, cells: np.ndarray, num_cells: int, epochs: int
    ) -> None:
        is_budget = rows["epochs"] == epochs
        counts = np.bincount(cells[is_budget], minlength=num_cells)
        self._check_counts(rows, cells, counts, epochs)
        runs = self._columns[store_format.runs_column(epochs)]
        first = self._columns[store_format.first_run_column(epochs)]
        first.append(runs.length + np.cumsum(counts))
        runs.append(rows["metrics"][is_budget])

    def _without_contradictions(self, rows: np.ndarray) -> np.ndarray:
        """Returns the rows that describe their cell as the first one of the cell does."""
        cells, begins = _cells(rows)
        first = begins[cells] if len(rows) else cells
        differs = np.zeros(len(rows), bool)
        for name in _DESCRIPTION:
            differs |= rows[name] != rows[name][first]
        for place in np.flatnonzero(differs):
            other = rows["number"][first[place]]
            self._fault(
                rows[place], f"expected the graph and parameter count of record {other}, which "
                "has the same hash, received others"
            )  # fmt: skip
        return rows[~differs]

    def _with_their_hashes(self, rows: np.ndarray) -> np.ndarray:
        """Returns the rows of the cells whose hash is that of their graph."""
        cells, begins = _cells(rows)
        first = rows[begins]
        described = graph_identity.Descriptions(
            *(first[name] for name in ("prefix", "suffix", "edges", "labels", "vertices"))
        )
        kept = np.ones(len(rows), bool)
        for cell, reason in described.wrong():
            members = np.flatnonzero(cells == cell)
            kept[members] = False
            for place in members:
                self._faults.add(int(rows["number"][place]), int(rows["offset"][place]), reason)
        return rows[kept]

    def _within_repeats(self, rows: np.ndarray, cells: np.ndarray, epochs: int) -> np.ndarray:
        """Returns which rows are not more runs of their cell and budget than there should be."""
        kept = np.ones(len(rows), bool)
        if self._num_repeats is None:
            return kept
        chosen = np.flatnonzero(rows["epochs"] == epochs)
        counts = np.bincount(cells[chosen])
        for cell in np.flatnonzero(counts > self._num_repeats):
            begin, end = np.searchsorted(cells[chosen], (cell, cell + 1))
            members = chosen[begin:end]
            surplus = _surplus(rows, members, self._num_repeats)
            for place in surplus:
                self._fault(
                    rows[place],
                    f"duplicate row: expected {self._num_repeats} runs of {epochs} epochs, "
                    f"received {len(members)}; --num_repeats=0 takes any number",
                )
            kept[surplus] = False
        return kept

    def _check_counts(
        self, rows: np.ndarray, cells: np.ndarray, counts: np.ndarray, epochs: int
    ) -> None:
        """Reports cells with fewer runs than there should be, at the cell's last row."""
        if self._num_repeats is None:
            return
        for cell in np.flatnonzero(counts < self._num_repeats):
            row = rows[np.searchsorted(cells, cell, side="right") - 1]
            self._faults.remark(
                int(row["number"]),
                int(row["offset"]),
                f"missing repeats: expected {self._num_repeats} runs of {epochs} epochs for "
                f"{row['prefix']:016x}{row['suffix']:016x}, received {counts[cell]}; "
                "--num_repeats=0 takes any number",
            )

    def _fault(self, row: np.void, reason: str) -> None:
        name = f"{row['prefix']:016x}{row['suffix']:016x}"
        self._faults.add(int(row["number"]), int(row["offset"]), f"{name}: {reason}")


def _order(rows: np.ndarray) -> np.ndarray:
    """Returns the places of rows in the order of hashes, rows of one cell as they came."""
    order = np.argsort(rows["prefix"], kind="stable")
    prefix, suffix = rows["prefix"][order], rows["suffix"][order]
    # Two cells may begin with the same 16 digits, but hardly ever do.
    if ((prefix[1:] == prefix[:-1]) & (suffix[1:] != suffix[:-1])).any():
        return np.lexsort((rows["suffix"], rows["prefix"]))
    return order


def _cells(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the number of every sorted row's cell, and the first row of every cell."""
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (rows["prefix"][1:] != rows["prefix"][:-1]) | (
        rows["suffix"][1:] != rows["suffix"][:-1]
    )
    return np.cumsum(is_first) - 1, np.flatnonzero(is_first)


def _surplus(rows: np.ndarray, members: np.ndarray, most: int) -> list[int]:
    """Returns the rows to leave out: first those that repeat an earlier one, then the last ones."""
    contents = [rows["metrics"][place].tobytes() for place in members]
    repeated = [
        place for index, place in enumerate(members.tolist()) if contents[index] in contents[:index]
    ]
    others = [place for place in members.tolist() if place not in repeated]
    surplus = len(members) - most
    return (repeated + others[::-1])[:surplus]


class _ColumnFile:
    """A NumPy file that grows; its header is written again when its length is known."""

    def __init__(self, path: pathlib.Path, dtype: str, row_shape: tuple[int, ...]):
        self._file = path.open("w+b")
        self._dtype = np.dtype(dtype)
        self._row_shape = row_shape
        self._has_absent = False
        self.length = 0
        self._write_header()

    def append(self, values: np.ndarray) -> None:
        """Writes further values."""
        if self._dtype.kind == "f":
            self._has_absent |= bool(np.isnan(values).any())
        self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self.length += len(values)

    def finish(self) -> ColumnEntry:
        """Completes the file and returns its entry in the manifest."""
        num_bytes = self._file.tell()
        self._write_header()
        self._file.seek(0)
        checksums = b"".join(
            google_crc32c.value(block).to_bytes(4, "little")
            for block in iter(lambda: self._file.read(1 << store_format.BLOCK_BITS), b"")
        )
        self.close()
        return ColumnEntry(
            dtype=self._dtype.str,
            shape=(self.length, *self._row_shape),
            num_bytes=num_bytes,
            has_absent=self._has_absent,
            crc32c=checksums.hex(),
        )

    def close(self) -> None:
        """Closes the file, complete or not."""
        self._file.close()

    def _write_header(self) -> None:
        self._file.seek(0)
        # NumPy leaves room for the first axis to grow, so that the header keeps its length.
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "descr": np.lib.format.dtype_to_descr(self._dtype),
                "fortran_order": False,
                "shape": (self.length, *self._row_shape),
            },
        )

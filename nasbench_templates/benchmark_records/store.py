"""The benchmark's records at hand: a folder of memory-mapped columns that opens at once.

Opening reads a small manifest; a look-up reads the index and one row. Neither loads NumPy. What is
read for the first time is compared with its checksum, so a damaged store answers nothing wrong.
`importing` makes such a folder; `opening` asks for many cells at once.

    from nasbench_templates.benchmark_records.store import RecordStore

    store = RecordStore.open("nasbench101.records")
    record = store.get("00005c142e6f48ac74fdcf73e3439874")
    record.runs[108][0].final_test_accuracy
"""

import bisect
import functools
import pathlib
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from nasbench_templates.benchmark_records import graph_code, store_format, store_values
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.asked_cells import AskedCell, module_hash_of
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord, Run
from nasbench_templates.benchmark_records.record108 import Matrix
from nasbench_templates.benchmark_records.store_column import Column
from nasbench_templates.benchmark_records.store_format import CELL_COLUMNS, Manifest, Source
from nasbench_templates.support.errors import RecordError

_RUN = struct.Struct(f"<{len(METRICS)}d")
_RUN_BYTES = _RUN.size
# Rows are checked so many at once: 8 KiB of a column of numbers, 200 KiB of runs.
_GROUP_BITS = 10


class _Budget(NamedTuple):
    """The columns of one budget, and how a run is made of its values."""

    epochs: int
    first: memoryview
    metrics: memoryview
    columns: tuple[Column, Column]
    has_absent: bool
    make_run: Callable[[tuple[float, ...]], Run]

    def values(self, row: int) -> list[tuple[float, ...]]:
        """Returns the metrics of a cell's runs, none where it has none."""
        content = self.metrics[self.first[row] * _RUN_BYTES : self.first[row + 1] * _RUN_BYTES]
        return list(_RUN.iter_unpack(content))


class RecordStore:
    """An open record store; use `open`.

    Several processes may have one open at the same time; nothing here writes. It can be sent to
    other processes, which open the folder again.

    Attributes:
        path: the folder.
        manifest: source, counts, budgets and columns.
    """

    def __init__(self, path: pathlib.Path, manifest: Manifest):
        self.path = path
        self.manifest = manifest
        # Where it lies, also after this process went to another folder.
        self._place = path.absolute()
        # All at once, so that a handle stays whole when the folder is replaced.
        self._columns = {
            name: Column(path, name, entry) for name, entry in manifest.columns.items()
        }
        self._last_row = -1
        self._has_checked = bytearray((manifest.num_cells >> _GROUP_BITS) + 1)

    @classmethod
    def open(cls, path: str | pathlib.Path) -> "RecordStore":
        """Returns the store in a folder.

        Raises:
            RecordError: the folder is no store of this version, its manifest is damaged, or a
                column is missing or has another size.
        """
        path = pathlib.Path(path)
        manifest = store_format.read_manifest(path)
        if manifest is None:
            raise RecordError(
                f"{path}: expected a folder made by import_records, it has no "
                f"{store_format.MANIFEST} of this version"
            )
        return cls(path, manifest)

    def __reduce__(self) -> tuple[object, ...]:
        return _reopen, (str(self._place), self.manifest.source)

    def __deepcopy__(self, memo: object) -> "RecordStore":
        return self  # nothing in it changes

    @property
    def name(self) -> str:
        """Name of the source that was imported."""
        return self.manifest.source.name

    @property
    def budgets(self) -> tuple[int, ...]:
        """Budgets in epochs, ascending."""
        return self.manifest.budgets

    def __len__(self) -> int:
        return self.manifest.num_cells

    def __contains__(self, module_hash: str) -> bool:
        return self.row_of(module_hash) is not None

    def __iter__(self) -> Iterator[CellRecord]:
        """Yields every cell, in the order of hashes."""
        return map(self.record, range(len(self)))

    def hashes(self) -> Iterator[str]:
        """Yields every module hash in ascending order."""
        self.column("suffix").check_all()
        for prefix, suffix in zip(self._prefix, self._suffix, strict=True):
            yield f"{prefix:016x}{suffix:016x}"

    def get(self, module_hash: str) -> CellRecord | None:
        """Returns what is known of a cell, `None` where the store has no such cell.

        Raises:
            RecordError: `module_hash` is not 32 lower-case hexadecimal digits, or the store is
                damaged where it would stand.
        """
        row = self.row_of(module_hash)
        return None if row is None else self._record(row, module_hash)

    def find(self, cell: AskedCell) -> CellRecord | None:
        """Returns what is known of a cell given as a graph, in any order of vertices, or as hash.

        Args:
            cell: see `asked_cells.module_hash_of`.

        Raises:
            SpecError: a malformed or disconnected graph.
            RecordError: a malformed hash, or a damaged store.
        """
        module_hash = module_hash_of(cell)
        return None if module_hash is None else self.get(module_hash)

    def record(self, row: int) -> CellRecord:
        """Returns the cell at a position in the order of hashes.

        Raises:
            IndexError: there is no such position.
            RecordError: the store is damaged there.
        """
        prefix = self._prefix[row]
        self._check(row)
        return self._record(row, f"{prefix:016x}{self._suffix[row]:016x}")

    def row_of(self, module_hash: str) -> int | None:
        """Returns the position of a cell in the order of hashes, `None` where there is no such.

        Raises:
            RecordError: as `get`.
        """
        record_lib.check_hash(module_hash)
        prefix, suffix = int(module_hash[:16], 16), int(module_hash[16:], 16)
        # Whoever asks for all cells asks for the next one.
        row = self._last_row + 1
        if (
            row >= len(self._prefix)
            or self._prefix[row] != prefix
            or (row and self._prefix[row - 1] == prefix)
        ):
            row = bisect.bisect_left(self._prefix, prefix)
        while row < len(self._prefix) and self._prefix[row] == prefix:
            self._check(row)
            if self._suffix[row] == suffix:
                self._last_row = row
                return row
            row += 1
        return None

    def column(self, name: str) -> Column:
        """Returns a column; the names are those of `store_format`.

        Raises:
            RecordError: there is no such column.
        """
        if name not in self._columns:
            raise RecordError(
                f"{self.path}: expected one of {', '.join(self._columns)}, received {name}"
            )
        return self._columns[name]

    def verify(self) -> None:
        """Reads everything, compares all checksums and checks all values; needs no source.

        Raises:
            RecordError: a column is not what was written, or holds what no store may hold.
        """
        for column in self._columns.values():
            column.forget_checks()
            column.check_all()
        for group in range(len(self._has_checked)):
            self._check_group(group)
        before = -1
        for prefix, suffix in zip(self._prefix, self._suffix, strict=True):
            number = prefix << 64 | suffix
            if number <= before:
                raise RecordError(f"{self.path}: expected rising hashes, received {number:032x}")
            before = number

    def _check(self, row: int) -> None:
        if not self._has_checked[row >> _GROUP_BITS]:
            self._check_group(row >> _GROUP_BITS)

    def _check_group(self, group: int) -> None:
        """Checks all that the store says of some consecutive cells."""
        begin = group << _GROUP_BITS
        end = min(begin + (1 << _GROUP_BITS), len(self))
        if begin < end:
            for name in CELL_COLUMNS:
                self._columns[name].check(begin, end)
            try:
                store_values.check_cells(
                    *(
                        self._columns[name].unchecked[begin:end]
                        for name in ("vertices", "edges", "labels", "parameters")
                    )
                )
                for budget in self._budget_columns:
                    _check_budget(budget, begin, end)
            except RecordError as error:
                raise RecordError(f"{self.path}: cells {begin} to {end - 1}: {error}") from None
        self._has_checked[group] = 1

    def description_of(self, row: int) -> tuple[Matrix | None, tuple[str, ...] | None, int | None]:
        """Returns matrix, operations and parameter count of the cell at a position.

        Raises:
            RecordError: the store is damaged there.
        """
        self._check(row)
        vertices = self._vertices[row]
        return (
            graph_code.decode_matrix(vertices, self._edges[row]),
            graph_code.decode_operations(vertices, self._labels[row]),
            self._parameters[row] or None,
        )

    def values_of(self, row: int, epochs: int) -> list[tuple[float, ...]]:
        """Returns the metrics of a cell's runs in one budget, NaN where absent; none without it.

        Raises:
            RecordError: the store is damaged there.
        """
        self._check(row)
        for budget in self._budget_columns:
            if budget.epochs == epochs:
                return budget.values(row)
        return []

    def all_values_of(self, row: int) -> list[tuple[int, list[tuple[float, ...]]]]:
        """Returns every budget with the metrics of a cell's runs in it, see `values_of`.

        Raises:
            RecordError: the store is damaged there.
        """
        self._check(row)
        return [(budget.epochs, budget.values(row)) for budget in self._budget_columns]

    def _record(self, row: int, module_hash: str) -> CellRecord:
        matrix, operations, parameters = self.description_of(row)
        runs = {
            budget.epochs: tuple(map(budget.make_run, values))
            for budget in self._budget_columns
            if (values := budget.values(row))
        }
        return CellRecord(module_hash, runs, parameters, matrix, operations)

    @functools.cached_property
    def _prefix(self) -> memoryview:
        # A search steps through all of it, so it is checked as a whole.
        self.column("prefix").check_all()
        return self.column("prefix").unchecked

    @functools.cached_property
    def _suffix(self) -> memoryview:
        return self.column("suffix").unchecked

    @functools.cached_property
    def _edges(self) -> memoryview:
        return self.column("edges").unchecked

    @functools.cached_property
    def _labels(self) -> memoryview:
        return self.column("labels").unchecked

    @functools.cached_property
    def _vertices(self) -> memoryview:
        return self.column("vertices").unchecked

    @functools.cached_property
    def _parameters(self) -> memoryview:
        return self.column("parameters").unchecked

    @functools.cached_property
    def _budget_columns(self) -> tuple["_Budget", ...]:
        budgets = []
        for epochs in self.budgets:
            first, runs = store_format.first_run_column(epochs), store_format.runs_column(epochs)
            columns = self.column(first), self.column(runs)
            has_absent = self.manifest.columns[runs].has_absent
            budgets.append(
                _Budget(
                    epochs,
                    columns[0].unchecked,
                    columns[1].unchecked.cast("B"),
                    columns,
                    has_absent,
                    _run_with_absent if has_absent else Run._make,
                )
            )
        return tuple(budgets)


def _check_budget(budget: _Budget, begin: int, end: int) -> None:
    first, runs = budget.columns
    first.check(begin, end + 1)
    num_runs = len(budget.metrics) // _RUN_BYTES
    store_values.check_first_runs(budget.first[begin : end + 1], num_runs)
    begin, end = budget.first[begin], budget.first[end]
    if begin < end:
        runs.check(begin * len(METRICS), end * len(METRICS))
        content = budget.metrics[begin * _RUN_BYTES : end * _RUN_BYTES]
        store_values.check_runs(content, has_absent=budget.has_absent)


def _reopen(path: str, source: Source) -> RecordStore:
    store = RecordStore.open(path)
    if store.manifest.source != source:
        raise RecordError(
            f"{path}: expected the records of {source.name} that were open, the folder holds others"
        )
    return store


def _run_with_absent(values: tuple[float, ...]) -> Run:
    # NaN is the only number that differs from itself.
    return Run._make(value if value == value else None for value in values)

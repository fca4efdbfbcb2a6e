"""The benchmark's records at hand: a folder of memory-mapped columns that opens at once.

Opening reads a small manifest; a look-up touches a few pages of the index and one row. Neither
loads NumPy. `importing` makes such a folder.

    from nasbench_templates.benchmark_records.store import RecordStore

    store = RecordStore.open("nasbench101.records")
    record = store.get("00005c142e6f48ac74fdcf73e3439874")
    record.runs[108][0].final_test_accuracy
    for cell in store.select("params < 5e6 and final_validation_accuracy > 0.94"):
        print(cell.module_hash)
"""

import bisect
import functools
import pathlib
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from nasbench_templates.benchmark_records import graph_code, store_format
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord, Run
from nasbench_templates.benchmark_records.store_format import Column, Manifest
from nasbench_templates.networks.cells import Cell, CellLike
from nasbench_templates.support.errors import RecordError

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_templates.benchmark_records.selection import Selection

_RUN = struct.Struct(f"<{len(METRICS)}d")
_RUN_BYTES = _RUN.size


class _Budget(NamedTuple):
    """The columns of one budget, and how a run is made of its values."""

    epochs: int
    first: memoryview
    metrics: memoryview
    make_run: Callable[[tuple[float, ...]], Run]


class RecordStore:
    """An open record store; use `open`.

    Several processes may have one open at the same time; nothing here writes.

    Attributes:
        path: the folder.
        manifest: source, counts, budgets and columns.
    """

    def __init__(self, path: pathlib.Path, manifest: Manifest):
        self.path = path
        self.manifest = manifest
        # All at once, so that a handle stays whole when the folder is replaced.
        self._columns = {
            name: Column(path, name, entry) for name, entry in manifest.columns.items()
        }

    @classmethod
    def open(cls, path: str | pathlib.Path) -> "RecordStore":
        """Returns the store in a folder.

        Raises:
            RecordError: the folder is no store, or a column is missing or has another size.
        """
        path = pathlib.Path(path)
        manifest = store_format.read_manifest(path)
        if manifest is None:
            raise RecordError(
                f"{path}: expected a folder made by import_records, it has no "
                f"{store_format.MANIFEST} of this version"
            )
        return cls(path, manifest)

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
        return self._find(module_hash) is not None

    def __iter__(self) -> Iterator[CellRecord]:
        """Yields every cell, in the order of hashes."""
        return map(self.record, range(len(self)))

    def hashes(self) -> Iterator[str]:
        """Yields every module hash in ascending order."""
        for prefix, suffix in zip(self._prefix, self._suffix, strict=True):
            yield f"{prefix:016x}{suffix:016x}"

    def get(self, module_hash: str) -> CellRecord | None:
        """Returns what is known of a cell, `None` where the store has no such cell.

        Raises:
            RecordError: `module_hash` is not 32 lower-case hexadecimal digits.
        """
        row = self._find(module_hash)
        return None if row is None else self._record(row, module_hash)

    def find(self, cell: CellLike | str) -> CellRecord | None:
        """Returns what is known of a cell given as a graph, in any order of vertices, or as hash.

        Raises:
            SpecError: a malformed or disconnected graph.
            RecordError: a malformed hash.
        """
        module_hash = module_hash_of(cell)
        return None if module_hash is None else self.get(module_hash)

    def record(self, row: int) -> CellRecord:
        """Returns the cell at a position in the order of hashes.

        Raises:
            IndexError: there is no such position.
        """
        return self._record(row, f"{self._prefix[row]:016x}{self._suffix[row]:016x}")

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

    def select(self, condition: str = "", epochs: int = record_lib.EPOCHS) -> "Selection":
        """Returns the cells that meet a condition; all of them by default.

        Args:
            condition: comparisons joined by `and`, for example `params < 5e6 and vertices == 7`.
                Names are `params`, `vertices`, `edges` and the metrics (`cell_record.METRICS`),
                which stand for their mean over the repeats.
            epochs: the budget that the metrics belong to.

        Raises:
            RecordError: a malformed condition or another name, or a budget that is not there.
        """
        from nasbench_templates.benchmark_records.selection import Selection

        return Selection.where(self, condition, epochs)

    def to_pandas(self, epochs: int = record_lib.EPOCHS) -> "pd.DataFrame":
        """Returns all cells as a data frame, see `Selection.to_pandas`."""
        return self.select().to_pandas(epochs)

    def verify(self) -> None:
        """Reads every column and compares its checksum.

        Raises:
            RecordError: a column is not what was written.
        """
        for name, entry in self.manifest.columns.items():
            checksum = zlib.crc32(self.column(name).content)
            if checksum != entry["crc32"]:
                raise RecordError(
                    f"{self.path / name}.npy: expected CRC-32 {entry['crc32']:08x}, received "
                    f"{checksum:08x}; remove the folder and import again"
                )

    def _record(self, row: int, module_hash: str) -> CellRecord:
        vertices, runs = self._vertices[row], {}
        for epochs, first, metrics, make_run in self._budget_columns:
            begin, end = first[row], first[row + 1]
            if begin < end:
                content = metrics[begin * _RUN_BYTES : end * _RUN_BYTES]
                runs[epochs] = tuple(map(make_run, _RUN.iter_unpack(content)))
        return CellRecord(
            module_hash,
            runs,
            self._parameters[row],
            graph_code.decode_matrix(vertices, self._edges[row]),
            graph_code.decode_operations(vertices, self._labels[row]),
        )

    def _find(self, module_hash: str) -> int | None:
        record_lib.check_hash(module_hash)
        prefix, suffix = int(module_hash[:16], 16), int(module_hash[16:], 16)
        row = bisect.bisect_left(self._prefix, prefix)
        while row < len(self._prefix) and self._prefix[row] == prefix:
            if self._suffix[row] == suffix:
                return row
            row += 1
        return None

    @functools.cached_property
    def _prefix(self) -> memoryview:
        return self.column("prefix").numbers

    @functools.cached_property
    def _suffix(self) -> memoryview:
        return self.column("suffix").numbers

    @functools.cached_property
    def _edges(self) -> memoryview:
        return self.column("edges").numbers

    @functools.cached_property
    def _labels(self) -> memoryview:
        return self.column("labels").numbers

    @functools.cached_property
    def _vertices(self) -> memoryview:
        return self.column("vertices").numbers

    @functools.cached_property
    def _parameters(self) -> memoryview:
        return self.column("parameters").numbers

    @functools.cached_property
    def _budget_columns(self) -> tuple["_Budget", ...]:
        columns = self.manifest.columns
        return tuple(
            _Budget(
                epochs,
                self.column(store_format.first_run_column(epochs)).numbers,
                self.column(name).content,
                _run_with_absent if columns[name]["has_absent"] else Run._make,
            )
            for epochs, name in zip(
                self.budgets, map(store_format.runs_column, self.budgets), strict=True
            )
        )


def module_hash_of(cell: CellLike | str) -> str | None:
    """Returns the module hash of a cell; `None` if an operation is not among the benchmark's.

    Raises:
        SpecError: a malformed or disconnected graph.
        RecordError: a malformed hash.
    """
    return record_lib.check_hash(cell) if isinstance(cell, str) else Cell.of(cell).hash()


def _run_with_absent(values: tuple[float, ...]) -> Run:
    # NaN is the only number that differs from itself.
    return Run._make(value if value == value else None for value in values)

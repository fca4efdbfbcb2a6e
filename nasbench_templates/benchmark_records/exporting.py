"""Writes records for other programs: the published TFRecord format, or Parquet.

What the store does not keep is written to TFRecord files as the original's reader expects it: an
evaluation at epoch 0 with time 0, and no total time. Absent metrics are written there as NaN.
"""

import itertools
import pathlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nasbench_templates.benchmark_records import table_rows, tfrecord
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError, RecordError

if TYPE_CHECKING:
    import pyarrow as pa

_CELLS_AT_ONCE = 4096


def export_records(cells: Iterable[CellRecord], path: pathlib.Path) -> tuple[int, int]:
    """Writes one record for each run and returns the numbers of records and cells.

    Args:
        cells: cells with their graph and parameter count, written in this order.
        path: the file, of a format that `check_format` knows; it is replaced when everything is
            written.

    Raises:
        ConfigError: another suffix.
        RecordError: a cell without graph or parameter count, or none at all.
        OSError: the file cannot be written.
    """
    check_format(path)
    write = _WRITERS[path.suffix]
    with files.replacing(path) as partial:
        num_records, num_cells = write(cells, partial)
        if not num_records:
            raise RecordError("expected at least one run to write, received none")
    return num_records, num_cells


def check_format(path: pathlib.Path) -> None:
    """Checks that a file's name says how to write it.

    Raises:
        ConfigError: a suffix of no known format.
    """
    if path.suffix not in _WRITERS:
        raise ConfigError(
            f"{path}: expected a name that ends in {' or '.join(_WRITERS)}, "
            f"received {path.suffix or 'no suffix'}"
        )


def _write_tfrecord(cells: Iterable[CellRecord], path: pathlib.Path) -> tuple[int, int]:
    num_records = num_cells = 0
    with path.open("wb") as stream:
        for batch in _batches(cells):
            payloads = table_rows.encode_cells(batch)
            tfrecord.write_frames(stream, payloads)
            num_records += len(payloads)
            num_cells += len(batch)
    return num_records, num_cells


def _write_parquet(cells: Iterable[CellRecord], path: pathlib.Path) -> tuple[int, int]:
    """Writes a row for each run, with the columns of `_schema`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema()
    num_records = num_cells = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in _batches(cells):
            rows = [row for cell in batch for row in _parquet_rows(cell)]
            writer.write_table(pa.Table.from_pylist(rows, schema))
            num_records += len(rows)
            num_cells += len(batch)
    return num_records, num_cells


_WRITERS = {".tfrecord": _write_tfrecord, ".parquet": _write_parquet}


def _batches(cells: Iterable[CellRecord]) -> Iterator[list[CellRecord]]:
    remaining = iter(cells)
    while batch := list(itertools.islice(remaining, _CELLS_AT_ONCE)):
        yield batch


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [
            ("module_hash", pa.string()),
            ("module_adjacency", pa.string()),
            ("module_operations", pa.string()),
            ("trainable_parameters", pa.int64()),
            ("epochs", pa.int32()),
            ("repeat", pa.int32()),
            *((name, pa.float64()) for name in METRICS),
        ]
    )


def _parquet_rows(cell: CellRecord) -> Iterator[dict[str, object]]:
    bits, operations = table_rows.graph_texts(cell)
    for epochs, runs in cell.runs.items():
        for repeat, run in enumerate(runs):
            yield {
                "module_hash": cell.module_hash,
                "module_adjacency": bits,
                "module_operations": operations,
                "trainable_parameters": cell.trainable_parameters,
                "epochs": epochs,
                "repeat": repeat,
                **run._asdict(),
            }

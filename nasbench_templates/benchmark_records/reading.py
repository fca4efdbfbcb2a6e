"""Cells of any source of records, tables included, whatever holds them."""

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from nasbench_templates.benchmark_records import importing, own_results, sources, table_rows
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.benchmark_records.store import RecordStore


def read_cells(path: Path, module_hash: str | None = None) -> Iterator[CellRecord]:
    """Yields the cells of one source; a cell may come more than once.

    Args:
        path: the source.
        module_hash: reads only this cell; the others are passed over, where possible unchecked.

    Raises:
        RecordError: the source is damaged or none.
    """
    if not sources.is_table(path):
        yield from sources.read_stored(path, module_hash)
        return
    if module_hash is not None:
        yield from table_rows.find_cell(path, module_hash)
        return
    # Rows of a cell may be anywhere in the file, so it is brought into order first.
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "store"
        importing.import_records(path, output, num_repeats=None)
        yield from RecordStore.open(output)


def find_cells(path: Path, hashes: Collection[str]) -> Iterator[CellRecord]:
    """Yields the cells of one source that are wanted; a cell may come more than once.

    Args:
        path: the source.
        hashes: module hashes of the cells.

    Raises:
        RecordError: the source is damaged or none.
    """
    if path.is_dir() and not own_results.is_results(path):
        yield from filter(None, map(RecordStore.open(path).get, hashes))
    else:
        yield from (cell for cell in read_cells(path) if cell.module_hash in hashes)

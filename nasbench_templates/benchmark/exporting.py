"""Writes records in the format of the published TFRecord files, for the original's own API.

What the store does not keep is written as the original's reader expects it: an evaluation at epoch
0 with time 0, and no total time. Absent metrics are written as NaN.
"""

import pathlib
from collections.abc import Iterable

from nasbench_templates.benchmark import table_rows, tfrecord
from nasbench_templates.benchmark.cell_record import CellRecord
from nasbench_templates.errors import RecordError
from nasbench_templates.results import files


def export_records(cells: Iterable[CellRecord], path: pathlib.Path) -> tuple[int, int]:
    """Writes one record for each run and returns the numbers of records and cells.

    Args:
        cells: cells with their graph and parameter count, written in this order.
        path: the file; it is replaced when everything is written.

    Raises:
        RecordError: a cell without graph or parameter count, or none at all.
        OSError: the file cannot be written.
    """
    num_records = num_cells = 0
    with files.replacing(path) as partial, partial.open("wb") as stream:
        for cell in cells:
            payloads = list(table_rows.encode_cell(cell))
            tfrecord.write_frames(stream, payloads)
            num_records += len(payloads)
            num_cells += 1
        if not num_records:
            raise RecordError("expected at least one run to write, received none")
    return num_records, num_cells

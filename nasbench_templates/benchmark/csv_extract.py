"""Reads records from comma-separated extracts, one row per cell or per measured repeat.

A layout is recognised by its columns. Columns that a layout does not name are ignored.
"""

import csv
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.benchmark import record as record_lib
from nasbench_templates.benchmark.record import Record
from nasbench_templates.errors import RecordError

_HASH_COLUMN = "module_hash"
_GRAPH_COLUMNS = ("module_adjacency", "module_operations", "trainable_parameters")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Columns of one kind of extract.

    Attributes:
        validation_accuracy: column of the final validation accuracy, or `None`.
        test_accuracy: column of the final test accuracy, or `None`.
        training_time: column of the final training time in seconds, or `None`.
        has_stored_graph: whether graph and parameters are those that the benchmark stores. If not,
            they are in somebody's own vertex order: they are checked but not reported.
    """

    validation_accuracy: str | None
    test_accuracy: str | None
    training_time: str | None
    has_stored_graph: bool

    @property
    def values(self) -> dict[str, str]:
        """Column names by the field of `Record` that they fill."""
        columns = {
            "validation_accuracy": self.validation_accuracy,
            "test_accuracy": self.test_accuracy,
            "training_time": self.training_time,
        }
        return {field: column for field, column in columns.items() if column is not None}

    @property
    def required(self) -> tuple[str, ...]:
        """Every column that a file of this layout has."""
        return (_HASH_COLUMN, *_GRAPH_COLUMNS, *self.values.values())


LAYOUTS = (
    CsvLayout("val_acc_108", None, "final_training_time", has_stored_graph=True),
    CsvLayout(None, "test_acc_108", None, has_stored_graph=False),
)


def read(text: str, name: str, module_hash: str | None = None) -> Iterator[Record]:
    """Yields one record per row.

    Args:
        text: content of the file.
        name: file name, for messages and as the records' source.
        module_hash: reads only rows of this cell; the others are passed over unchecked.

    Raises:
        RecordError: the layout is not known, or a row is damaged; the message has the line number.
    """
    lines = text.splitlines()
    try:
        columns = _cells(lines[0]) if lines else []
        layout = _find_layout(columns)
    except RecordError as error:
        raise RecordError(f"{name}: line 1: {error}") from error
    for number, line in enumerate(lines[1:], start=2):
        if not line or (module_hash is not None and module_hash not in line):
            continue
        try:
            row = _row(line, columns)
            if module_hash is None or row[_HASH_COLUMN] == module_hash:
                yield _record(row, layout, name)
        except RecordError as error:
            raise RecordError(f"{name}: line {number}: {error}") from error


def _find_layout(columns: Sequence[str]) -> CsvLayout:
    """Returns the layout whose accuracy column is there."""
    for layout in LAYOUTS:
        if (layout.validation_accuracy or layout.test_accuracy) in columns:
            missing = [column for column in layout.required if column not in columns]
            if missing:
                raise RecordError(
                    f"expected the columns {', '.join(layout.required)}; "
                    f"missing {', '.join(missing)}"
                )
            return layout
    known = " or ".join(
        str(layout.validation_accuracy or layout.test_accuracy) for layout in LAYOUTS
    )
    raise RecordError(
        f"expected a NAS-Bench-101 extract with a column {known}, "
        f"received the columns {', '.join(columns)[:200] or 'of an empty file'}"
    )


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader((line,), strict=True), [])
    except csv.Error as error:
        raise RecordError(f"expected comma-separated values: {error}") from error


def _row(line: str, columns: Sequence[str]) -> Mapping[str, str]:
    cells = _cells(line)
    if len(cells) != len(columns):
        raise RecordError(f"expected {len(columns)} values, received {len(cells)}")
    return dict(zip(columns, cells, strict=True))


def _record(row: Mapping[str, str], layout: CsvLayout, name: str) -> Record:
    values = {
        # An empty cell is a repeat that the file lacks.
        field: (_number(row[column], column, float),) if row[column] else ()
        for field, column in layout.values.items()
    }
    checked = Record(
        module_hash=row[_HASH_COLUMN],
        source=name,
        trainable_parameters=int(_number(row["trainable_parameters"], "trainable_parameters", int)),
        matrix=_matrix(row["module_adjacency"]),
        operations=_operations(row["module_operations"]),
        **values,
    )
    if layout.has_stored_graph:
        return checked
    return Record(module_hash=checked.module_hash, source=name, **values)


def _number(text: str, column: str, kind: type[int] | type[float]) -> float:
    # int() and float() would also take underscores, blanks and other scripts' digits.
    if text.isascii() and "_" not in text and text.strip() == text:
        try:
            return kind(text)
        except ValueError:
            pass
    wanted = "an integer" if kind is int else "a number"
    raise RecordError(f"expected {wanted} in column {column}, received {text!r}")


@functools.lru_cache(maxsize=65536)  # few distinct matrices are shared by many rows
def _matrix(text: str) -> record_lib.Matrix:
    if not set(text) <= {"0", "1", ";"}:
        raise RecordError(f"expected rows of 0 and 1 joined by ';' as matrix, received {text!r}")
    return tuple(tuple(map(int, row)) for row in text.split(";"))


@functools.lru_cache(maxsize=4096)
def _operations(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))

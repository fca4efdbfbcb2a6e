"""Reads records from comma-separated extracts, one row per cell or per measured repeat.

A layout is recognised by its columns. Columns that a layout does not name are ignored.
"""

import csv
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from absl import logging

from nasbench_templates.benchmark_records import cell_record
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.cell_record import CellRecord, Located, Run
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError, SpecError

# The network that the benchmark's parameter counts are of.
_CIFAR_SHAPE, _CIFAR_CLASSES = (32, 32, 3), 10
_HASH_COLUMN = "module_hash"
_BUDGETS = (4, 12, 36, record_lib.EPOCHS)
_GRAPH_COLUMNS = ("module_adjacency", "module_operations", "trainable_parameters")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Columns of one kind of extract.

    Attributes:
        accuracy: the metric of the accuracy columns, one of `cell_record.METRICS`.
        prefix: of the accuracy columns; the budget in epochs follows.
        training_time: column of the final training time in seconds at 108 epochs, or `None`.
        has_stored_graph: whether graph and parameters are those that the benchmark stores. If not,
            they are in somebody's own vertex order, and are given in the benchmark's.
    """

    accuracy: str
    prefix: str
    training_time: str | None
    has_stored_graph: bool

    @property
    def mark(self) -> str:
        """The column by which a file of this layout is recognised."""
        return f"{self.prefix}{record_lib.EPOCHS}"

    @property
    def required(self) -> tuple[str, ...]:
        """Every column that a file of this layout has."""
        time = () if self.training_time is None else (self.training_time,)
        return (_HASH_COLUMN, *_GRAPH_COLUMNS, self.mark, *time)

    def values(self, columns: Sequence[str]) -> dict[int, dict[str, str]]:
        """Returns, for each budget, the column of each metric that a file has."""
        found = {
            epochs: {self.accuracy: f"{self.prefix}{epochs}"}
            for epochs in _BUDGETS
            if f"{self.prefix}{epochs}" in columns
        }
        if self.training_time is not None:
            found[record_lib.EPOCHS]["final_training_time"] = self.training_time
        return found


LAYOUTS = (
    CsvLayout("final_validation_accuracy", "val_acc_", "final_training_time", True),
    CsvLayout("final_test_accuracy", "test_acc_", None, False),
)
EXPECTED = "expected a NAS-Bench-101 extract with a column " + " or ".join(
    layout.mark for layout in LAYOUTS
)


def is_layout(first_line: str) -> bool:
    """Returns whether the first line has the column by which one of the layouts is recognised."""
    columns = columns_of(first_line)
    return any(layout.mark in columns for layout in LAYOUTS)


def read(lines: Iterable[str], name: str, module_hash: str | None = None) -> Iterator[Located]:
    """Yields one record per row, its graph not yet compared with its hash.

    Args:
        lines: of the file, without their ends.
        name: file name, for messages.
        module_hash: reads only rows of this cell; the others are passed over unchecked.

    Raises:
        RecordError: the layout is not known, or a row is damaged; the message has the line number.
    """
    numbered = enumerate(lines, start=1)
    try:
        columns = parse_columns(next(numbered, (1, ""))[1])
        layout = _find_layout(columns)
    except RecordError as error:
        raise RecordError(f"{name}: line 1: {error}") from error
    for number, line in distinct_lines(numbered, name):
        if module_hash is not None and module_hash not in line:
            continue
        try:
            row = parse_row(line, columns)
            if module_hash is None or row[_HASH_COLUMN] == module_hash:
                yield Located(f"line {number}", _record(row, layout))
        except RecordError as error:
            raise RecordError(f"{name}: line {number}: {error}") from error


def distinct_lines(numbered: Iterable[tuple[int, str]], name: str) -> Iterator[tuple[int, str]]:
    """Yields numbers and texts of lines, without blank and repeated ones.

    A row that stands twice is the same measurement, so it is named and counted once.

    Args:
        numbered: lines of a file with their numbers.
        name: of the file, for the message.
    """
    seen: dict[str, int] = {}
    for number, line in numbered:
        if not line:
            continue
        first = seen.setdefault(line, number)
        if first == number:
            yield number, line
        else:
            logging.warning("%s: line %d repeats line %d; it is counted once", name, number, first)


def _find_layout(columns: Sequence[str]) -> CsvLayout:
    """Returns the layout whose accuracy column is there."""
    for layout in LAYOUTS:
        if layout.mark in columns:
            missing = [column for column in layout.required if column not in columns]
            if missing:
                raise RecordError(
                    f"expected the columns {', '.join(layout.required)}; "
                    f"missing {', '.join(missing)}"
                )
            return layout
    raise RecordError(
        f"{EXPECTED}, received the columns {', '.join(columns)[:200] or 'of an empty file'}"
    )


def parse_line(line: str) -> list[str]:
    """Returns the values of a line.

    Raises:
        RecordError: its quotes are malformed.
    """
    try:
        return next(csv.reader((line,), strict=True), [])
    except csv.Error as error:
        raise RecordError(f"expected comma-separated values: {error}") from error


def columns_of(first_line: str) -> Sequence[str]:
    """Returns the names in a first line, quoted or not; none where its quotes are malformed."""
    try:
        return parse_line(first_line.strip())
    except RecordError:
        return ()


def parse_columns(line: str) -> list[str]:
    """Returns the names of the columns.

    Raises:
        RecordError: its quotes are malformed, or a column is there twice: which one is meant?
    """
    columns = parse_line(line)
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    if repeated:
        raise RecordError(f"expected every column once, received several: {', '.join(repeated)}")
    return columns


def parse_row(line: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Returns the values of a line by column.

    Raises:
        RecordError: malformed quotes, or more or fewer values than columns.
    """
    cells = parse_line(line)
    if len(cells) != len(columns):
        raise RecordError(f"expected {len(columns)} values, received {len(cells)}")
    return dict(zip(columns, cells, strict=True))


def _record(row: Mapping[str, str], layout: CsvLayout) -> CellRecord:
    runs = {}
    for epochs, columns in layout.values(tuple(row)).items():
        # An empty cell is a value that the file lacks.
        values = {
            metric: parse_number(row[column], column, float)
            for metric, column in columns.items()
            if row[column]
        }
        if values:
            runs[epochs] = (Run(**values),)
    checked = cell_record.check(
        CellRecord(
            module_hash=row[_HASH_COLUMN],
            runs=runs,
            trainable_parameters=int(
                parse_number(row["trainable_parameters"], "trainable_parameters", int)
            ),
            matrix=parse_matrix(row["module_adjacency"]),
            operations=parse_operations(row["module_operations"]),
        )
    )
    if layout.has_stored_graph:
        return checked
    cell = _in_stored_order(checked.matrix, checked.operations)
    if cell.matrix == checked.matrix and cell.ops == checked.operations:
        return checked
    return checked._replace(
        matrix=cell.matrix, operations=cell.ops, trainable_parameters=_parameters(cell)
    )


@functools.lru_cache(maxsize=65536)  # draws of one cell stand in several rows
def _in_stored_order(matrix: record_lib.Matrix, operations: tuple[str, ...]) -> Cell:
    """Returns a cell in the benchmark's order of vertices.

    Raises:
        RecordError: a graph that no cell of the benchmark has.
    """
    try:
        return Cell.parse(matrix, operations).canonical()
    except SpecError as error:
        raise RecordError(f"expected a cell of the benchmark: {error}") from error


@functools.lru_cache(maxsize=65536)
def _parameters(cell: Cell) -> int:
    network = architecture.build("nasbench101", _CIFAR_SHAPE, _CIFAR_CLASSES, {"cell": cell})
    return CostModel(network.graph).cost(network.base_filters).trainable_params


def parse_number(text: str, column: str, kind: type[int] | type[float]) -> float:
    """Returns a number in ASCII digits; `column` is for the message.

    Raises:
        RecordError: the text is none.
    """
    # int() and float() would also take underscores, blanks and other scripts' digits.
    if text.isascii() and "_" not in text and text.strip() == text:
        try:
            return kind(text)
        except ValueError:
            pass
    wanted = "an integer" if kind is int else "a number"
    raise RecordError(f"expected {wanted} in column {column}, received {text!r}")


@functools.lru_cache(maxsize=65536)  # few distinct matrices are shared by many rows
def parse_matrix(text: str) -> record_lib.Matrix:
    """Returns an adjacency matrix from rows such as `011;001;000`.

    Raises:
        RecordError: other characters.
    """
    if not set(text) <= {"0", "1", ";"}:
        raise RecordError(f"expected rows of 0 and 1 joined by ';' as matrix, received {text!r}")
    return tuple(tuple(map(int, row)) for row in text.split(";"))


@functools.lru_cache(maxsize=4096)
def parse_operations(text: str) -> tuple[str, ...]:
    """Returns the labels of vertices that are joined by a vertical bar."""
    return tuple(text.split("|"))
